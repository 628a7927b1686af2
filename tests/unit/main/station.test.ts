import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OTHER_SCHEMA } from '../../../shared/console-state.ts';
import { SO101_JOINTS } from '../../../shared/so101-joints.ts';
import { watchLoopStalls } from '../../fakes/loop-stalls.ts';
import { mirrorOf, ofKind, StationBench, until } from './loopback-ports.ts';

let bench: StationBench;
beforeEach(() => {
  bench = new StationBench();
});
afterEach(() => bench.close());

describe('robot host and operators in one room', () => {
  it('close the loop: a scripted operator claims, gets observations and drives', async () => {
    const robot = await bench.robot();
    const policy = await bench.start(['operator', '--identity', 'policy', '--leader', 'scripted', '--claim']);
    await until('the policy drives', () => ofKind(robot.events, 'active_operator').some((event) => event.identity === 'policy'));
    const metrics = await until('actions are executed', () => ofKind(robot.events, 'metrics').find(({ state, executed }) => state === 'ACTIVE' && (executed ?? 0) > 20));
    expect(metrics.policy.correlated_received).toBeGreaterThan(0);
    expect(metrics.policy.e2e_us_p50).toBeGreaterThan(0);
    await until('observations arrive', () => ofKind(policy.events, 'metrics').some(({ state, sync }) => state === 'ACTIVE' && sync.observations_emitted > 20));
    expect(policy.lines.some((line) => line.includes('driving'))).toBe(true);
  });

  it('hold within the limit when the driver goes away', async () => {
    const robot = await bench.robot();
    const policy = await bench.start(['operator', '--identity', 'policy', '--leader', 'scripted', '--claim']);
    await until('it drives', () => ofKind(robot.events, 'metrics').some((event) => event.state === 'ACTIVE'));
    await policy.station.stop();
    await until('the robot holds', () => ofKind(robot.events, 'metrics').at(-1)?.state === 'HOLDING');
  });

  it('say what happens in the room, and leave cleanly', async () => {
    const robot = await bench.robot();
    const operator = await bench.start(['operator', '--identity', 'ann']);
    await until('ann is announced', () => ofKind(robot.events, 'operator_joined').some((event) => event.identity === 'ann'));
    expect(ofKind(operator.events, 'connected')).toEqual([{ event: 'connected', identity: 'ann', session: 'demo', url: bench.room.url, robot: 'robot' }]);
    await operator.station.stop('SIGINT');
    await until('ann left', () => ofKind(robot.events, 'operator_left').some((event) => event.identity === 'ann'));
    expect(await operator.station.done).toBe(0);
    expect(operator.events.slice(-2)).toEqual([
      { event: 'disconnected', reason: 'left' },
      { event: 'exit', code: 0, reason: 'SIGINT' },
    ]);
  });

  it('end by themselves after --seconds', async () => {
    const { station, events } = await bench.robot('--seconds', '0.3');
    expect(await station.done).toBe(0);
    expect(events.at(-1)).toMatchObject({ event: 'exit', code: 0 });
  });

  it('say what stood in the way and end with code 1', async () => {
    const { station, events } = await bench.start(['robot-host'], { mintToken: () => Promise.resolve('not a token') });
    expect(await station.done).toBe(1);
    expect(events.map((event) => event.event)).toEqual(['limits', 'error', 'arm_left', 'exit']);
    expect(events[1]).toMatchObject({ event: 'error', code: 'TOKEN_REFUSED' });
  });

  it('come back after the room ended their session', async () => {
    const robot = await bench.robot();
    bench.room.end('robot', 'room-closed');
    await until('it says so', () => ofKind(robot.events, 'disconnected').some((event) => event.reason.includes('trying again')));
    await until('it is back', () => ofKind(robot.events, 'connected').length === 2);
    expect(ofKind(robot.events, 'exit')).toEqual([]);
  });

  it('do not fight over an identity: the older one ends with code 2', async () => {
    const first = await bench.robot();
    await bench.robot();
    expect(await first.station.done).toBe(2);
    expect(ofKind(first.events, 'error')[0]?.code).toBe('DUPLICATE_IDENTITY');
  });

  it('refuse a schema that does not fit the arm, naming the fields', () => {
    bench.files.set('p.yaml', 'version: 1\nvideos: [{ name: front, codec: h264 }]\nstate: [{ name: tail.pos, dtype: f32 }]\naction: [{ name: tail.pos, dtype: f32 }]\n');
    expect(() => bench.ports() && bench.settings(['robot-host', '--portal', 'p.yaml'])).not.toThrow();
    return expect(bench.start(['robot-host', '--portal', 'p.yaml'])).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('tail.pos') as unknown });
  });
});

describe('the console', () => {
  it('shows its start screen until it is told to join', async () => {
    const { station } = await bench.start(['console']);
    const { state } = await mirrorOf(station);
    expect(state()).toMatchObject({ phase: 'start', session: null, driver: { kind: 'nobody' }, secretStorage: 'memory' });
    await expect(station.console?.handlers.takeControl(undefined)).rejects.toMatchObject({ code: 'NOT_CONNECTED' });
  });

  it('takes over from a policy without a jump, moves one joint, and gives back', async () => {
    await bench.robot();
    await bench.start(['operator', '--identity', 'policy', '--leader', 'scripted', '--claim']);
    const { station } = await bench.start(['console', '--session', 'demo', '--identity', 'ann']);
    const { state } = await mirrorOf(station);
    const service = station.console ?? expect.unreachable();
    const { handlers } = service;
    let telemetry = { state: {} as Record<string, number>, command: {} as Record<string, number> };
    service.onPush('telemetry', (news) => (telemetry = news));
    await until('the policy is seen driving', () => state().driver.identity === 'policy' && state().host.word === 'ACTIVE');
    await until('the robot is described', () => state().hostDescription);
    expect(state().joints[0]).toMatchObject({ name: 'shoulder_pan.pos', min: -110, max: 110, unit: 'deg', commandable: true });
    expect(state().roster.map(({ identity, role, isYou, isDriving }) => [identity, role, isYou, isDriving])).toEqual([
      ['robot', 'robot', false, false],
      ['ann', 'operator', true, false],
      ['policy', 'operator', false, true],
    ]);
    await until('telemetry with a command', () => Object.keys(telemetry.command).length === 6);

    await handlers.takeControl(undefined);
    await until('you drive', () => state().driver.kind === 'you' && state().host.word === 'ACTIVE');
    const before = { ...telemetry.state };
    await handlers.setLeaderJoint({ joint: 'shoulder_pan.pos', value: (before['shoulder_pan.pos'] ?? 0) + 30 });
    await until('the joint follows', () => Math.abs((telemetry.state['shoulder_pan.pos'] ?? 0) - (before['shoulder_pan.pos'] ?? 0) - 30) < 1);
    for (const joint of ['shoulder_lift.pos', 'elbow_flex.pos', 'wrist_flex.pos', 'wrist_roll.pos']) {
      expect(Math.abs((telemetry.state[joint] ?? 0) - (before[joint] ?? 0)), joint).toBeLessThan(6);
    }
    await until('commands are counted', () => state().health.actionsPerS > 5);

    await handlers.giveControl({ identity: 'policy' });
    await until('the policy drives again', () => state().driver.identity === 'policy' && state().host.word === 'ACTIVE');
    expect(state().events.map((event) => event.text)).toEqual(expect.arrayContaining(['You took control from policy', 'policy drives now']));
  });

  it('calls the robot’s methods and keeps what came of it; what moves the arm is for whoever may drive', async () => {
    await bench.robot('--listed', 'policy', '--listed', 'ann');
    await bench.start(['operator', '--identity', 'policy', '--leader', 'scripted', '--claim']);
    const { station } = await bench.start(['console', '--session', 'demo', '--identity', 'ann']);
    const guest = await bench.start(['console', '--session', 'demo', '--identity', 'guest']);
    const [ann, other] = [await mirrorOf(station), await mirrorOf(guest.station)];
    await until('the robot is described', () => ann.state().hostDescription !== null && other.state().hostDescription !== null);
    expect(ann.state().hostDescription?.methods.filter(({ moves }) => moves).map(({ name }) => name)).toEqual(['home', 'rearm', 'calibrate']);
    await until('the policy drives', () => ann.state().driver.identity === 'policy');

    await station.console?.handlers.callMethod({ method: 'home', payload: '' });
    expect(ann.state().calls).toMatchObject([{ method: 'home', reply: null, error: { code: 'RPC_FAILED', rpcCode: 2003, message: expect.stringContaining('policy drives') as string } }]);
    await station.console?.handlers.clearControl(undefined);
    await guest.station.console?.handlers.callMethod({ method: 'calibrate', payload: '' });
    expect(other.state().calls.at(-1)?.error).toMatchObject({ rpcCode: 2003, message: expect.stringContaining('not on this robot') as string });
    await station.console?.handlers.callMethod({ method: 'portal_console.status', payload: '' });
    const last = ann.state().calls.at(-1);
    expect(last?.durationMs).toBeGreaterThan(0);
    expect(JSON.parse(last?.reply ?? '')).toMatchObject({ state: { word: expect.any(String) as string } });

    const calibrating = station.console?.handlers.callMethod({ method: 'calibrate', payload: '' });
    await until('it is seen calibrating', () => ann.state().host.task === 'calibrate');
    await station.console?.handlers.stop(undefined);
    await calibrating;
    expect(JSON.parse(ann.state().calls.at(-1)?.reply ?? '')).toEqual({ state: 'ended', reason: 'STOP by ann' });
    await station.console?.handlers.leave(undefined);
    expect(ann.state().calls).toEqual([]);
  });

  it('stops the robot; only a supervisor clears it, and clearing does not resume', async () => {
    await bench.robot('--supervisor', 'ann');
    const ann = await bench.start(['console', '--session', 'demo', '--identity', 'ann']);
    const bob = await bench.start(['console', '--session', 'demo', '--identity', 'bob']);
    const { state } = await mirrorOf(ann.station);
    const annHandlers = ann.station.console?.handlers ?? expect.unreachable();
    const bobHandlers = bob.station.console?.handlers ?? expect.unreachable();
    await until('the robot is there', () => state().session?.robotIdentity === 'robot');
    await annHandlers.takeControl(undefined);
    await until('ann drives', () => state().host.word === 'ACTIVE');
    await until('bob sees the robot', () => bob.events.some((event) => event.event === 'connected'));
    await bobHandlers.stop(undefined);
    await until('stopped', () => state().host.word === 'STOPPED' && state().host.reason.includes('bob'));
    await expect(bobHandlers.clearStop(undefined)).rejects.toMatchObject({ code: 'RPC_FAILED', details: { rpcCode: 2003 } });
    await annHandlers.clearStop(undefined);
    await until('cleared, and nobody drives', () => state().host.word === 'HOLDING' && state().driver.kind === 'nobody');
    await annHandlers.takeControl(undefined);
    await until('ann drives again', () => state().host.word === 'ACTIVE' || state().host.word === 'ALIGNING');
  });

  it('does not resume either when STOP is cleared at the host while it is out of its session', async () => {
    const robot = await bench.robot();
    const { station } = await bench.start(['console', '--session', 'demo', '--identity', 'ann']);
    const { state } = await mirrorOf(station);
    await until('the robot is there', () => state().session?.robotIdentity === 'robot');
    await station.console?.handlers.takeControl(undefined);
    await until('ann drives', () => state().host.word === 'ACTIVE');
    bench.room.cut('robot');
    await robot.station.command('stop');
    await robot.station.command('clear');
    bench.room.restore('robot');
    await until('nobody drives', () => state().driver.kind === 'nobody' && state().host.word === 'HOLDING');
    const words = ofKind(robot.events, 'host_state').map(({ state: word }) => word);
    expect(words.slice(words.lastIndexOf('STOPPED')), 'it came back to a driver who streams').not.toContain('ACTIVE');
    await station.console?.handlers.takeControl(undefined);
    await until('ann drives again', () => state().host.word === 'ACTIVE' || state().host.word === 'ALIGNING');
  });

  it('notices within a second that the robot is no longer heard, and that it is back', async () => {
    const robot = await bench.robot();
    const { station } = await bench.start(['console', '--session', 'demo']);
    const { state } = await mirrorOf(station);
    await until('connected', () => state().host.word === 'HOLDING' && state().hostDescription !== null && state().health.statesPerS > 0);
    const stalls = watchLoopStalls();
    const cutAtMs = performance.now();
    bench.room.cut('robot');
    await until('silence is said', () => state().host.word === 'DISCONNECTED' && state().host.reason.includes('nothing is heard'));
    expect(performance.now() - cutAtMs - stalls.totalMs(), 'ms in which this process ran').toBeLessThan(3000);
    stalls.stop();
    bench.room.restore('robot');
    await until('it is heard again', () => state().host.word === 'HOLDING');
    await robot.station.stop();
    await until('it left', () => state().session?.robotIdentity === null && state().host.word === 'DISCONNECTED');
    await bench.robot();
    await until('another one came', () => state().session?.robotIdentity === 'robot' && state().host.word === 'HOLDING');
  });

  it('shows observations while the inspector is open, and counts frames presented elsewhere otherwise', async () => {
    await bench.robot();
    const { station } = await bench.start(['console', '--session', 'demo']);
    const { state } = await mirrorOf(station);
    const service = station.console ?? expect.unreachable();
    await until('connected', () => state().host.word === 'HOLDING');
    expect(await service.handlers.liveView(undefined)).toMatchObject({ url: bench.room.url });
    const views: unknown[] = [];
    const frames: { purpose: string; track: string; width: number }[] = [];
    service.onPush('observation', (view) => views.push(view));
    service.onFrame((frame) => frames.push(frame));
    await service.handlers.setInspector({ open: true });
    await until('observations with pixels', () => views.length > 3 && frames.length > 3);
    expect(frames.every((frame) => frame.purpose === 'observation' && frame.track === 'front' && frame.width === 160)).toBe(true);
    await service.handlers.setInspector({ open: false });
    let last = { timestampUs: 0 };
    service.onPush('telemetry', (telemetry) => (last = telemetry));
    await until('telemetry', () => last.timestampUs > 0);
    const stop = setInterval(() => service.reports.framesPresented([{ track: 'front', timestampUs: last.timestampUs, presentedUs: last.timestampUs + 40_000 }]), 30);
    await service.handlers.resetMetrics(undefined);
    await until('observations without pixels', () => state().health.observationsPerS > 5 && state().health.captureToScreenP50Ms === 40);
    clearInterval(stop);
  });

  it('shows byte-stream tracks through main while media tracks keep the live view, and observes both', async () => {
    const fields = SO101_JOINTS.map(({ name }) => `{ name: ${name}, dtype: f32 }`).join(', ');
    bench.files.set('p.yaml', `version: 1\nvideos: [{ name: front, codec: h264 }, { name: wrist, codec: raw }, { name: side, codec: png }]\nstate: [${fields}]\naction: [${fields}]\n`);
    await bench.start(['robot-host', '--portal', 'p.yaml', '--camera', 'front:160x120', '--camera', 'wrist:160x120', '--camera', 'side:160x120']);
    const { station } = await bench.start(['console', '--session', 'demo', '--portal', 'p.yaml']);
    const { state } = await mirrorOf(station);
    const service = station.console ?? expect.unreachable();
    const live = new Map<string, number>();
    service.onFrame(({ purpose, track, timestampUs, width, data }) => {
      expect({ purpose, width, bytes: data.byteLength }).toEqual({ purpose: 'live', width: 160, bytes: 3 * 160 * 120 });
      live.set(track, timestampUs);
    });
    await until('pictures of both byte-stream tracks', () => live.size === 2);
    expect([...live.keys()].sort()).toEqual(['side', 'wrist']);
    expect(state().session?.hasLiveView).toBe(true);
    // The window presents the media track; with its reports all three make observations.
    const stop = service.onFrame(({ timestampUs, track }) => { if (track === 'wrist') service.reports.framesPresented([{ track: 'front', timestampUs, presentedUs: timestampUs + 40_000 }]); });
    await until('observations', () => (state().metrics?.sync.observations_emitted ?? 0) > 5);
    stop();
    expect(state().metrics?.transport.bytes_received).toMatchObject({ front: 0, wrist: expect.any(Number) as unknown });
    expect(state().tracks.map(({ name, codec }) => `${name} ${codec}`)).toEqual(['front h264', 'wrist raw', 'side png']);
  });

  it('says on the start screen why it could not join, remembers what worked, and forgets', async () => {
    let isRefused = true;
    const saved: unknown[] = [];
    const { station, events } = await bench.start(['console'], {
      mintToken: ({ identity }) => Promise.resolve(isRefused ? 'no token' : bench.room.token(identity)),
      recents: { load: () => [], save: (list) => saved.push(list) },
    });
    const { state } = await mirrorOf(station);
    const { handlers } = station.console ?? expect.unreachable();
    const place = { url: bench.room.url, session: 'demo', identity: 'ann', e2eeKey: null, portalFile: null, remember: true, auth: { kind: 'key' as const, apiKey: 'k', apiSecret: 's' } };
    await expect(handlers.join(place)).rejects.toMatchObject({ code: 'TOKEN_REFUSED' });
    expect(state()).toMatchObject({ phase: 'failed', error: { code: 'TOKEN_REFUSED' }, recent: [] });
    expect(ofKind(events, 'error')).toHaveLength(1);
    isRefused = false;
    await handlers.join(place);
    expect(state()).toMatchObject({ phase: 'connected', error: null, session: { identity: 'ann', hasLiveView: true } });
    expect(state().recent).toMatchObject([{ url: place.url, session: 'demo', identity: 'ann', auth: 'key', hasSecret: true }]);
    expect(JSON.stringify(saved)).not.toContain('apiSecret');
    await handlers.leave(undefined);
    expect(state()).toMatchObject({ phase: 'start', session: null, roster: [] });
    const id = state().recent[0]?.id ?? '';
    await handlers.joinRecent({ id });
    expect(state().phase).toBe('connected');
    expect(state().recent).toHaveLength(1);
    await handlers.forgetRecent({ id });
    expect(state().recent).toEqual([]);
    await expect(handlers.joinRecent({ id })).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('says of a robot with another portal.yaml that its fields differ, and remembers the file with the session', async () => {
    await bench.robot();
    bench.files.set('other.yaml', 'version: 1\nvideos: [{ name: front, codec: h264 }]\nstate: [{ name: tail.pos, dtype: f32 }]\naction: [{ name: tail.pos, dtype: f32 }]\n');
    const { station } = await bench.start(['console']);
    const { state } = await mirrorOf(station);
    const { handlers } = station.console ?? expect.unreachable();
    await handlers.join({ url: bench.room.url, session: 'demo', identity: 'ann', portalFile: 'other.yaml', e2eeKey: null, remember: true, auth: { kind: 'key', apiKey: 'k', apiSecret: 's' } });
    await until('it is not understood', () => state().host.reason === OTHER_SCHEMA);
    expect(state().host.word).toBe('DISCONNECTED');
    expect(state().events.map(({ tag }) => tag)).toContain('schema-mismatch');
    expect(state().events.map(({ tag }) => tag)).not.toContain('robot-silent');
    expect(state().recent).toMatchObject([{ portalFile: 'other.yaml' }]);
  });

  it('brings up a simulated robot of its own and takes it down again', async () => {
    let isStopped = false;
    const { station } = await bench.start(['console', '--identity', 'ann'], {
      startSimulatedRobot: async ({ session, identity, supervisors }) => {
        const robot = await bench.robot('--session', session, '--identity', identity, ...supervisors.flatMap((name) => ['--supervisor', name]));
        return {
          stop: async () => {
            isStopped = true;
            await robot.station.stop();
          },
        };
      },
    });
    const { state } = await mirrorOf(station);
    const { handlers } = station.console ?? expect.unreachable();
    await handlers.trySimulated(undefined);
    expect(state().setup.map((step) => step.status)).toEqual(['done', 'done', 'done']);
    await until('the robot is there', () => state().session?.robotIdentity === 'robot');
    expect(state().session?.simulated).toBe(true);
    await handlers.takeControl(undefined);
    await until('you drive', () => state().driver.kind === 'you' && state().host.word === 'ACTIVE');
    await handlers.stop(undefined);
    await until('stopped', () => state().host.word === 'STOPPED');
    await handlers.clearStop(undefined);
    await handlers.leave(undefined);
    expect(isStopped).toBe(true);
  });
});
