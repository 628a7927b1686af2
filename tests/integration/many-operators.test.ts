import { afterEach, beforeEach, expect, it } from 'vitest';
import { act, everybodyIsSeen, executed, judged } from '../fakes/control-steps.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { controlConfig } from '../fakes/portal-configs.ts';
import { PortalSession } from '../fakes/portal-session.ts';
import { until } from '../fakes/until.ts';

describeWithServer('many operators', (server) => {
  let session: PortalSession;
  beforeEach(() => { session = new PortalSession(server(), controlConfig()); });
  afterEach(async () => { await session.close(); });

  it('case 25: of five that stream, the robot executes exactly the active one', async () => {
    const robot = await session.robot();
    const operators = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((identity) => session.operator(identity)));
    await everybodyIsSeen(robot, operators);
    await robot.robot.setActiveOperator('c');
    const rounds = 50;
    for (let n = 1; n <= rounds; n += 1) for (const operator of operators) act(operator, n);
    await judged(robot, operators.length * rounds);
    expect(executed(robot)).toEqual(Array.from({ length: rounds }, (_, i) => ['c', i + 1]));
    expect(robot.dropped.every(({ reason }) => reason === 'sender')).toBe(true);
  });

  it('case 26: what an operator observes and loses does not depend on the others', async () => {
    const robot = await session.robot();
    const [alone, other] = await Promise.all([session.operator('alone'), session.operator('other')]);
    const count = 60;
    for (let n = 0; n < count; n += 1) {
      robot.robot.sendState({ 'pan.pos': n }, 1_000_000 * (n + 1));
      if (n === 20) await other.operator.disconnect();
    }
    await until('every state', () => alone.observations.length + alone.drops.length === count);
    expect(alone.observations.map(({ state }) => state.values['pan.pos'])).toEqual(Array.from({ length: count }, (_, n) => n));
    expect(alone.drops).toEqual([]);
  });
});
