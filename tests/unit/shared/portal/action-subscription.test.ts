import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Operator } from '../../../../shared/portal/operator.ts';
import { SessionKit, settle, until } from '../../../fakes/session-kit.ts';

const RECORDING = { actionSubscription: true };
let kit: SessionKit;
beforeEach(() => { kit = new SessionKit(); });
afterEach(() => kit.close());

function actionsSeenBy(operator: Operator): string[] {
  const seen: string[] = [];
  operator.onAction(({ sender, values }) => { seen.push(`${sender} ${values['a']}`); });
  return seen;
}

describe('action subscription', () => {
  it('33, 42: is off by default, and one operator’s choice is not another’s', async () => {
    await kit.robot();
    const a = await kit.operator('a');
    const plain = await kit.operator('plain');
    const recorder = await kit.operator('recorder', {}, RECORDING);
    const seen = [a, plain, recorder].map(actionsSeenBy);
    await a.setActiveOperator('a');
    a.sendAction({ a: 1 });
    await until('the recorder', () => seen[2]?.length === 1);
    await settle();
    expect(seen).toEqual([[], [], ['a 1']]);
    expect(plain.getAction()).toBeNull();
  });

  it('34, 35, 38, 39: gives a recorder every executed action with its sender, none of the dropped ones, flipping at the handoff', async () => {
    const robot = await kit.robot();
    const [a, b, recorder] = [await kit.operator('a'), await kit.operator('b'), await kit.operator('recorder', {}, RECORDING)];
    const seen = actionsSeenBy(recorder);
    const executed: string[] = [];
    robot.onAction(({ sender, values }) => { executed.push(`${sender} ${values['a']}`); });
    await a.setActiveOperator('a');
    await until('the recorder knows', () => recorder.activeOperator === 'a');
    a.sendAction({ a: 1 });
    b.sendAction({ a: 9 });
    await until('1', () => seen.length === 1);
    await b.setActiveOperator('b');
    await until('the recorder knows', () => recorder.activeOperator === 'b');
    a.sendAction({ a: 9 });
    b.sendAction({ a: 2 });
    await until('2', () => seen.length === 2);
    await settle();
    expect(seen).toEqual(['a 1', 'b 2']);
    expect(executed).toEqual(seen);
  });

  it('36, 37: echoes one’s own while active, as the others see it, and not otherwise', async () => {
    await kit.robot();
    const a = await kit.operator('a', {}, RECORDING);
    const seen = actionsSeenBy(a);
    a.sendAction({ a: 9 });
    await settle();
    expect(seen).toEqual([]);
    expect(a.getAction()).toBeNull();
    await a.setActiveOperator('a');
    a.sendAction({ a: 1, on: true }, { timestampUs: 5, inReplyToTsUs: 3 });
    expect(a.getAction()).toEqual({ values: { a: 1, on: true }, timestampUs: 5, inReplyToTsUs: 3, sender: 'a' });
    expect(seen).toEqual([]);
    await settle();
    expect(seen).toEqual(['a 1']);
  });

  it('40, 41: covers chunks, and the pull calls go from null to the latest', async () => {
    await kit.robot();
    const a = await kit.operator('a');
    const recorder = await kit.operator('recorder', {}, RECORDING);
    expect(recorder.getActionChunk('act')).toBeNull();
    await a.setActiveOperator('a');
    await until('the recorder knows', () => recorder.activeOperator === 'a');
    a.sendActionChunk('act', { a: [1, 2, 3] }, { timestampUs: 7 });
    await until('the chunk', () => recorder.getActionChunk('act') !== null);
    expect(recorder.getActionChunk('act')).toEqual({ name: 'act', horizon: 3, columns: { a: [1, 2, 3] }, timestampUs: 7, inReplyToTsUs: null, sender: 'a' });
  });

  it('43: recorders change nothing for the robot', async () => {
    const robot = await kit.robot();
    const a = await kit.operator('a');
    await kit.operator('r1', {}, RECORDING);
    await kit.operator('r2', {}, RECORDING);
    await a.setActiveOperator('a');
    for (let n = 0; n < 50; n++) a.sendAction({ a: n });
    await until('all', () => robot.metrics().transport.actions_received === 50);
    await settle();
    expect(robot.metrics().transport.actions_received).toBe(50);
  });
});
