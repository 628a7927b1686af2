import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { validateConfig } from '../../../../shared/portal/config.ts';
import type { Robot } from '../../../../shared/portal/robot.ts';
import { Robot as RobotClass } from '../../../../shared/portal/robot.ts';
import { systemClock } from '../../../../main/system-clock.ts';
import { LoopbackRoom } from '../../../../main/transport/loopback-room.ts';
import { CONFIG, SessionKit, settle, until } from '../../../fakes/session-kit.ts';

let kit: SessionKit;
beforeEach(() => { kit = new SessionKit({ videos: [{ name: 'cam' }] }); });
afterEach(() => kit.close());

function warningsOf(side: Pick<Robot, 'onWarning'>): string[] {
  const tags: string[] = [];
  side.onWarning(({ tag }) => { tags.push(tag); });
  return tags;
}
const picture = (width = 4, height = 2): Uint8Array => new Uint8Array(3 * width * height).fill(80);

describe('Robot', () => {
  it('has no method of the operator', () => {
    for (const name of ['sendAction', 'sendActionChunk', 'onObservation', 'onState', 'onDrop', 'getObservation', 'setVideoDemand']) {
      expect(name in RobotClass.prototype, name).toBe(false);
    }
  });

  it('refuses to send without a session, naming the fix', async () => {
    const { robot, connect } = kit.newRobot('robot');
    const notConnected = expect.objectContaining({ code: 'NOT_CONNECTED' }) as Error;
    expect(() => { robot.sendState({ a: 1 }); }).toThrow(notConnected);
    expect(() => robot.sendVideoFrame('cam', picture(), { width: 4, height: 2 })).toThrow(notConnected);
    await expect(robot.setActiveOperator('a')).rejects.toMatchObject({ code: 'NOT_CONNECTED' });
    await connect();
    robot.sendState({ a: 1 });
    await robot.disconnect();
    expect(() => { robot.sendState({ a: 1 }); }).toThrow(notConnected);
    expect(robot.localIdentity).toBeNull();
  });

  it('refuses a second connect, an empty key, and tracks it cannot carry', async () => {
    const { robot, connect } = kit.newRobot('robot');
    await connect();
    await expect(connect()).rejects.toMatchObject({ code: 'ALREADY_CONNECTED' });
    expect(robot.localIdentity).toBe('robot');
    const ports = { transport: new LoopbackRoom({ clock: systemClock }).join('x'), clock: systemClock };
    const config = validateConfig({ ...CONFIG, videos: [{ name: 'cam', codec: 'mjpeg' }] });
    expect(() => new RobotClass(config, ports)).toThrow(expect.objectContaining({ code: 'NOT_SUPPORTED', details: expect.objectContaining({ got: 'mjpeg' }) as object }) as Error);
    expect(() => new RobotClass(validateConfig(CONFIG), ports, { e2eeKey: '' })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }) as Error);
  });

  it('carries partial states forward, casts them, and warns about what the receiver will not see as given', async () => {
    const robot = await kit.robot();
    const operator = await kit.operator('a');
    const warnings = warningsOf(robot);
    robot.sendState({ a: 1, b: 300 }, 10);
    robot.sendState({ a: 2, nonsense: 1 }, 20);
    await until('both', () => operator.getState()?.timestampUs === 20);
    expect(operator.getState()?.values).toEqual({ a: 2, b: 127 });
    expect(warnings).toEqual(['saturated', 'unknown-field']);
    expect(() => { robot.sendState({ a: true }); }).toThrow(expect.objectContaining({ code: 'VALUE_INVALID' }) as Error);
  });

  it('starts from zero in a new session', async () => {
    const { robot, connect } = kit.newRobot('robot');
    await connect();
    robot.sendState({ a: 1, b: 2 }, 10);
    await robot.disconnect();
    const operator = await kit.operator('a');
    await connect();
    await until('the robot', () => operator.robotIdentity === 'robot');
    robot.sendState({ a: 5 }, 20);
    await until('a state', () => operator.getState() !== null);
    expect(operator.getState()?.values).toEqual({ a: 5, b: 0 });
  });

  it('keeps the token’s pointer at connect, and starts with nobody otherwise', async () => {
    const { robot, connect } = kit.newRobot('robot');
    await connect();
    const a = await kit.operator('a');
    await a.setActiveOperator('a');
    await robot.disconnect();
    expect(robot.activeOperator).toBeNull();
    await connect();
    expect(robot.activeOperator).toBeNull();
  });

  it('drops actions of another schema and says why', async () => {
    const robot = await kit.robot();
    const a = await kit.operator('a', {}, { action: [{ name: 'other', dtype: 'f64' }] });
    const warnings = warningsOf(robot);
    const dropped: unknown[] = [];
    robot.onActionDropped((drop) => { dropped.push(drop); });
    await a.setActiveOperator('a');
    a.sendAction({ other: 1 });
    await until('the drop', () => dropped.length === 1);
    expect(dropped).toEqual([{ sender: 'a', reason: 'schema' }]);
    expect(warnings).toEqual(['schema-mismatch']);
    expect(robot.metrics().transport.actions_received).toBe(0);
  });

  it('measures observation→action of correlated actions', async () => {
    const robot = await kit.robot();
    const a = await kit.operator('a');
    await a.setActiveOperator('a');
    a.sendAction({ a: 1 }, { inReplyToTsUs: systemClock.nowUs() - 5000 });
    a.sendAction({ a: 2 });
    await until('both', () => robot.metrics().transport.actions_received === 2);
    const { policy } = robot.metrics();
    expect(policy.correlated_received).toBe(1);
    expect(policy.e2e_us_p50).toBeGreaterThanOrEqual(5000);
    robot.resetMetrics();
    expect(robot.metrics().policy).toEqual({ correlated_received: 0, e2e_us_p50: null, e2e_us_p95: null });
  });

  it('delivers every action to a slow callback, in order', async () => {
    const robot = await kit.robot();
    const a = await kit.operator('a');
    await a.setActiveOperator('a');
    const seen: number[] = [];
    robot.onAction(async ({ values }) => {
      await settle();
      seen.push(values['a'] as number);
    });
    for (let n = 0; n < 20; n++) a.sendAction({ a: n });
    await until('all', () => seen.length === 20);
    expect(seen).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  it('survives a failing callback, and warns', async () => {
    const robot = await kit.robot();
    const a = await kit.operator('a');
    const warnings = warningsOf(robot);
    robot.onAction(() => { throw new Error('mine'); });
    await a.setActiveOperator('a');
    a.sendAction({ a: 1 });
    await until('the warning', () => warnings.includes('callback-failed'));
    expect(robot.getAction()?.values['a']).toBe(1);
  });

  it('publishes the newest host state, in every session', async () => {
    const { robot, connect } = kit.newRobot('robot');
    robot.publishHostState({ word: 'HOLDING', reason: 'no operator', sinceUs: 1 });
    await connect();
    const a = await kit.operator('a');
    await until('the state', () => a.hostState?.word === 'HOLDING');
    for (let n = 2; n < 20; n++) robot.publishHostState({ word: 'ACTIVE', reason: '', sinceUs: n });
    await until('the newest', () => a.hostState?.sinceUs === 19);
    await robot.disconnect();
    await until('gone', () => a.hostState === null);
    await connect();
    await until('again', () => a.hostState?.sinceUs === 19);
  });

  it('keeps Portal’s own RPC method', async () => {
    const robot = await kit.robot();
    for (const act of [() => { robot.registerRpcMethod('portal.set_active_operator', () => ''); }, () => { robot.unregisterRpcMethod('portal.set_active_operator'); }]) {
      expect(act).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }) as Error);
    }
  });

  it('publishes a track with its first frame, and checks sizes first', async () => {
    const robot = await kit.robot();
    const operator = await kit.operator('a');
    const frames: number[] = [];
    operator.onVideoFrame('cam', ({ timestampUs }) => { frames.push(timestampUs); });
    for (const [width, height] of [[5, 2], [4, 3], [0, 0]] as const) {
      expect(() => robot.sendVideoFrame('cam', picture(width, height), { width, height })).toThrow(expect.objectContaining({ code: 'FRAME_INVALID' }) as Error);
    }
    expect(() => robot.sendVideoFrame('cam', picture(4, 4), { width: 4, height: 2 })).toThrow(expect.objectContaining({ code: 'FRAME_INVALID' }) as Error);
    expect(() => robot.sendVideoFrame('nope', picture(), { width: 4, height: 2 })).toThrow(expect.objectContaining({ code: 'UNKNOWN_TRACK' }) as Error);
    expect(robot.sendVideoFrame('cam', picture(), { width: 4, height: 2, timestampUs: 1 })).toBe(true);
    await until('the first', () => frames.length === 1);
    expect(robot.sendVideoFrame('cam', picture(), { width: 4, height: 2, timestampUs: 2 })).toBe(true);
    await until('the second', () => frames.length === 2);
    expect(frames).toEqual([1, 2]);
    expect(robot.metrics().transport.frames_sent).toEqual({ cam: 2 });
  });

  it('says when the encoder is full, and counts what it dropped', async () => {
    const robot = await kit.robot();
    const warnings = warningsOf(robot);
    robot.sendVideoFrame('cam', picture(), { width: 4, height: 2 });
    await settle();
    kit.room.setConditions({ frameTakeMs: 10_000 });
    expect(robot.sendVideoFrame('cam', picture(), { width: 4, height: 2 })).toBe(true);
    expect(robot.sendVideoFrame('cam', picture(), { width: 4, height: 2 })).toBe(false);
    await settle();
    expect(warnings).toEqual(['publish-full']);
    expect(robot.metrics().transport.frames_dropped_publisher_full).toEqual({ cam: 1 });
  });

  it('publishes its tracks anew in a new session', async () => {
    const { robot, connect } = kit.newRobot('robot');
    await connect();
    robot.sendVideoFrame('cam', picture(), { width: 4, height: 2, timestampUs: 1 });
    await settle();
    await robot.disconnect();
    await connect();
    const operator = await kit.operator('a');
    robot.sendVideoFrame('cam', picture(), { width: 4, height: 2, timestampUs: 2 });
    await until('a frame', () => operator.getVideoFrame('cam')?.timestampUs === 2);
  });
});
