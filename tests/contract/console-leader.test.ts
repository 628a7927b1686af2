import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REGISTER } from '../../main/devices/feetech/table.ts';
import { SerialLink } from '../../main/devices/serial-link.ts';
import type { StationEvent } from '../../main/ports.ts';
import type { Station } from '../../main/station.ts';
import { systemClock } from '../../main/system-clock.ts';
import type { ConsoleState } from '../../shared/console-state.ts';
import { TOPIC } from '../../shared/portal/names.ts';
import type { Transport } from '../../shared/portal/transport.ts';
import { watchLoopStalls, type LoopStalls } from '../fakes/loop-stalls.ts';
import { simulatedArm, type SimulatedArm } from '../fakes/sim-so101-arm.ts';
import { mirrorOf, ofKind, StationBench, until } from '../unit/main/loopback-ports.ts';

const FILE = resolve('/arms/leader.json');

/** The console's own loop with an arm on a real serial port; the room is the twin. */
describe.skipIf(process.platform === 'win32')('a leader arm at the console', () => {
  let bench: StationBench;
  let arm: SimulatedArm;
  let folder: string;
  /** `stalledMs`: how long this process had stood still by then. */
  let sent: { atUs: number; stalledMs: number }[];
  let stalls: LoopStalls;
  beforeEach(() => {
    bench = new StationBench();
    arm = simulatedArm('leader', systemClock);
    folder = mkdtempSync(join(tmpdir(), 'portal-leader-'));
    symlinkSync(arm.terminal.path, join(folder, 'port'));
    bench.files.set(FILE, arm.calibrationText);
    sent = [];
    stalls = watchLoopStalls();
  });
  afterEach(async () => {
    stalls.stop();
    await bench.close();
    arm.terminal.close();
    rmSync(folder, { recursive: true });
  });

  async function console(leader: string) {
    bench.files.set('desk.yaml', `leader: { kind: so101_leader, port: ${join(folder, 'port')}, calibration: ${FILE}, ${leader} }`);
    await bench.robot();
    const { station } = await bench.start(['console', '--session', 'demo', '--config', 'desk.yaml'], { createTransport: () => watched(bench.room.join('unused')) });
    const { state } = await mirrorOf(station);
    const { handlers, reports } = station.console ?? expect.unreachable();
    await until('the leader is read', () => state().leader?.link === 'live');
    await until('the robot is here', () => state().session?.robotIdentity != null);
    return { state, handlers, reports };
  }

  /** Notes when commands go out. */
  function watched(transport: Transport): Transport {
    const publish = transport.publishData.bind(transport);
    transport.publishData = (topic, ...rest) => {
      if (topic === TOPIC.action) sent.push({ atUs: systemClock.nowUs(), stalledMs: stalls.totalMs() });
      return publish(topic, ...rest);
    };
    return transport;
  }

  const now = (): { atUs: number; stalledMs: number } => ({ atUs: systemClock.nowUs(), stalledMs: stalls.totalMs() });

  /** How long commands still went out after `since`, without what the machine took. */
  function sentForMs(since: { atUs: number; stalledMs: number }): number {
    const last = sent.at(-1) ?? since;
    return (last.atUs - since.atUs) / 1000 - (last.stalledMs - since.stalledMs);
  }

  const phase = (state: () => ConsoleState): string | undefined => state().leader?.engagement.phase;

  it('sends nothing any more within 100 ms of being unplugged, and nothing after it is back until the person wants it', async () => {
    const { state, handlers } = await console('engage: ramp');
    await handlers.takeControl(undefined);
    await until('it drives', () => state().host.word === 'ACTIVE' && sent.length > 50);

    const unplugged = now();
    arm.terminal.close();
    rmSync(join(folder, 'port'));
    await until('the robot holds', () => state().host.word === 'HOLDING');
    await until('the loss is known', () => phase(state) === 'lost');
    const lastUs = sent.at(-1)?.atUs ?? 0;
    expect(sentForMs(unplugged)).toBeLessThan(150);
    await until('it is named', () => state().leader?.error?.code === 'PORT_MISSING');
    expect(state().leader?.error?.fix).toContain('Plug the arm in');

    arm = simulatedArm('leader', systemClock);
    symlinkSync(arm.terminal.path, join(folder, 'port'));
    await until('it is read again', () => state().leader?.link === 'live');
    const { measuredHz } = state().leader ?? expect.unreachable();
    await until('it was read for a while', () => (state().leader?.measuredHz ?? 0) > measuredHz + 20);
    expect(sent.at(-1)?.atUs, 'nothing went out').toBe(lastUs);
    expect(phase(state)).toBe('lost');
    await handlers.engageLeader(undefined);
    await until('it drives again', () => state().host.word === 'ACTIVE' && (sent.at(-1)?.atUs ?? 0) > lastUs);
    await handlers.clearControl(undefined);
    await until('released', () => phase(state) === 'idle');
    await expect(handlers.engageLeader(undefined)).rejects.toMatchObject({ code: 'NOT_AUTHORISED' });
  });

  it('drives only while its deadman key is held, and stops when the window says nothing any more', async () => {
    const { state, handlers, reports } = await console('engage: ramp, deadman: key');
    await handlers.takeControl(undefined);
    await until('it waits for the key', () => phase(state) === 'released');
    expect(sent).toHaveLength(0);
    const hold = setInterval(() => reports.leaderInput({ source: 'keys', velocities: {}, isFast: false, isHeld: true }), 30);
    await until('it drives', () => state().host.word === 'ACTIVE');
    clearInterval(hold);
    const silent = now();
    await until('it waits again', () => phase(state) === 'released');
    await until('the robot holds', () => state().host.word === 'HOLDING');
    // 150 ms of freshness, and slack.
    expect(sentForMs(silent)).toBeLessThan(250);
  });

  it('tells what its motors measure, and is let go of when control goes while its motors move it', async () => {
    const { state, handlers } = await console('engage: guide');
    await until('the figures', () => state().leader?.arm?.motors.length === 6);
    expect(state().leader?.arm?.motors[0]).toMatchObject({ motor: 'shoulder_pan', volts: 5 });
    arm.sim.servos[1]?.turnByHand(2900, systemClock.nowUs());
    await handlers.takeControl(undefined);
    await until('it moves by itself', () => arm.sim.servos.every(({ isHolding }) => isHolding));
    expect(arm.sim.servos[0]?.memory.get(REGISTER.torqueLimit), 'weaker than a hand').toBe(400);
    expect(sent).toHaveLength(0);
    await handlers.clearControl(undefined);
    await until('it was let go', () => arm.sim.servos.every(({ isHolding }) => !isHolding));
    expect(sent).toHaveLength(0);
  });

  it('stays where it is after the robot has moved by itself, until the person engages it', async () => {
    const { state, handlers } = await console('engage: ramp');
    await handlers.takeControl(undefined);
    await until('it drives', () => state().host.word === 'ACTIVE');
    await handlers.callMethod({ method: 'home', payload: '' });
    await until('it goes home', () => state().host.task === 'home');
    await until('it waits', () => phase(state) === 'lost', 15_000);
    expect(state().leader?.engagement.reason).toContain('moved by itself');
    await handlers.engageLeader(undefined);
    await until('it drives again', () => phase(state) === 'engaged' && state().host.word !== 'HOLDING');
  });

  it('does not drive a robot that counts its joints in other units, and says so', async () => {
    const { state, handlers } = await console('engage: ramp');
    await until('the robot is described', () => state().hostDescription);
    await handlers.chooseLeader({ ...state().leaderChoice, units: 'm100_100' });
    await until('the leader is read', () => state().leader?.link === 'live');
    await handlers.takeControl(undefined);
    await until('it waits', () => phase(state) === 'lost');
    expect(state().leader?.engagement.reason).toContain('the leader counts shoulder_pan.pos in %, the robot in deg');
    await handlers.engageLeader(undefined);
    await until('it waits again', () => phase(state) === 'lost');
    expect(sent).toEqual([]);
    await handlers.chooseLeader({ ...state().leaderChoice, units: 'degrees' });
    await until('the leader is read again', () => state().leader?.link === 'live');
    await handlers.engageLeader(undefined);
    await until('it drives', () => phase(state) === 'engaged' && sent.length > 0);
  });

  it('of a headless operator does not drive such a robot either', async () => {
    const robot = await bench.robot();
    const start = (units: string): Promise<{ station: Station; events: StationEvent[] }> => {
      bench.files.set('desk.yaml', `units: ${units}\nleader: { kind: so101_leader, port: ${join(folder, 'port')}, calibration: ${FILE}, claim: true, engage: ramp }`);
      return bench.start(['operator', '--config', 'desk.yaml']);
    };
    const isDriven = (): boolean => ofKind(robot.events, 'host_state').at(-1)?.state === 'ACTIVE';
    const { station, events } = await start('m100_100');
    await until('it says so', () => ofKind(events, 'error').some(({ code, message }) => code === 'CONFIG_INVALID' && message.includes('in %, the robot in deg')));
    await until('it has control, and the robot holds', () => ofKind(robot.events, 'active_operator').length > 0 && ofKind(robot.events, 'host_state').at(-1)?.reason === 'no action for 300 ms');
    expect(isDriven()).toBe(false);
    await station.stop();
    const other = await start('degrees');
    await until('it drives', isDriven);
    expect(ofKind(other.events, 'error')).toEqual([]);
  });

  it('is opened once however often it is chosen, and its port is free once the session is left', async () => {
    const { state, handlers } = await console('engage: ramp');
    const choice = state().leaderChoice;
    await Promise.all(Array.from({ length: 4 }, () => handlers.chooseLeader(choice)));
    await until('the leader is read again', () => state().leader?.link === 'live' && state().leader?.error === null);
    // A second one would try to open the port, which the first one has, every second.
    await new Promise((resolve) => systemClock.after(1500, () => resolve(null)));
    expect(state().events.filter(({ level }) => level === 'error').map(({ text }) => text)).toEqual([]);
    const choosing = handlers.chooseLeader(choice);
    await handlers.leave(undefined);
    await choosing;
    const other = new SerialLink(arm.terminal.path);
    await other.open({ onBytes: () => undefined, onLost: () => undefined });
    await other.close();
  });

  it('says what is missing when there is no file, no port or another robot, and begins once it is there', async () => {
    bench.files.delete(FILE);
    bench.files.set('desk.yaml', '');
    await bench.robot();
    const { station } = await bench.start(['console', '--session', 'demo', '--config', 'desk.yaml']);
    const { state } = await mirrorOf(station);
    const { handlers } = station.console ?? expect.unreachable();
    const choice = { kind: 'so101', port: '', calibration: FILE, units: 'degrees', engage: 'ramp', deadman: false } as const;
    await handlers.chooseLeader(choice);
    await until('no port', () => state().leader?.error?.message.includes('No port was chosen'));
    await handlers.chooseLeader({ ...choice, port: join(folder, 'port') });
    await until('no file', () => state().leader?.error?.code === 'FILE_UNREADABLE');
    bench.files.set(FILE, arm.calibrationText);
    await until('it is read', () => state().leader?.link === 'live');
    expect(state().leader).toMatchObject({ kind: 'so101_leader', error: null });
    await expect(handlers.setLeaderJoint({ joint: 'shoulder_pan.pos', value: 1 })).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
  });
});
