import { afterEach, beforeEach, expect, it } from 'vitest';
import { ATTRIBUTE } from '../../shared/portal/names.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { controlConfig } from '../fakes/portal-configs.ts';
import { PortalSession, type SeenOperator, type SeenRobot } from '../fakes/portal-session.ts';
import { until } from '../fakes/until.ts';

describeWithServer('driving', (server) => {
  let session: PortalSession;
  beforeEach(() => { session = new PortalSession(server(), controlConfig()); });
  afterEach(async () => { await session.close(); });

  const act = ({ operator }: SeenOperator, n: number): void => { operator.sendAction({ n }); };
  const executed = ({ actions }: SeenRobot): unknown[] => actions.map(({ sender, values }) => [sender, values['n']]);
  /** Everything sent before has been judged. */
  async function judged(robot: SeenRobot, count: number): Promise<void> {
    await until(`${count} actions judged`, () => robot.actions.length + robot.dropped.length === count, { seen: () => [executed(robot), robot.dropped] });
  }
  async function everybodySees(sides: readonly (SeenRobot | SeenOperator)[], identity: string | null): Promise<void> {
    for (const side of sides) {
      const role = 'robot' in side ? side.robot : side.operator;
      await until(`${role.localIdentity} to see ${identity}`, () => role.activeOperator === identity);
    }
  }
  const control = { values: { 'pan.pos': 0 } };

  it('1, 5: one operator claims for itself and drives', async () => {
    const robot = await session.robot();
    const a = await session.operator('a');
    await a.operator.setActiveOperator('a');
    act(a, 1);
    await judged(robot, 1);
    expect(executed(robot)).toEqual([['a', 1]]);
    expect(control.values).toEqual({ 'pan.pos': robot.actions[0]?.values['pan.pos'] });
    expect(a.operator.activeOperator).toBe('a');
  });

  it('2: a token seeded with the pointer lets that operator drive without a call', async () => {
    const robot = await session.robot('robot', { attributes: { [ATTRIBUTE.activeOperator]: 'a' } });
    const a = await session.operator('a');
    expect(robot.robot.activeOperator).toBe('a');
    act(a, 1);
    await judged(robot, 1);
    expect(executed(robot)).toEqual([['a', 1]]);
  });

  it('3: from the handoff on B is executed and A dropped, and everybody hears of it once', async () => {
    const robot = await session.robot();
    const [a, b] = await Promise.all([session.operator('a'), session.operator('b')]);
    await a.operator.setActiveOperator('a');
    await everybodySees([robot, a, b], 'a');
    act(a, 1); act(b, 2);
    await judged(robot, 2);
    await b.operator.setActiveOperator('b');
    await everybodySees([robot, a, b], 'b');
    act(a, 3); act(b, 4);
    await judged(robot, 4);
    expect(executed(robot)).toEqual([['a', 1], ['b', 4]]);
    expect(robot.dropped.map(({ sender }) => sender)).toEqual(['b', 'a']);
    for (const side of [robot, a, b]) expect(side.active).toEqual(['a', 'b']);
  });

  it('4: a supervisor that never sends actions gives control to one, then to another', async () => {
    const robot = await session.robot();
    const [a, b, boss] = await Promise.all([session.operator('a'), session.operator('b'), session.operator('boss')]);
    for (const [turn, identity] of ['a', 'b'].entries()) {
      await boss.operator.setActiveOperator(identity);
      await everybodySees([robot, a, b], identity);
      act(a, turn); act(b, turn);
      await judged(robot, 2 * (turn + 1));
    }
    expect(executed(robot)).toEqual([['a', 0], ['b', 1]]);
  });

  it('6, 7: the pointer stays when the active operator leaves, and it drives again when it returns', async () => {
    const robot = await session.robot();
    const [a, b] = await Promise.all([session.operator('a'), session.operator('b')]);
    await a.operator.setActiveOperator('a');
    act(a, 1);
    await judged(robot, 1);
    await a.operator.disconnect();
    await until('the robot to see a leave', () => robot.left.includes('a'));
    act(b, 2);
    await judged(robot, 2);
    expect(robot.robot.activeOperator).toBe('a');
    const again = await session.operator('a');
    expect(again.operator.activeOperator).toBe('a');
    act(again, 3);
    await judged(robot, 3);
    expect(executed(robot)).toEqual([['a', 1], ['a', 3]]);
    expect(robot.active).toEqual(['a']);
    expect(b.active).toEqual(['a']);
  });

  it('7b: a returner does not steal back what another claimed meanwhile', async () => {
    const robot = await session.robot();
    const [a, b] = await Promise.all([session.operator('a'), session.operator('b')]);
    await a.operator.setActiveOperator('a');
    await a.operator.disconnect();
    await b.operator.setActiveOperator('b');
    const again = await session.operator('a');
    expect(again.operator.activeOperator).toBe('b');
    act(again, 1); act(b, 2);
    await judged(robot, 2);
    expect(executed(robot)).toEqual([['b', 2]]);
  });

  it('8: a claim for somebody who is not in the room is refused with 2003, and nothing changes', async () => {
    const robot = await session.robot();
    const a = await session.operator('a');
    await a.operator.setActiveOperator('a');
    await expect(a.operator.setActiveOperator('nobody')).rejects.toMatchObject({ code: 'NOT_AUTHORISED', details: { rpcCode: 2003 } });
    expect(robot.robot.activeOperator).toBe('a');
    expect(a.active).toEqual(['a']);
  });

  it('9: nothing more is executed once control is cleared in mid-drive', async () => {
    const robot = await session.robot();
    const a = await session.operator('a');
    await a.operator.setActiveOperator('a');
    let n = 0;
    const stream = setInterval(() => { act(a, (n += 1)); }, 5);
    try {
      await until('some to be executed', () => robot.actions.length > 10);
      await robot.robot.setActiveOperator(null);
      const before = robot.actions.length;
      const droppedBefore = robot.dropped.length;
      await until('more to be dropped', () => robot.dropped.length > droppedBefore + 10);
      expect(robot.actions.length).toBe(before);
    } finally { clearInterval(stream); }
    await everybodySees([a], null);
  });

  it('10: seeded before anyone joins, everybody is dropped until that one comes', async () => {
    const robot = await session.robot('robot', { attributes: { [ATTRIBUTE.activeOperator]: 'late' } });
    const b = await session.operator('b');
    act(b, 1);
    await judged(robot, 1);
    const late = await session.operator('late');
    act(late, 2);
    await judged(robot, 2);
    expect(executed(robot)).toEqual([['late', 2]]);
    expect(robot.dropped).toMatchObject([{ sender: 'b', reason: 'sender' }]);
  });

  it('11, 32: concurrent claims converge, and everybody sees the same end', async () => {
    const robot = await session.robot();
    const operators = await Promise.all(['a', 'b', 'c'].map((identity) => session.operator(identity)));
    await Promise.all(operators.map(({ operator }, i) => operator.setActiveOperator(['a', 'b', 'c'][i] ?? null)));
    // Nothing is under way any more; the robot's own word is the end.
    const end = robot.robot.activeOperator;
    await everybodySees(operators, end);
    expect(['a', 'b', 'c']).toContain(end);
    for (const { active } of operators) expect(active.at(-1)).toBe(end);
  });

  it('12: A→B→C→A at once gives one event a transition, and only the one of the moment is executed', async () => {
    const robot = await session.robot();
    const [a, b, c] = await Promise.all([session.operator('a'), session.operator('b'), session.operator('c')]);
    for (const identity of ['a', 'b', 'c', 'a']) await robot.robot.setActiveOperator(identity);
    await everybodySees([a, b, c], 'a');
    expect(robot.active).toEqual(['a', 'b', 'c', 'a']);
    for (const { active } of [a, b, c]) expect(active).toEqual(['a', 'b', 'c', 'a']);
    act(c, 1); act(b, 2); act(a, 3);
    await judged(robot, 3);
    expect(executed(robot)).toEqual([['a', 3]]);
  });

  it('13, 14: a chunk is judged by who is active when it has fully arrived', async () => {
    const robot = await session.robot();
    const [a, b] = await Promise.all([session.operator('a'), session.operator('b')]);
    await a.operator.setActiveOperator('a');
    a.operator.sendActionChunk('plan', { n: [1, 2] });
    b.operator.sendActionChunk('plan', { n: [3, 4] });
    await until('both chunks judged', () => robot.chunks.length + robot.dropped.length === 2);
    await b.operator.setActiveOperator('b');
    await everybodySees([a], 'b');
    a.operator.sendActionChunk('plan', { n: [5, 6] });
    b.operator.sendActionChunk('plan', { n: [7, 8] });
    await until('all chunks judged', () => robot.chunks.length + robot.dropped.length === 4);
    expect(robot.chunks.map(({ sender, columns }) => [sender, columns['n']])).toEqual([['a', [1, 2]], ['b', [7, 8]]]);
  });

  it('23: a claim during a 100 Hz stream reorders nothing', async () => {
    const robot = await session.robot();
    const a = await session.operator('a');
    await a.operator.setActiveOperator('a');
    let n = 0;
    const stream = setInterval(() => { act(a, (n += 1)); }, 10);
    try {
      for (let claim = 0; claim < 5; claim += 1) await a.operator.setActiveOperator('a');
      await until('a hundred', () => robot.actions.length >= 100);
    } finally { clearInterval(stream); }
    const sequence = robot.actions.map(({ values }) => Number(values['n']));
    expect(sequence).toEqual(sequence.map((_, i) => i + 1));
    expect(robot.active).toEqual(['a']);
  });

  it('25: of five that stream, the robot executes exactly the active one', async () => {
    const robot = await session.robot();
    const operators = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((identity) => session.operator(identity)));
    await robot.robot.setActiveOperator('c');
    const rounds = 50;
    for (let n = 1; n <= rounds; n += 1) for (const operator of operators) act(operator, n);
    await judged(robot, 5 * rounds);
    expect(executed(robot)).toEqual(Array.from({ length: rounds }, (_, i) => ['c', i + 1]));
    expect(robot.dropped.every(({ reason }) => reason === 'sender')).toBe(true);
  });

  it('26: what an operator observes and loses does not depend on the others', async () => {
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
