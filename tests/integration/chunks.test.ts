import { afterEach, beforeEach, expect, it } from 'vitest';
import { validateConfig } from '../../shared/portal/config.ts';
import { everybodyIsSeen, everybodySees, judged } from '../fakes/control-steps.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { controlConfig } from '../fakes/portal-configs.ts';
import { PortalSession, type SeenRobot } from '../fakes/portal-session.ts';
import { undisturbed } from '../fakes/undisturbed.ts';
import { until } from '../fakes/until.ts';

const FIELDS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
/** 4 MB of numbers that cannot be compressed. */
const ROWS = 65_000;

describeWithServer('chunks at a handoff', (server) => {
  let session: PortalSession;
  beforeEach(() => { session = new PortalSession(server(), controlConfig()); });
  afterEach(async () => { await session.close(); });

  it('case 13: a chunk in flight at the handoff is judged by who is active when it has fully arrived', { timeout: 300_000 }, async () => {
    // Large enough to be still on its way when control changes hands, and small enough for a busy machine to carry it at all.
    let horizon = ROWS;
    const robot = await undisturbed('chunks that arrive, and not before the handoff is over', async (): Promise<SeenRobot | null> => {
      await session.close();
      const columns = Object.fromEntries(FIELDS.map((name) => [name, Float64Array.from({ length: horizon }, () => Math.random())]));
      session = new PortalSession(server(), validateConfig({ ...controlConfig(), actionChunks: [{ name: 'long', horizon, fields: FIELDS.map((name) => ({ name, dtype: 'f64' as const })) }] }));
      const robot = await session.robot();
      const [a, b] = await Promise.all([session.operator('a'), session.operator('b')]);
      await robot.robot.setActiveOperator('a');
      await everybodySees([a, b], 'a');
      await everybodyIsSeen(robot, [a, b]);
      a.operator.sendActionChunk('long', columns);
      b.operator.sendActionChunk('long', columns);
      // A machine that has its hands full with them may not answer in time.
      const isHandedOver = await robot.robot.setActiveOperator('b').then(() => true, () => false);
      if (!isHandedOver) {
        horizon = Math.ceil(horizon / 4);
        return null;
      }
      if (robot.chunks.length + robot.dropped.length > 0) {
        horizon *= 2;
        return null;
      }
      const isLost = (): boolean => robot.warnings.includes('byte-stream-idle');
      await until('both to be judged or given up', () => isLost() || robot.chunks.length + robot.dropped.length === 2, { deadlineMs: 60_000, seen: () => robot.warnings });
      if (!isLost()) return robot;
      horizon = Math.ceil(horizon / 4);
      return null;
    });
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
