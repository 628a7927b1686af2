import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../main/system-clock.ts';
import { LivekitTransport } from '../../main/transport/livekit-transport.ts';
import type { ClaimPolicy } from '../../shared/portal/claim-policy.ts';
import { validateConfig } from '../../shared/portal/config.ts';
import { toPortalError } from '../../shared/portal/errors.ts';
import { encodeFrameVideo } from '../../shared/portal/frame-video-packet.ts';
import { ATTRIBUTE, RPC_METHOD, TOPIC } from '../../shared/portal/names.ts';
import { stateLayout } from '../../shared/portal/packet-layout.ts';
import { Robot } from '../../shared/portal/robot.ts';
import type { VideoFrame } from '../../shared/portal/types.ts';
import { encodeState } from '../../shared/portal/wire.ts';
import { TransportLog } from '../contract/transport-log.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { controlConfig } from '../fakes/portal-configs.ts';
import { PortalSession } from '../fakes/portal-session.ts';
import { until } from '../fakes/until.ts';

describeWithServer('whom a session trusts', (server) => {
  let session: PortalSession;
  const guests: { disconnect(): Promise<void> }[] = [];
  beforeEach(() => { session = new PortalSession(server(), controlConfig()); });
  afterEach(async () => {
    await Promise.all(guests.splice(0).map((guest) => guest.disconnect()));
    await session.close();
  });

  async function guest(identity: string, grants: Parameters<PortalSession['token']>[1] = {}): Promise<LivekitTransport> {
    const transport = new LivekitTransport();
    guests.push(transport);
    await transport.connect({ url: session.url, token: await session.token(identity, grants), e2eeKey: null }, new TransportLog());
    return transport;
  }

  it.each([
    { kind: 'listed', identities: ['a'] },
    { kind: 'supervisors-and-holder', supervisors: ['boss'] },
    { kind: 'host-only' },
  ] as const)('a participant without a Portal role can neither claim nor act under %j', async (claimPolicy) => {
    const robot = await session.robot('robot', { claimPolicy });
    const mallory = await guest('mallory');
    const claim = mallory.performRpc({ destination: 'robot', method: RPC_METHOD.setActiveOperator, payload: 'mallory', responseTimeoutMs: 5000 });
    await expect(claim).rejects.toMatchObject({ details: { rpcCode: 2003 } });
    await mallory.publishData(TOPIC.action, new Uint8Array(32), { reliable: true });
    await until('the drop', () => robot.dropped.length === 1);
    expect(robot.dropped[0]?.reason, 'named, or not announced yet').toBe('sender');
    expect(robot.active).toEqual([]);
    expect(robot.actions).toEqual([]);
  });

  it('an operator whose token may only watch is told so at once, not after a time-out', async () => {
    const robot = await session.robot();
    const watcher = await session.operator('watcher', { attributes: { [ATTRIBUTE.role]: 'operator' }, grants: { canPublishData: false, canUpdateOwnMetadata: false } });
    await until('the robot', () => watcher.operator.robotIdentity === 'robot');
    await expect(watcher.operator.setActiveOperator('watcher')).rejects.toMatchObject({ code: 'NOT_AUTHORISED', message: expect.stringContaining('only watch') as string });
    robot.robot.sendState({ 'pan.pos': 1 });
    await until('what it came for', () => watcher.states.length > 0);
    expect([robot.active, robot.warnings], 'the robot was not asked').toEqual([[], []]);
  });

  it('case 46: a hidden participant cannot claim, and its data counts for nobody', async () => {
    const robot = await session.robot();
    const a = await session.operator('a');
    await a.operator.setActiveOperator('a');
    const ghost = await guest('ghost', { grants: { hidden: true } });
    await expect(ghost.performRpc({ destination: 'robot', method: RPC_METHOD.setActiveOperator, payload: 'a', responseTimeoutMs: 2000 })).rejects.toMatchObject({
      code: expect.stringMatching(/RPC_/) as string,
    });
    await ghost.publishData(TOPIC.action, new Uint8Array(32), { reliable: true });
    await until('the drop', () => robot.dropped.length === 1);
    expect(robot.dropped[0]).toMatchObject({ sender: null, reason: 'sender' });
    expect(robot.active).toEqual(['a']);
  });

  it('case 47: a second claimant of the robot’s role changes nothing and raises an alarm; the pinned robot returns and the session heals', async () => {
    const robot = await session.robot('robot');
    const a = await session.operator('a');
    await until('the robot', () => a.operator.robotIdentity === 'robot');
    const liar = await session.robot('liar');
    await until('the alarm', () => a.warnings.includes('second-robot') && robot.warnings.includes('second-robot'));
    expect(a.operator.robotIdentity).toBe('robot');
    liar.robot.sendState({ 'pan.pos': 666 });
    robot.robot.sendState({ 'pan.pos': 1 });
    await until('a state', () => a.states.length > 0);
    expect(a.states.map(({ values }) => values['pan.pos'])).toEqual([1]);
    expect(a.operator.activeOperator).toBeNull();
  });

  it('case 47: with a configured identity nobody else is the robot, not even alone, and the right one is found when it comes', async () => {
    const a = await session.operator('a', { robotIdentity: 'robot' });
    const liar = await session.robot('liar');
    await until('the alarm', () => a.warnings.includes('second-robot'));
    liar.robot.sendState({ 'pan.pos': 666 });
    const robot = await session.robot('robot');
    await until('the right one', () => a.operator.robotIdentity === 'robot');
    robot.robot.sendState({ 'pan.pos': 1 });
    await until('a state', () => a.states.length > 0);
    expect(a.states.map(({ values }) => values['pan.pos'])).toEqual([1]);
    await robot.robot.disconnect();
    await until('it to be gone', () => a.operator.robotIdentity === null);
    await session.robot('robot');
    await until('it to be back', () => a.operator.robotIdentity === 'robot');
  });

  it('case 48: the pointer counts from the pinned robot alone', async () => {
    await session.robot('robot');
    const a = await session.operator('a');
    await until('the robot', () => a.operator.robotIdentity === 'robot');
    const liar = await guest('liar', { attributes: { [ATTRIBUTE.role]: 'robot', [ATTRIBUTE.activeOperator]: 'liar' } });
    await until('the alarm', () => a.warnings.includes('second-robot'));
    await liar.setAttributes({ [ATTRIBUTE.activeOperator]: 'a' });
    await a.operator.setActiveOperator('a');
    await until('the pointer', () => a.operator.activeOperator === 'a');
    expect(a.active).toEqual(['a']);
  });

  it('case 48: tracks, frame streams and states of anybody but the pinned robot are ignored', async () => {
    const videos = [{ name: 'cam', codec: 'h264' as const }];
    session = new PortalSession(server(), validateConfig({ ...controlConfig(), videos, slack: 60 }));
    const robot = await session.robot('robot');
    const a = await session.operator('a');
    await until('the robot', () => a.operator.robotIdentity === 'robot');
    const frames: VideoFrame[] = [];
    a.operator.onVideoFrame('cam', (frame) => { frames.push(frame); });
    const liar = await guest('liar', { attributes: { [ATTRIBUTE.role]: 'robot' } });
    await until('the alarm', () => a.warnings.includes('second-robot'));
    const [width, height] = [160, 120];
    const pixels = new Uint8Array(width * height * 3).fill(120);
    const publication = await liar.publishVideo('cam', { codec: 'h264', maxBitrateKbps: 1000, maxFps: 60, simulcast: false, screencast: false, width, height });
    /** Capture times of the liar are odd, of the robot even. */
    let step = 0;
    const timer = setInterval(() => {
      const timestampUs = Date.now() * 1000;
      robot.robot.sendVideoFrame('cam', pixels, { width, height, timestampUs });
      robot.robot.sendState({ 'pan.pos': (step += 1) }, timestampUs);
      publication.send({ track: 'cam', width, height, format: 'rgb24', data: pixels, timestampUs: timestampUs + 1 });
      void liar.sendBytes(TOPIC.frameVideo, encodeFrameVideo({ codec: 'raw', track: 'cam', width, height, timestampUs: timestampUs + 1 }, pixels), { compress: true }).catch(() => undefined);
      void liar.publishData(TOPIC.state, encodeState(stateLayout(controlConfig().state), Float64Array.of(-1), timestampUs + 1), { reliable: true }).catch(() => undefined);
    }, 50);
    try {
      await until('frames and observations', () => frames.length >= 20 && a.observations.length >= 20, { deadlineMs: 60_000, seen: () => [frames.length, a.observations.length, a.warnings] });
    } finally { clearInterval(timer); }
    await publication.close();
    expect(frames.filter(({ timestampUs }) => timestampUs % 2 === 1)).toEqual([]);
    expect(a.states.filter(({ values }) => values['pan.pos'] === -1)).toEqual([]);
  });

  it('case 49: an active operator whose identity another connection takes loses control until it claims again', async () => {
    const robot = await session.robot();
    const first = await session.operator('a');
    await first.operator.setActiveOperator('a');
    first.operator.sendAction({ n: 1 });
    await until('an action', () => robot.actions.length === 1);
    const second = await session.operator('a');
    await until('the first to end', () => first.connections.at(-1)?.reason === 'duplicate-identity');
    // Until the robot has heard of it, what it sends counts for nobody; the refusal would be another one.
    await until('the robot to see the second', () => robot.joined.filter((identity) => identity === 'a').length === 2);
    second.operator.sendAction({ n: 2 });
    await until('its refusal', () => robot.dropped.some(({ reason }) => reason === 'session'));
    expect(robot.actions).toHaveLength(1);
    await second.operator.setActiveOperator('a');
    second.operator.sendAction({ n: 3 });
    await until('an action of the new one', () => robot.actions.length === 2);
    expect(robot.actions[1]?.values['n']).toBe(3);
  });

  it.each([
    [{ kind: 'listed', identities: ['a'] }, 'b'],
    [{ kind: 'host-only' }, 'a'],
    [{ kind: 'supervisors-and-holder', supervisors: ['boss'] }, 'a'],
  ] as const)('case 45: the policy %j refuses a claim of %s with a reason', async (claimPolicy, identity) => {
    const robot = await session.robot('robot', { claimPolicy });
    const operator = await session.operator(identity);
    await until('the robot', () => operator.operator.robotIdentity === 'robot');
    await expect(operator.operator.setActiveOperator(identity)).rejects.toMatchObject({ code: 'NOT_AUTHORISED', details: { rpcCode: 2003 } });
    expect(robot.robot.activeOperator).toBeNull();
  });

  it('case 45: each policy lets those claim whom it names, and nobody else', async () => {
    const seats = ['a', 'b', 'boss'] as const;
    const granted = async (claimPolicy: ClaimPolicy): Promise<string[]> => {
      session = new PortalSession(server(), controlConfig());
      const robot = await session.robot('robot', { claimPolicy });
      const present = await Promise.all(seats.map((identity) => session.operator(identity)));
      await until('all to be known', () => robot.robot.operators.length === seats.length && present.every(({ operator }) => operator.robotIdentity === 'robot'));
      const log: string[] = [];
      for (const { operator } of present) {
        for (const target of ['a', 'b']) {
          const caller = operator.localIdentity ?? '';
          await operator.setActiveOperator(target).then(
            () => { log.push(`${caller}→${target}`); },
            (thrown: unknown) => { expect(toPortalError(thrown).message, 'says why').toMatch(/the robot refuses control for '[ab]': .{20,}/u); },
          );
        }
      }
      await session.close();
      return log;
    };
    expect(await granted({ kind: 'anyone' })).toEqual(['a→a', 'a→b', 'b→a', 'b→b', 'boss→a', 'boss→b']);
    expect(await granted({ kind: 'listed', identities: ['a', 'boss'] })).toEqual(['a→a', 'boss→a']);
    expect(await granted({ kind: 'supervisors-and-holder', supervisors: ['boss'] })).toEqual(['boss→a', 'boss→b']);
    expect(await granted({ kind: 'host-only' })).toEqual([]);
  });

  it('case 45: under supervisors-and-holder the one in control may hand it on, and then no longer', async () => {
    const robot = await session.robot('robot', { claimPolicy: { kind: 'supervisors-and-holder', supervisors: ['boss'] } });
    const [a, b, boss] = await Promise.all([session.operator('a'), session.operator('b'), session.operator('boss')]);
    await until('all to be known', () => robot.robot.operators.length === 3);
    await boss.operator.setActiveOperator('a');
    await a.operator.setActiveOperator('b');
    await expect(a.operator.setActiveOperator('a')).rejects.toMatchObject({ code: 'NOT_AUTHORISED', details: { rpcCode: 2003 } });
    await b.operator.setActiveOperator(null);
    await until('the end of the story', () => robot.active.length === 3);
    expect(robot.active).toEqual(['a', 'b', null]);
  });

  it('says what is wrong with a refused token, an absent server and an empty key, and never hangs', async () => {
    const robot = (options: { e2eeKey?: string } = {}): Robot => new Robot(controlConfig(), { transport: new LivekitTransport(), clock: systemClock }, options);
    await expect(robot().connect(session.url, 'no token')).rejects.toMatchObject({ code: 'TOKEN_REFUSED' });
    await expect(robot().connect('ws://127.0.0.1:9', await session.token('x'))).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
    await expect(robot().connect('not a url', 'x')).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
    expect(() => robot({ e2eeKey: '' })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }) as Error);
  });
});
