import { afterEach, expect, it } from 'vitest';
import { type ChunkSpec, type PortalConfig, validateConfig } from '../../shared/portal/config.ts';
import type { DType } from '../../shared/portal/dtype.ts';
import type { ChunkColumns } from '../../shared/portal/wire.ts';
import { systemClock } from '../../main/system-clock.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { PortalSession, type SeenOperator, type SeenRobot } from '../fakes/portal-session.ts';
import { SeededRandom } from '../fakes/seeded-random.ts';
import { until } from '../fakes/until.ts';

const SIZES = [['kilobytes', 100, 30], ['beyond-64-kb', 300, 40], ['megabytes', 5000, 50]] as const;

function spec(name: string, horizon: number, dtype: DType, ...fields: string[]): ChunkSpec {
  return { name, horizon, fields: (fields.length === 0 ? ['j'] : fields).map((field) => ({ name: field, dtype })) };
}

const CONFIG: PortalConfig = validateConfig({
  session: 'chunks',
  state: [{ name: 'j', dtype: 'f32' }],
  action: [{ name: 'j', dtype: 'f32' }],
  actionChunks: [
    spec('act', 4, 'f32'), spec('exact', 4, 'f64'), spec('ctrl', 4, 'i8'), spec('grip', 4, 'bool'), spec('zero', 3, 'i16', 'a', 'b'),
    ...SIZES.map(([name, horizon, fields]) => spec(name, horizon, 'f64', ...Array.from({ length: fields }, (_, n) => `j${n}`))),
  ],
});

describeWithServer('action chunks on a real server', (server) => {
  let session: PortalSession;
  afterEach(async () => { await session.close(); });

  /** A robot, and an operator in control of it. */
  async function pair(changed?: ChunkSpec): Promise<{ robot: SeenRobot; desk: SeenOperator }> {
    session = new PortalSession(server(), CONFIG);
    const robot = await session.robot();
    const desk = await session.operator('desk', changed === undefined ? {} : { config: { actionChunks: CONFIG.actionChunks.map((known) => (known.name === changed.name ? changed : known)) } });
    await until('they see each other', () => desk.operator.robotIdentity === 'robot' && robot.robot.operators.includes('desk'));
    await desk.operator.setActiveOperator('desk');
    return { robot, desk };
  }

  async function received(name: string, columns: ChunkColumns): Promise<Readonly<Record<string, readonly number[]>>> {
    const { robot, desk } = await pair();
    desk.operator.sendActionChunk(name, columns);
    await until('the chunk', () => robot.chunks.length === 1, { deadlineMs: 60_000, seen: () => [robot.dropped, robot.warnings] });
    expect(robot.chunks[0]).toMatchObject({ name, sender: 'desk', inReplyToTsUs: null });
    return robot.chunks[0]?.columns ?? {};
  }

  it.each(SIZES)('arrive whole with %s: %i rows of %i fields', async (name, horizon, fields) => {
    const random = new SeededRandom(42);
    const sent = Object.fromEntries(Array.from({ length: fields }, (_, n) => [`j${n}`, Array.from({ length: horizon }, () => random.next() - 0.5)]));
    expect(await received(name, sent)).toEqual(sent);
  });

  it('of another horizon are dropped, told and not counted as received', async () => {
    await refused(spec('act', 8, 'f32'), { j: [0, 0, 0, 0, 0, 0, 0, 0] });
  });

  it('of another dtype are dropped, told and not counted as received', async () => {
    await refused(spec('act', 4, 'f64'), { j: [0, 0.1, 0.2, 0.3] });
  });

  async function refused(other: ChunkSpec, columns: ChunkColumns): Promise<void> {
    const { robot, desk } = await pair(other);
    desk.operator.sendActionChunk(other.name, columns);
    await until('the refusal', () => robot.robot.warnings()['unknown-chunk'] === 1);
    expect(robot.chunks).toEqual([]);
    expect(robot.robot.metrics().transport.action_chunks_received).toBe(0);
    await until('it is told', () => robot.dropped.length === 1);
    expect(robot.dropped).toEqual([{ sender: 'desk', reason: 'schema' }]);
  }

  it('in a burst of 300 arrive, each well-formed', async () => {
    const { robot, desk } = await pair();
    for (let n = 0; n < 300; n++) desk.operator.sendActionChunk('act', { j: [n, n + 1, n + 2, n + 3] });
    // Streams beyond those in flight at once are refused; what the peer's suite asks for is 250.
    await until('250 of them', () => robot.chunks.length >= 250, { deadlineMs: 60_000, seen: () => [robot.chunks.length, robot.robot.warnings()] });
    for (const { columns } of robot.chunks) expect(columns['j']).toHaveLength(4);
  });

  it('carry NaN and infinities through f32', async () => {
    expect(await received('act', { j: [Number.NaN, Infinity, -Infinity, 0.5] })).toEqual({ j: [Number.NaN, Infinity, -Infinity, 0.5] });
  });

  it('saturate integers at their bounds, and say so', async () => {
    const { robot, desk } = await pair();
    desk.operator.sendActionChunk('ctrl', { j: [500, -500, 42, 0] });
    await until('the chunk', () => robot.chunks.length === 1);
    expect(robot.chunks[0]?.columns).toEqual({ j: [127, -128, 42, 0] });
    await until('it is said', () => desk.warnings.includes('saturated'));
  });

  it('carry flags as 0 and 1, whatever number stood for true', async () => {
    expect(await received('grip', { j: [true, false, 7, 0] })).toEqual({ j: [1, 0, 1, 0] });
  });

  it('fill a short column with 0, and say so', async () => {
    expect(await received('exact', { j: [1, 2] })).toEqual({ j: [1, 2, 0, 0] });
  });

  it('cut a long column', async () => {
    expect(await received('exact', { j: [1, 2, 3, 4, 5, 6] })).toEqual({ j: [1, 2, 3, 4] });
  });

  it('without columns are all 0', async () => {
    expect(await received('zero', {})).toEqual({ a: [0, 0, 0], b: [0, 0, 0] });
  });

  it('that are not declared are refused at the call', async () => {
    const { desk } = await pair();
    expect(() => { desk.operator.sendActionChunk('never', { j: [0] }); }).toThrow(expect.objectContaining({ code: 'UNKNOWN_CHUNK' }) as Error);
  });

  it('sent right before leaving hold nobody up', async () => {
    const { robot, desk } = await pair();
    desk.operator.sendActionChunk('act', { j: [1, 2, 3, 4] });
    await Promise.all([desk.operator.disconnect(), robot.robot.disconnect()]);
    expect(desk.operator.localIdentity).toBeNull();
  });

  it('flow again in a fresh room after a first session', async () => {
    for (const columns of [{ j: [1, 2, 3, 4] }, { j: [5, 6, 7, 8] }]) {
      expect(await received('act', columns)).toEqual(columns);
      await session.close();
    }
  });

  it('that answer observations measure the policy, on the robot and on a subscriber', async () => {
    session = new PortalSession(server(), CONFIG);
    const robot = await session.robot();
    const desk = await session.operator('desk');
    const recorder = await session.operator('recorder', { config: { actionSubscription: true } });
    await until('they see each other', () => robot.robot.operators.length === 2 && recorder.operator.robotIdentity === 'robot' && desk.operator.robotIdentity === 'robot');
    await desk.operator.setActiveOperator('desk');
    await until('the recorder hears of it', () => recorder.operator.activeOperator === 'desk');
    for (let n = 1; n <= 10; n++) {
      robot.robot.sendState({ j: n });
      await until('the state', () => desk.states.length === n && recorder.states.length === n);
      desk.operator.sendActionChunk('act', { j: [0, 1, 2, 3] }, { inReplyToTsUs: desk.states[n - 1]?.timestampUs ?? systemClock.nowUs() });
      await until('the chunk', () => robot.chunks.length === n && recorder.chunks.length === n);
    }
    for (const { policy } of [robot.robot.metrics(), recorder.operator.metrics()]) {
      expect(policy.correlated_received).toBe(10);
      expect(policy.e2e_us_p50).toBeGreaterThan(0);
      expect(policy.e2e_us_p95).toBeGreaterThanOrEqual(policy.e2e_us_p50 ?? Infinity);
    }
    expect(robot.chunks.every(({ inReplyToTsUs }, n) => inReplyToTsUs === desk.states[n]?.timestampUs)).toBe(true);
  });
});
