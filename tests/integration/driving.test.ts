import { afterEach, beforeEach, expect, it } from 'vitest';
import { ATTRIBUTE } from '../../shared/portal/names.ts';
import { act, everybodyIsSeen, everybodySees, executed, judged, streamActions } from '../fakes/control-steps.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { controlConfig } from '../fakes/portal-configs.ts';
import { PortalSession } from '../fakes/portal-session.ts';
import { until } from '../fakes/until.ts';

describeWithServer('driving', (server) => {
  let session: PortalSession;
  beforeEach(() => { session = new PortalSession(server(), controlConfig()); });
  afterEach(async () => { await session.close(); });


  it('case 1, 5: one operator claims for itself and drives', async () => {
    const robot = await session.robot();
    const a = await session.operator('a');
    await a.operator.setActiveOperator('a');
    act(a, 1);
    await judged(robot, 1);
    expect(executed(robot)).toEqual([['a', 1]]);
    expect(robot.actions[0]?.values['pan.pos']).toBe(0);
    expect(a.operator.activeOperator).toBe('a');
  });

  it('case 2: a token seeded with the pointer lets that operator drive without a call', async () => {
    const robot = await session.robot('robot', { attributes: { [ATTRIBUTE.activeOperator]: 'a' } });
    const a = await session.operator('a');
    expect(robot.robot.activeOperator).toBe('a');
    await everybodyIsSeen(robot, [a]);
    act(a, 1);
    await judged(robot, 1);
    expect(executed(robot)).toEqual([['a', 1]]);
  });

  it('case 3: from the handoff on B is executed and A dropped, and everybody hears of it once', async () => {
    const robot = await session.robot();
    const [a, b] = await Promise.all([session.operator('a'), session.operator('b')]);
    await a.operator.setActiveOperator('a');
    await everybodySees([robot, a, b], 'a');
    await everybodyIsSeen(robot, [a, b]);
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

  it('case 4: a supervisor that never sends actions gives control to one, then to another', async () => {
    const robot = await session.robot();
    const [a, b, boss] = await Promise.all([session.operator('a'), session.operator('b'), session.operator('boss')]);
    await everybodyIsSeen(robot, [a, b, boss]);
    for (const [turn, identity] of ['a', 'b'].entries()) {
      await boss.operator.setActiveOperator(identity);
      await everybodySees([robot, a, b], identity);
      act(a, turn); act(b, turn);
      await judged(robot, 2 * (turn + 1));
    }
    expect(executed(robot)).toEqual([['a', 0], ['b', 1]]);
  });

  it('case 6, 7: the pointer stays when the active operator leaves, and it drives again when it returns', async () => {
    const robot = await session.robot();
    const [a, b] = await Promise.all([session.operator('a'), session.operator('b')]);
    await everybodyIsSeen(robot, [a, b]);
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
    await everybodyIsSeen(robot, [again]);
    act(again, 3);
    await judged(robot, 3);
    expect(executed(robot)).toEqual([['a', 1], ['a', 3]]);
    expect(robot.active).toEqual(['a']);
    await until('b to have heard', () => b.active.length > 0);
    expect(b.active).toEqual(['a']);
  });

  it('case 7b: a returner does not steal back what another claimed meanwhile', async () => {
    const robot = await session.robot();
    const [a, b] = await Promise.all([session.operator('a'), session.operator('b')]);
    await a.operator.setActiveOperator('a');
    await everybodyIsSeen(robot, [a, b]);
    await a.operator.disconnect();
    await until('the robot to see a leave', () => robot.left.includes('a'));
    await b.operator.setActiveOperator('b');
    const again = await session.operator('a');
    expect(again.operator.activeOperator).toBe('b');
    await everybodyIsSeen(robot, [again, b]);
    act(again, 1); act(b, 2);
    await judged(robot, 2);
    expect(executed(robot)).toEqual([['b', 2]]);
  });

  it('case 8: a claim for somebody who is not in the room is refused with 2003, and nothing changes', async () => {
    const robot = await session.robot();
    const a = await session.operator('a');
    await a.operator.setActiveOperator('a');
    await expect(a.operator.setActiveOperator('nobody')).rejects.toMatchObject({ code: 'NOT_AUTHORISED', details: { rpcCode: 2003 } });
    expect(robot.robot.activeOperator).toBe('a');
    expect(a.active).toEqual(['a']);
  });

  it('case 9: nothing more is executed once control is cleared in mid-drive', async () => {
    const robot = await session.robot();
    const a = await session.operator('a');
    await a.operator.setActiveOperator('a');
    const stream = streamActions([a], 5);
    try {
      await until('some to be executed', () => robot.actions.length > 10);
      await robot.robot.setActiveOperator(null);
      const before = robot.actions.length;
      const droppedBefore = robot.dropped.length;
      await until('more to be dropped', () => robot.dropped.length > droppedBefore + 10);
      expect(robot.actions.length).toBe(before);
    } finally { stream.stop(); }
    await everybodySees([a], null);
  });

  it('case 10: seeded before anyone joins, everybody is dropped until that one comes', async () => {
    const robot = await session.robot('robot', { attributes: { [ATTRIBUTE.activeOperator]: 'late' } });
    const b = await session.operator('b');
    await everybodyIsSeen(robot, [b]);
    act(b, 1);
    await judged(robot, 1);
    const late = await session.operator('late');
    await everybodyIsSeen(robot, [late]);
    act(late, 2);
    await judged(robot, 2);
    expect(executed(robot)).toEqual([['late', 2]]);
    expect(robot.dropped).toMatchObject([{ sender: 'b', reason: 'sender' }]);
  });

  it('case 11: concurrent claims converge, and everybody sees the same end', async () => {
    const robot = await session.robot();
    const operators = await Promise.all(['a', 'b', 'c'].map((identity) => session.operator(identity)));
    await Promise.all(operators.map(({ operator }, i) => operator.setActiveOperator(['a', 'b', 'c'][i] ?? null)));
    // Nothing is under way any more; the robot's own word is the end.
    const end = robot.robot.activeOperator;
    await everybodySees(operators, end);
    expect(['a', 'b', 'c']).toContain(end);
    for (const { active } of operators) expect(active.at(-1)).toBe(end);
  });

  it('case 12: A→B→C→A at once under three streams gives one event a transition, and nothing of another operator is executed', async () => {
    const robot = await session.robot();
    const operators = await Promise.all(['a', 'b', 'c'].map((identity) => session.operator(identity)));
    const [a] = operators;
    const stream = streamActions(operators, 5);
    try {
      await until('all three to be heard', () => new Set(robot.dropped.map(({ sender }) => sender)).size === 3);
      await Promise.all(['a', 'b', 'c', 'a'].map((identity) => robot.robot.setActiveOperator(identity)));
      const before = robot.actions.length;
      await until('the last one to drive', () => robot.actions.length >= before + 20);
    } finally { stream.stop(); }
    await judged(robot, 3 * stream.sent);
    await everybodySees(operators, 'a');
    for (const { active } of [robot, ...operators]) expect(active).toEqual(['a', 'b', 'c', 'a']);
    // Who was executed, one entry a turn: the transitions in their order, some perhaps too short for an action.
    const turns = robot.actions.map(({ sender }) => sender).filter((sender, i, all) => sender !== all[i - 1]);
    expect(turns.join('')).toMatch(/^a?b?c?a$/u);
    const ofA = robot.actions.filter(({ sender }) => sender === 'a').map(({ values }) => Number(values['n']));
    expect(ofA).toEqual([...ofA].sort((first, second) => first - second));
    expect(a?.operator.activeOperator).toBe('a');
  });
});
