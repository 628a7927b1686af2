import { afterEach, beforeEach, expect, it } from 'vitest';
import { validateConfig } from '../../shared/portal/config.ts';
import { everybodySees, judged } from '../fakes/control-steps.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { controlConfig } from '../fakes/portal-configs.ts';
import { PortalSession } from '../fakes/portal-session.ts';

/** Large enough to be still on its way when control changes hands: 4 MB of numbers that cannot be compressed. */
const HORIZON = 65_000;
const FIELDS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const LARGE = validateConfig({ ...controlConfig(), actionChunks: [{ name: 'long', horizon: HORIZON, fields: FIELDS.map((name) => ({ name, dtype: 'f64' as const })) }] });

describeWithServer('chunks at a handoff', (server) => {
  let session: PortalSession;
  beforeEach(() => { session = new PortalSession(server(), controlConfig()); });
  afterEach(async () => { await session.close(); });

  it('case 13: a chunk in flight at the handoff is judged by who is active when it has fully arrived', async () => {
    session = new PortalSession(server(), LARGE);
    const robot = await session.robot();
    const [a, b] = await Promise.all([session.operator('a'), session.operator('b')]);
    await robot.robot.setActiveOperator('a');
    await everybodySees([a, b], 'a');
    const columns = Object.fromEntries(FIELDS.map((name) => [name, Float64Array.from({ length: HORIZON }, () => Math.random())]));
    a.operator.sendActionChunk('long', columns);
    b.operator.sendActionChunk('long', columns);
    await robot.robot.setActiveOperator('b');
    expect([robot.chunks, robot.dropped], 'the handoff is over before either has arrived').toEqual([[], []]);
    await judged(robot, 2);
    expect(robot.chunks.map(({ sender }) => sender)).toEqual(['b']);
    expect(robot.dropped).toEqual([{ sender: 'a', reason: 'sender' }]);
  });

  it('case 14: of chunks of A and B around a handoff only the active one’s are executed', async () => {
    const robot = await session.robot();
    const [a, b] = await Promise.all([session.operator('a'), session.operator('b')]);
    for (const [turn, identity] of ['a', 'b'].entries()) {
      await robot.robot.setActiveOperator(identity);
      await everybodySees([a, b], identity);
      for (let i = 0; i < 3; i += 1) {
        a.operator.sendActionChunk('plan', { n: [turn, i] });
        b.operator.sendActionChunk('plan', { n: [10 + turn, i] });
      }
      await judged(robot, 6 * (turn + 1));
    }
    expect(robot.chunks.map(({ sender, columns }) => [sender, columns['n']?.[0]])).toEqual([...Array<unknown>(3).fill(['a', 0]), ...Array<unknown>(3).fill(['b', 11])]);
    expect(robot.dropped).toHaveLength(6);
  });
});
