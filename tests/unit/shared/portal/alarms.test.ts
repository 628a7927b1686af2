import { afterEach, expect, it } from 'vitest';
import type { WarningTag } from '../../../../shared/portal/warning-tags.ts';
import { Alarms } from '../../../../shared/portal/alarms.ts';
import type { Warning } from '../../../../shared/portal/warn-once.ts';
import { SessionKit, settle, until } from '../../../fakes/session-kit.ts';
import { ManualClock } from '../../main/manual-clock.ts';

let kit = new SessionKit();
afterEach(() => kit.close());

it('totals count every warning, also those that are held back', async () => {
  const clock = new ManualClock();
  const alarms = new Alarms(clock);
  const said: Warning[] = [];
  alarms.onWarning((warning) => { said.push(warning); });
  for (let packet = 0; packet < 500; packet++) {
    alarms.warn('bad-payload', `sender ${packet % 2}`, 'broken');
    clock.advance(1);
  }
  clock.advance(10_000);
  alarms.warn('bad-payload', 'sender 0', 'broken');
  await settle();
  expect(said).toEqual([
    { tag: 'bad-payload', message: 'broken', count: 1 },
    { tag: 'bad-payload', message: 'broken', count: 1 },
    { tag: 'bad-payload', message: 'broken', count: 250 },
  ]);
  expect(alarms.totals()).toEqual({ 'bad-payload': 501 });
});

it('a flood of made-up subjects is told apart only so far, whatever its length', async () => {
  const alarms = new Alarms(new ManualClock());
  let said = 0;
  alarms.onWarning(() => { said += 1; });
  for (let n = 0; n < 10_000; n++) alarms.warn('second-robot', `${'x'.repeat(500)}${n}`, 'another robot');
  await settle();
  expect(said).toBe(1);
  expect(alarms.totals()).toEqual({ 'second-robot': 10_000 });
});

it('both roles tell their totals, and resetting the metrics leaves them', async () => {
  kit = new SessionKit();
  const robot = await kit.robot();
  const op = await kit.operator('op');
  await op.setActiveOperator('op');
  op.sendAction({ a: 1, nothing: 2 });
  robot.sendState({ b: 1000 });
  expect(op.warnings()).toEqual({ 'unknown-field': 1 });
  robot.resetMetrics();
  expect(robot.warnings()).toEqual({ saturated: 1 });
});

it('a chunk nobody declared and another schema are tags of their own', async () => {
  kit = new SessionKit();
  const robot = await kit.robot();
  const said: WarningTag[] = [];
  robot.onWarning(({ tag }) => { said.push(tag); });
  const other = kit.newOperator('op', {}, { actionChunks: [{ name: 'other', horizon: 2, fields: [{ name: 'a', dtype: 'f64' }] }], action: [{ name: 'a', dtype: 'f32' }] });
  await other.connect();
  await other.operator.setActiveOperator('op');
  other.operator.sendActionChunk('other', { a: [1, 2] });
  await until('the chunk is refused', () => robot.warnings()['unknown-chunk'] === 1);
  other.operator.sendAction({ a: 1 });
  await until('the action is refused', () => robot.warnings()['schema-mismatch'] === 1);
  await until('both are said', () => said.length === 2);
  expect(said).toEqual(['unknown-chunk', 'schema-mismatch']);
  expect(robot.metrics().transport).toMatchObject({ actions_received: 0, action_chunks_received: 0 });
});
