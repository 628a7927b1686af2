import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Operator } from '../../../../shared/portal/operator.ts';
import type { Robot } from '../../../../shared/portal/robot.ts';
import { ATTRIBUTE } from '../../../../shared/portal/names.ts';
import { SessionKit, settle, until } from '../../../fakes/session-kit.ts';

let kit: SessionKit;
beforeEach(() => { kit = new SessionKit(); });
afterEach(() => kit.close());

function executedBy(robot: Robot): { sender: string | null; a: number }[] {
  const executed: { sender: string | null; a: number }[] = [];
  robot.onAction(({ sender, values }) => { executed.push({ sender, a: values['a'] as number }); });
  return executed;
}
function switchesSeenBy(side: Robot | Operator): (string | null)[] {
  const seen: (string | null)[] = [];
  side.onActiveOperatorChanged((identity) => { seen.push(identity); });
  return seen;
}

describe('driving', () => {
  it('1, 5: one operator claims for itself and drives', async () => {
    const robot = await kit.robot();
    const executed = executedBy(robot);
    const a = await kit.operator('a');
    a.sendAction({ a: 1 });
    await a.setActiveOperator('a');
    expect(a.activeOperator).toBe('a');
    expect(robot.activeOperator).toBe('a');
    a.sendAction({ a: 2 });
    await until('the action', () => executed.length > 0);
    expect(executed).toEqual([{ sender: 'a', a: 2 }]);
    expect(robot.getAction()?.values).toEqual({ a: 2, on: false });
  });

  it('2, 10: with a seeded pointer everybody is dropped until that one comes, who drives without a call', async () => {
    const robot = await kit.robot('robot', { attributes: { [ATTRIBUTE.activeOperator]: 'late' } });
    expect(robot.activeOperator).toBe('late');
    const executed = executedBy(robot);
    const other = await kit.operator('other');
    other.sendAction({ a: 9 });
    await settle();
    const late = await kit.operator('late');
    expect(late.activeOperator).toBe('late');
    late.sendAction({ a: 1 });
    await until('the action', () => executed.length > 0);
    expect(executed).toEqual([{ sender: 'late', a: 1 }]);
  });

  it('3: at a handoff the loser is dropped from the switch on, and the change is told once to everybody', async () => {
    const robot = await kit.robot();
    const executed = executedBy(robot);
    const dropped: string[] = [];
    robot.onActionDropped(({ sender, reason }) => { dropped.push(`${sender} ${reason}`); });
    const a = await kit.operator('a');
    const b = await kit.operator('b');
    await a.setActiveOperator('a');
    await settle();
    const seen = [robot, a, b].map(switchesSeenBy);
    a.sendAction({ a: 1 });
    await until('a drives', () => executed.length === 1);
    await b.setActiveOperator('b');
    a.sendAction({ a: 7 });
    b.sendAction({ a: 2 });
    a.sendAction({ a: 99 });
    await until('b drives', () => executed.length === 2);
    await settle();
    expect(executed).toEqual([{ sender: 'a', a: 1 }, { sender: 'b', a: 2 }]);
    expect(seen).toEqual([['b'], ['b'], ['b']]);
    expect(dropped).toEqual(['a sender', 'a sender']);
  });

  it('4: a supervisor that never sends arbitrates', async () => {
    const robot = await kit.robot();
    const executed = executedBy(robot);
    const [a, b, supervisor] = [await kit.operator('a'), await kit.operator('b'), await kit.operator('supervisor')];
    await supervisor.setActiveOperator('b');
    a.sendAction({ a: 1 });
    b.sendAction({ a: 2 });
    await until('b drives', () => executed.length === 1);
    expect(executed).toEqual([{ sender: 'b', a: 2 }]);
  });

  it('6, 7: the pointer stays when its operator leaves; the returner drives again', async () => {
    const robot = await kit.robot();
    const executed = executedBy(robot);
    const a = await kit.operator('a');
    const b = await kit.operator('b');
    await a.setActiveOperator('a');
    await settle();
    const seen = switchesSeenBy(b);
    await a.disconnect();
    await until('a left', () => !robot.operators.includes('a'));
    b.sendAction({ a: 9 });
    await settle();
    expect(robot.activeOperator).toBe('a');
    expect(seen).toEqual([]);
    const again = await kit.operator('a');
    again.sendAction({ a: 3 });
    await until('a drives again', () => executed.length === 1);
    expect(executed).toEqual([{ sender: 'a', a: 3 }]);
  });

  it('7b: a returner does not steal control back', async () => {
    const robot = await kit.robot();
    const executed = executedBy(robot);
    const a = await kit.operator('a');
    const b = await kit.operator('b');
    await a.setActiveOperator('a');
    await a.disconnect();
    await b.setActiveOperator('b');
    const again = await kit.operator('a');
    again.sendAction({ a: 9 });
    b.sendAction({ a: 1 });
    await until('b drives', () => executed.length === 1);
    await settle();
    expect(executed).toEqual([{ sender: 'b', a: 1 }]);
  });

  it('8, 24: claims for nobody in the room are refused with the reason, and change nothing', async () => {
    const robot = await kit.robot();
    const a = await kit.operator('a');
    await a.setActiveOperator('a');
    for (const target of ['absent', 'null', 'x'.repeat(300), 'robot']) {
      await expect(a.setActiveOperator(target)).rejects.toMatchObject({ code: 'NOT_AUTHORISED', details: { rpcCode: 2003 } });
    }
    await expect(a.setActiveOperator('')).rejects.toMatchObject({ code: 'VALUE_INVALID' });
    expect(robot.activeOperator).toBe('a');
  });

  it('9: cleared in mid-drive, nothing more is executed', async () => {
    const robot = await kit.robot();
    const executed = executedBy(robot);
    const a = await kit.operator('a');
    await a.setActiveOperator('a');
    a.sendAction({ a: 1 });
    await until('a drives', () => executed.length === 1);
    const cleared = robot.setActiveOperator(null);
    a.sendAction({ a: 2 });
    await cleared;
    a.sendAction({ a: 3 });
    await until('a knows', () => a.activeOperator === null);
    expect(executed).toHaveLength(1);
    expect(robot.getAction()).toBeNull();
  });

  it('11, 32: concurrent claims converge, and everybody sees the same end', async () => {
    const robot = await kit.robot();
    const operators = await Promise.all(['a', 'b', 'c'].map((identity) => kit.operator(identity)));
    await Promise.all(operators.map((operator, n) => operator.setActiveOperator(['a', 'b', 'c'][n] ?? null)));
    await until('agreement', () => operators.every((operator) => operator.activeOperator === robot.activeOperator));
    expect(['a', 'b', 'c']).toContain(robot.activeOperator);
  });

  it('12: A→B→C→A in one go tells each transition once, and executes nothing of a wrong one', async () => {
    const robot = await kit.robot();
    const wrong: string[] = [];
    robot.onAction(({ sender, values }) => { if (`${robot.activeOperator ?? ''}` !== sender && values['a'] === 0) wrong.push(sender ?? ''); });
    const [a, b, c] = [await kit.operator('a'), await kit.operator('b'), await kit.operator('c')];
    await a.setActiveOperator('a');
    await settle();
    const seen = [robot, a, b, c].map(switchesSeenBy);
    await Promise.all([robot.setActiveOperator('b'), robot.setActiveOperator('c'), robot.setActiveOperator('a')]);
    await until('all seen', () => seen.every((events) => events.length === 3));
    for (const events of seen) expect(events).toEqual(['b', 'c', 'a']);
    expect(wrong).toEqual([]);
  });

  it('30: the same value again tells nothing', async () => {
    const robot = await kit.robot();
    const a = await kit.operator('a');
    await a.setActiveOperator('a');
    await settle();
    const seen = [robot, a].map(switchesSeenBy);
    await a.setActiveOperator('a');
    await robot.setActiveOperator('a');
    await settle();
    expect(seen).toEqual([[], []]);
  });

  it('16, 31: a late joiner reads the pointer at connect', async () => {
    await kit.robot();
    const a = await kit.operator('a');
    await a.setActiveOperator('a');
    const late = await kit.operator('late');
    expect(late.activeOperator).toBe('a');
    expect(late.robotIdentity).toBe('robot');
    expect(late.operators).toEqual(['a']);
  });
});

describe('chunks', () => {
  it('13, 14: are judged by who is active when they have arrived', async () => {
    await kit.close();
    kit = new SessionKit({}, { delayMs: 5 });
    const robot = await kit.robot();
    const executed: string[] = [];
    robot.onActionChunk('act', ({ sender, columns }) => { executed.push(`${sender} ${columns['a']?.join()}`); });
    const a = await kit.operator('a');
    const b = await kit.operator('b');
    await until('the robot sees them', () => robot.operators.length === 2);
    await a.setActiveOperator('a');
    a.sendActionChunk('act', { a: [1, 2, 3] });
    await until('a chunk', () => executed.length === 1);
    a.sendActionChunk('act', { a: [7, 7, 7] });
    // In flight now; cleared before it arrives.
    const cleared = robot.setActiveOperator(null);
    await cleared;
    await robot.setActiveOperator('b');
    a.sendActionChunk('act', { a: [8, 8, 8] });
    b.sendActionChunk('act', { a: [4, 5, 6] });
    await until('b chunk', () => executed.some((chunk) => chunk.startsWith('b')));
    expect(executed).toEqual(['a 1,2,3', 'b 4,5,6']);
  });
});

describe('lifecycle', () => {
  it('15, 22: a claim without a robot fails at once, and when it leaves during the claim', async () => {
    const a = await kit.operator('a');
    await expect(a.setActiveOperator('a')).rejects.toMatchObject({ code: 'ROBOT_ABSENT' });
    const robot = await kit.robot();
    await until('the robot', () => a.robotIdentity === 'robot');
    kit.room.setConditions({ delayMs: 20 });
    const claim = a.setActiveOperator('a');
    await robot.disconnect();
    await expect(claim).rejects.toMatchObject({ code: 'ROBOT_ABSENT' });
    expect(a.robotIdentity).toBeNull();
  });

  it('17: the older connection of an identity ends with the reason', async () => {
    const first = await kit.operator('a');
    const ends: unknown[] = [];
    first.onConnection((state, reason) => { ends.push([state, reason]); });
    await kit.operator('a');
    await until('the end', () => ends.some((end) => (end as unknown[])[0] === 'disconnected'));
    expect(ends.at(-1)).toEqual(['disconnected', 'duplicate-identity']);
    expect(() => { first.sendAction({ a: 1 }); }).toThrow(expect.objectContaining({ code: 'NOT_CONNECTED' }));
  });

  it('19, 20: a role in the token needs no grant; neither is a clear error', async () => {
    const grants = { canUpdateOwnMetadata: false };
    const a = await kit.operator('a', { attributes: { [ATTRIBUTE.role]: 'operator' }, grants });
    expect(a.localIdentity).toBe('a');
    await expect(kit.operator('b', { grants })).rejects.toMatchObject({ code: 'ROLE_NOT_SET', details: { fix: expect.stringContaining('canUpdateOwnMetadata') as string } });
  });

  it('45: a policy decides who may claim, and the refusal says why', async () => {
    const robot = await kit.robot('robot', { claimPolicy: { kind: 'supervisors-and-holder', supervisors: ['boss'] } });
    const [boss, a] = [await kit.operator('boss'), await kit.operator('a')];
    await expect(a.setActiveOperator('a')).rejects.toMatchObject({ code: 'NOT_AUTHORISED', message: expect.stringContaining('supervisor') as string });
    await boss.setActiveOperator('a');
    expect(robot.activeOperator).toBe('a');
  });

  it('46: a hidden caller is refused', async () => {
    const robot = await kit.robot();
    const warnings: string[] = [];
    robot.onWarning(({ tag }) => { warnings.push(tag); });
    const ghost = kit.room.join('ghost', { grants: { hidden: true } });
    const listener = new Proxy({}, { get: () => () => undefined }) as Parameters<typeof ghost.connect>[1];
    await ghost.connect({ url: ghost.url, token: ghost.token, e2eeKey: null }, listener);
    ghost.performRpc({ destination: 'robot', method: 'portal.set_active_operator', payload: 'ghost', responseTimeoutMs: 50 }).catch(() => undefined);
    await until('the refusal', () => warnings.includes('claim-refused'));
    expect(robot.activeOperator).toBeNull();
    await ghost.disconnect();
  });

  it('47, 48: a second robot changes nothing and raises an alarm; the first one heals the session when it returns', async () => {
    const robot = await kit.robot();
    const a = await kit.operator('a');
    await a.setActiveOperator('a');
    const warnings: string[] = [];
    a.onWarning(({ tag, message }) => { warnings.push(`${tag} ${message}`); });
    const mallory = await kit.robot('mallory', { attributes: { [ATTRIBUTE.activeOperator]: 'mallory' } });
    mallory.sendState({ a: -77 });
    await until('the alarm', () => warnings.some((warning) => warning.startsWith('second-robot')));
    robot.sendState({ a: 1 });
    await until('a state', () => a.getState() !== null);
    expect(a.getState()?.values['a']).toBe(1);
    expect(a.robotIdentity).toBe('robot');
    expect(a.activeOperator).toBe('a');
    await robot.disconnect();
    await until('the robot is gone', () => a.robotIdentity !== 'robot');
    await kit.robot();
    await until('healed', () => a.robotIdentity === 'robot');
    await a.setActiveOperator('a');
    expect(a.activeOperator).toBe('a');
  });

  it('49: an active operator whose identity shows up again loses control until it claims', async () => {
    const robot = await kit.robot();
    const executed = executedBy(robot);
    const dropped: string[] = [];
    robot.onActionDropped(({ reason }) => { dropped.push(reason); });
    const first = await kit.operator('a');
    await first.setActiveOperator('a');
    const second = await kit.operator('a');
    second.sendAction({ a: 9 });
    await until('the drop', () => dropped.length > 0);
    expect(dropped).toEqual(['session']);
    expect(executed).toEqual([]);
    await second.setActiveOperator('a');
    second.sendAction({ a: 1 });
    await until('it drives', () => executed.length === 1);
  });
});

describe('many operators', () => {
  it('25: five stream, one is active: exactly its actions are executed, all and in order', async () => {
    const robot = await kit.robot();
    const executed = executedBy(robot);
    const operators = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((identity) => kit.operator(identity)));
    await operators[2]?.setActiveOperator('c');
    for (let n = 0; n < 100; n++) for (const operator of operators) operator.sendAction({ a: n });
    await until('all', () => executed.length >= 100);
    await settle();
    expect(executed).toEqual(Array.from({ length: 100 }, (_, n) => ({ sender: 'c', a: n })));
    expect(robot.metrics().transport.actions_received).toBe(100);
  });

  it('23: a claim during a stream reorders nothing', async () => {
    await kit.close();
    kit = new SessionKit({}, { delayMs: 1, jitterMs: 3 });
    const robot = await kit.robot();
    const executed = executedBy(robot);
    const a = await kit.operator('a');
    const b = await kit.operator('b');
    await until('the robot sees them', () => robot.operators.length === 2);
    await a.setActiveOperator('a');
    let claim = Promise.resolve();
    for (let n = 0; n < 50; n++) {
      a.sendAction({ a: n });
      if (n === 20) claim = b.setActiveOperator('a');
    }
    await claim;
    await until('all', () => executed.length === 50);
    expect(executed.map((action) => action.a)).toEqual(Array.from({ length: 50 }, (_, n) => n));
  });
});
