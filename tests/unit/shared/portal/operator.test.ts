import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ATTRIBUTE } from '../../../../shared/portal/names.ts';
import { Operator as OperatorClass } from '../../../../shared/portal/operator.ts';
import type { Robot } from '../../../../shared/portal/robot.ts';
import type { Observation, State } from '../../../../shared/portal/types.ts';
import { SessionKit, settle, until } from '../../../fakes/session-kit.ts';

let kit: SessionKit;
beforeEach(() => { kit = new SessionKit({ videos: [{ name: 'cam' }] }); });
afterEach(() => kit.close());

const size = { width: 4, height: 2 };
const picture = (value = 80): Uint8Array => new Uint8Array(24).fill(value);
/** Sends `count` states with their frames, 1/30 s apart. */
async function perform(robot: Robot, count: number, startUs = 1_000_000): Promise<void> {
  robot.sendVideoFrame('cam', picture(), { ...size, timestampUs: startUs - 500_000 });
  await settle();
  for (let n = 0; n < count; n++) {
    const timestampUs = startUs + n * 33_333;
    robot.sendState({ a: n }, timestampUs);
    robot.sendVideoFrame('cam', picture(n), { ...size, timestampUs });
    await settle();
  }
}

describe('Operator', () => {
  it('has no method of the robot', () => {
    for (const name of ['sendState', 'sendVideoFrame', 'publishHostState', 'onActionDropped']) expect(name in OperatorClass.prototype, name).toBe(false);
  });

  it('joins states and frames that belong together', async () => {
    const robot = await kit.robot();
    const operator = await kit.operator('a');
    const seen: Observation[] = [];
    operator.onObservation((observation) => { seen.push(observation); });
    await perform(robot, 5);
    await until('observations', () => seen.length >= 5);
    expect(seen.map(({ state, timestampUs }) => [state.values['a'], timestampUs])).toEqual(Array.from({ length: 5 }, (_, n) => [n, 1_000_000 + n * 33_333]));
    for (const { frames, timestampUs, state } of seen) {
      expect(frames['cam']).toMatchObject({ source: 'live', frame: { track: 'cam', ...size, format: 'rgb24', timestampUs } });
      expect(frames['cam']?.frame?.data[0]).toBe(state.values['a']);
    }
    expect(operator.getObservation()).toBe(seen.at(-1));
    expect(operator.getVideoFrame('cam')?.timestampUs).toBe(seen.at(-1)?.timestampUs);
    const { sync, transport } = operator.metrics();
    expect(sync.observations_emitted).toBe(5);
    expect(sync.match_delta_us_p50).toBe(0);
    expect(transport.states_received).toBe(5);
    expect(transport.frames_received).toEqual({ cam: 6 });
  });

  it('26: sees the same whatever other operators do', async () => {
    const robot = await kit.robot();
    const slow = await kit.operator('slow');
    slow.onObservation(() => new Promise(() => undefined));
    const operator = await kit.operator('a');
    const seen: number[] = [];
    operator.onObservation(({ state }) => { seen.push(state.values['a'] as number); });
    await perform(robot, 10);
    await until('all', () => seen.length === 10);
  });

  it('tells states that no frame matches, and warns with the track', async () => {
    const robot = await kit.robot();
    const operator = await kit.operator('a');
    const drops: State[] = [];
    const warnings: string[] = [];
    operator.onDrop((states) => { drops.push(...states); });
    operator.onWarning(({ tag, message }) => { warnings.push(`${tag} ${message}`); });
    for (let n = 0; n < 7; n++) robot.sendState({ a: n }, 1_000_000 + n);
    await until('drops', () => drops.length === 2);
    expect(drops.map(({ values }) => values['a'])).toEqual([0, 1]);
    expect(warnings[0]).toContain('state-overflow');
    expect(warnings[0]).toContain("'cam'");
  });

  it('receives no video when it does not want any, and takes notes of frames presented elsewhere', async () => {
    const robot = await kit.robot();
    const operator = await kit.operator('a', { video: 'none' });
    const seen: Observation[] = [];
    operator.onObservation((observation) => { seen.push(observation); });
    await perform(robot, 2);
    expect(operator.metrics().transport.frames_received).toEqual({ cam: 0 });
    operator.noteFrame('cam', 1_000_000);
    await until('an observation', () => seen.length === 1);
    expect(seen[0]?.frames['cam']?.frame).toMatchObject({ width: 0, height: 0, timestampUs: 1_000_000 });
    expect(operator.getVideoFrame('cam')).toBeNull();
    operator.setVideoDemand('pixels');
    await perform(robot, 1, 9_000_000);
    await until('pixels', () => operator.getVideoFrame('cam')?.timestampUs === 9_000_000);
    operator.setVideoDemand('none');
    const { frames_received: before } = operator.metrics().transport;
    await perform(robot, 2, 10_000_000);
    expect(operator.metrics().transport.frames_received).toEqual(before);
    expect(() => { operator.noteFrame('nope', 1); }).toThrow(expect.objectContaining({ code: 'UNKNOWN_TRACK' }) as Error);
  });

  it('makes observations of the times alone where nobody wants the pixels, and of pixels as soon as somebody does', async () => {
    const robot = await kit.robot();
    const operator = await kit.operator('a', { video: 'times' });
    const seen: Observation[] = [];
    operator.onObservation((observation) => { seen.push(observation); });
    await perform(robot, 1, 5_000_000);
    await until('an observation', () => seen.length === 1);
    expect(seen[0]?.frames['cam']?.frame).toMatchObject({ width: 0, height: 0, timestampUs: 5_000_000 });
    expect(operator.metrics().transport.frames_received).toEqual({ cam: 2 });
    expect(operator.getVideoFrame('cam')).toBeNull();
    operator.noteFrame('cam', 5_000_001);
    expect(operator.metrics().transport.frames_received, 'received here already').toEqual({ cam: 2 });
    operator.setVideoDemand('pixels');
    await perform(robot, 1, 9_000_000);
    await until('pixels', () => operator.getVideoFrame('cam')?.timestampUs === 9_000_000);
  });

  it('48: takes tracks of the robot alone, and says which one of its is not declared', async () => {
    const robot = await kit.robot('robot', {}, { videos: [{ name: 'cam' }, { name: 'extra' }] });
    const operator = await kit.operator('a');
    const warnings: string[] = [];
    operator.onWarning(({ tag }) => { warnings.push(tag); });
    const mallory = await kit.robot('mallory');
    mallory.sendVideoFrame('cam', picture(255), { ...size, timestampUs: 1 });
    robot.sendVideoFrame('cam', picture(1), { ...size, timestampUs: 2 });
    robot.sendVideoFrame('extra', picture(1), { ...size, timestampUs: 3 });
    await until('a frame', () => operator.getVideoFrame('cam') !== null);
    await settle();
    expect(operator.getVideoFrame('cam')?.timestampUs).toBe(2);
    expect(operator.metrics().transport.frames_received).toEqual({ cam: 1 });
    expect(warnings).toContain('unknown-track');
  });

  it('says that a track comes in another codec than declared, and shows it all the same', async () => {
    const robot = await kit.robot('robot', {}, { videos: [{ name: 'cam', codec: 'vp8' }] });
    const operator = await kit.operator('a');
    const warnings: string[] = [];
    operator.onWarning(({ tag, message }) => { warnings.push(`${tag}: ${message}`); });
    robot.sendVideoFrame('cam', picture(), { ...size, timestampUs: 1 });
    await until('the warning', () => warnings.some((warning) => /^codec-mismatch: track 'cam' comes as vp8 and is declared h264/.test(warning)));
    robot.sendVideoFrame('cam', picture(), { ...size, timestampUs: 2 });
    await until('a frame', () => operator.getVideoFrame('cam') !== null);
  });

  it('drops frames without a timestamp, and says so', async () => {
    kit.room.setConditions({ frameTimestamps: false });
    const robot = await kit.robot();
    const operator = await kit.operator('a');
    const warnings: string[] = [];
    operator.onWarning(({ tag }) => { warnings.push(tag); });
    robot.sendVideoFrame('cam', picture(), size);
    await until('the warning', () => warnings.includes('missing-timestamp'));
    expect(operator.getVideoFrame('cam')).toBeNull();
  });

  it('tells when the robot comes and goes, and forgets what it had of it', async () => {
    const operator = await kit.operator('a');
    const events: string[] = [];
    operator.onRobotJoined((identity) => { events.push(`+${identity}`); });
    operator.onRobotLeft((identity) => { events.push(`-${identity}`); });
    operator.onActiveOperatorChanged((identity) => { events.push(`driver ${identity}`); });
    const robot = await kit.robot();
    await robot.setActiveOperator('a');
    await perform(robot, 1);
    await until('an observation', () => operator.getObservation() !== null);
    await robot.disconnect();
    await until('it left', () => operator.robotIdentity === null);
    await settle();
    expect(events).toEqual(['+robot', 'driver a', '-robot', 'driver null']);
    expect([operator.getState(), operator.getObservation(), operator.getVideoFrame('cam')]).toEqual([null, null, null]);
  });

  it('pins the robot it was told, and no other', async () => {
    await kit.robot('first');
    const operator = await kit.operator('a', { robotIdentity: 'mine' });
    expect(operator.robotIdentity).toBeNull();
    await expect(operator.setActiveOperator('a')).rejects.toMatchObject({ code: 'ROBOT_ABSENT' });
    await kit.robot('mine');
    await until('mine', () => operator.robotIdentity === 'mine');
  });

  it('lists other operators and tells of their coming and going', async () => {
    await kit.robot();
    const a = await kit.operator('a');
    const events: string[] = [];
    a.onOperatorJoined((identity) => { events.push(`+${identity}`); });
    a.onOperatorLeft((identity) => { events.push(`-${identity}`); });
    const b = await kit.operator('b');
    await until('b', () => a.operators.includes('b'));
    expect(a.operators).toEqual(['b']);
    expect(b.operators).toEqual(['a']);
    await b.disconnect();
    await until('b left', () => a.operators.length === 0);
    await settle();
    expect(events).toEqual(['+b', '-b']);
  });

  it('does not take garbage for a host state', async () => {
    await kit.robot('robot', { attributes: { [ATTRIBUTE.hostState]: '{"word":"DANCING"}' } });
    const { operator, connect } = kit.newOperator('a');
    const warnings: string[] = [];
    operator.onWarning(({ tag }) => { warnings.push(tag); });
    await connect();
    await settle();
    expect(operator.hostState).toBeNull();
    expect(warnings).toEqual(['bad-payload']);
  });

  it('calls the robot by default, its only peer otherwise, and says when nobody is natural', async () => {
    const operator = await kit.operator('a');
    await expect(operator.performRpc('home', '')).rejects.toMatchObject({ code: 'NO_PEER' });
    const b = await kit.operator('b');
    b.registerRpcMethod('who', () => 'b');
    await until('b', () => operator.operators.length === 1);
    await expect(operator.performRpc('who', '')).resolves.toBe('b');
    const robot = await kit.robot();
    robot.registerRpcMethod('home', ({ payload, callerIdentity }) => `${callerIdentity} ${payload}`);
    await until('the robot', () => operator.robotIdentity !== null);
    await expect(operator.performRpc('home', 'now')).resolves.toBe('a now');
    await expect(operator.performRpc('who', '', { destination: 'b' })).resolves.toBe('b');
    operator.registerRpcMethod('who', () => 'a');
    await until('two operators', () => robot.operators.length === 2);
    await expect(robot.performRpc('who', '')).rejects.toMatchObject({ code: 'NO_PEER' });
    await robot.setActiveOperator('a');
    await expect(robot.performRpc('who', '')).resolves.toBe('a');
    await expect(operator.performRpc('none', '')).rejects.toMatchObject({ code: 'RPC_FAILED', details: { rpcCode: 1400 } });
  });

  it('refuses chunks that nobody declared', async () => {
    await kit.robot();
    const operator = await kit.operator('a');
    const unknown = expect.objectContaining({ code: 'UNKNOWN_CHUNK' }) as Error;
    expect(() => { operator.sendActionChunk('nope', {}); }).toThrow(unknown);
    expect(() => operator.onActionChunk('nope', () => undefined)).toThrow(unknown);
    expect(() => operator.getActionChunk('nope')).toThrow(unknown);
  });
});
