import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { controlConfig } from '../fakes/portal-configs.ts';
import { PortalSession, type SeenOperator } from '../fakes/portal-session.ts';
import { until } from '../fakes/until.ts';

const RECORDS = { config: { actionSubscription: true } };

describeWithServer('action subscription', (server) => {
  let session: PortalSession;
  beforeEach(() => { session = new PortalSession(server(), controlConfig()); });
  afterEach(async () => { await session.close(); });
  const labels = ({ actions }: SeenOperator): unknown[] => actions.map(({ sender, values }) => [sender, values['n']]);

  it('case 33, 42: is off by default, and one operator’s is nobody else’s', async () => {
    const robot = await session.robot();
    const [a, plain, recorder] = await Promise.all([session.operator('a'), session.operator('plain'), session.operator('recorder', RECORDS)]);
    await a.operator.setActiveOperator('a');
    await until('the recorder to see it', () => recorder.operator.activeOperator === 'a');
    a.operator.sendAction({ n: 1 });
    await until('the recorder', () => recorder.actions.length === 1);
    await until('the robot', () => robot.actions.length === 1);
    expect(plain.actions).toEqual([]);
    expect(plain.operator.getAction()).toBeNull();
    expect(a.actions).toEqual([]);
  });

  it('case 34, 35, 38, 39: a recorder gets each executed action with its sender, none that was dropped, and the sender flips at the handoff', async () => {
    const robot = await session.robot();
    const [a, b, recorder] = await Promise.all([session.operator('a'), session.operator('b'), session.operator('recorder', RECORDS)]);
    for (const [turn, identity] of ['a', 'b'].entries()) {
      await recorder.operator.setActiveOperator(identity);
      await until('everybody to see it', () => [a, b, recorder].every(({ operator }) => operator.activeOperator === identity));
      for (let i = 0; i < 10; i += 1) {
        a.operator.sendAction({ n: 100 * turn + i });
        b.operator.sendAction({ n: 1000 + 100 * turn + i });
      }
      await until('all judged', () => robot.actions.length + robot.dropped.length === 20 * (turn + 1));
      await until('as many recorded', () => recorder.actions.length === robot.actions.length);
    }
    expect(labels(recorder)).toEqual(robot.actions.map(({ sender, values }) => [sender, values['n']]));
    expect(recorder.actions.every(({ sender }) => sender !== null && sender !== '')).toBe(true);
    expect(recorder.actions.map(({ sender }) => sender)).toEqual([...Array<string>(10).fill('a'), ...Array<string>(10).fill('b')]);
  });

  it('case 36, 37, 41: one’s own actions come back while active and not otherwise, also through getAction', async () => {
    const robot = await session.robot();
    const a = await session.operator('a', RECORDS);
    a.operator.sendAction({ n: 1 });
    await until('a drop', () => robot.dropped.length === 1);
    expect(a.actions).toEqual([]);
    expect(a.operator.getAction()).toBeNull();
    await a.operator.setActiveOperator('a');
    a.operator.sendAction({ n: 2 });
    await until('the echo', () => a.actions.length === 1);
    expect(labels(a)).toEqual([['a', 2]]);
    expect(a.operator.getAction()).toMatchObject({ sender: 'a', values: { n: 2 } });
  });

  it('case 40: chunks too', async () => {
    const robot = await session.robot();
    const [a, b, recorder] = await Promise.all([session.operator('a'), session.operator('b'), session.operator('recorder', RECORDS)]);
    await a.operator.setActiveOperator('a');
    await until('the recorder to see it', () => recorder.operator.activeOperator === 'a');
    b.operator.sendActionChunk('plan', { n: [8, 9] });
    a.operator.sendActionChunk('plan', { n: [1, 2] });
    await until('both judged', () => robot.chunks.length + robot.dropped.length === 2);
    await until('the recorder', () => recorder.chunks.length === 1);
    expect(recorder.chunks[0]).toMatchObject({ name: 'plan', sender: 'a', columns: { n: [1, 2] } });
    expect(recorder.operator.getActionChunk('plan')).toMatchObject({ sender: 'a' });
  });

  it('case 43: what the robot executes does not depend on recorders', async () => {
    const robot = await session.robot();
    const a = await session.operator('a');
    const recorders = await Promise.all(['r1', 'r2', 'r3'].map((identity) => session.operator(identity, RECORDS)));
    await a.operator.setActiveOperator('a');
    await until('all to see it', () => recorders.every(({ operator }) => operator.activeOperator === 'a'));
    for (let n = 0; n < 100; n += 1) a.operator.sendAction({ n });
    await until('a hundred', () => robot.actions.length === 100);
    for (const recorder of recorders) await until('a hundred recorded', () => recorder.actions.length === 100);
    expect(robot.actions.map(({ values }) => values['n'])).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });
});
