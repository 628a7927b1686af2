import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DTYPES, type DType } from '../../shared/portal/dtype.ts';
import type { Scalar } from '../../shared/portal/types.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import type { PeerMessage, PythonPeer } from '../fakes/python-peer.ts';
import { until } from '../fakes/until.ts';
import { describeWithPeer } from '../fakes/with-python-peer.ts';
import { openBothWays, type BothWays } from './both-ways.ts';
import { valuesFromPeer, valuesToPeer } from './peer-values.ts';

const FIELDS = DTYPES.map((dtype) => `  - { name: a_${dtype}, dtype: ${dtype} }`).join('\n');
const yaml = (top: string): string => `version: 1\nfps: 50\n${top}state:\n${FIELDS}\naction:\n${FIELDS}\n`;

/** What is sent and what arrives, at and beyond the bounds of each dtype; written down, not computed by what is tested. */
const CASES: Record<DType, readonly (readonly [sent: Scalar, received: Scalar])[]> = {
  f64: [[1.7976931348623157e308, 1.7976931348623157e308], [-1.7976931348623157e308, -1.7976931348623157e308], [5e-324, 5e-324], [Infinity, Infinity], [-Infinity, -Infinity], [NaN, NaN], [-0, -0], [0.1, 0.1]],
  f32: [[3.4028234663852886e38, 3.4028234663852886e38], [1e39, Infinity], [-1e39, -Infinity], [Infinity, Infinity], [-Infinity, -Infinity], [NaN, NaN], [1e-46, 0], [0.1, 0.10000000149011612]],
  i32: [[2147483647, 2147483647], [-2147483648, -2147483648], [2147483648, 2147483647], [-2147483649, -2147483648], [9007199254740991, 2147483647], [0, 0], [-1, -1]],
  i16: [[32767, 32767], [-32768, -32768], [32768, 32767], [-32769, -32768], [1000000, 32767], [0, 0], [-1, -1]],
  i8: [[127, 127], [-128, -128], [128, 127], [-129, -128], [300, 127], [0, 0], [-1, -1]],
  u32: [[4294967295, 4294967295], [0, 0], [4294967296, 4294967295], [-1, 0], [9007199254740991, 4294967295], [1, 1]],
  u16: [[65535, 65535], [0, 0], [65536, 65535], [-1, 0], [1000000, 65535], [1, 1]],
  u8: [[255, 255], [0, 0], [256, 255], [-1, 0], [300, 255], [1, 1]],
  bool: [[true, true], [false, false]],
};
const ROWS = Math.max(...Object.values(CASES).map((cases) => cases.length));
const row = (index: number, which: 0 | 1): Record<string, Scalar> =>
  Object.fromEntries(DTYPES.map((dtype) => [`a_${dtype}`, CASES[dtype][index % CASES[dtype].length]?.[which] as Scalar]));
const SENT = Array.from({ length: ROWS }, (_, index) => row(index, 0));
const RECEIVED = Array.from({ length: ROWS }, (_, index) => row(index, 1));
/** Exact in a u64, and each its own. */
const at = (index: number): number => 1_700_000_000_000_000 + index;

/** One value of the wrong kind for each dtype family. A fraction for an integer too; NaN is one. */
const WRONG: readonly Record<string, Scalar>[] = [{ a_f64: true }, { a_f32: false }, { a_i32: true }, { a_u8: 1.5 }, { a_i8: NaN }, { a_bool: 1 }, { a_bool: 0.5 }];

const COUNT = 100;
const SPREAD = 10;

/** A busy machine may lose some of what is not sent again: the rest is in order, with something of every tenth. */
function expectInOrder(steps: readonly number[]): void {
  expect(steps.every((step, index) => index === 0 || step > (steps[index - 1] ?? 0)), `rising: ${steps.join(' ')}`).toBe(true);
  expect(new Set(steps.map((step) => Math.floor((step * SPREAD) / COUNT))).size).toBe(SPREAD);
}

describeWithServer('state and action', (server) => {
  describeWithPeer('all nine dtypes, value by value', () => {
    let sides: BothWays;
    beforeAll(async () => { sides = await openBothWays(server(), yaml('')); });
    afterAll(async () => { await sides.close(); });
    beforeEach(() => {
      sides.ourDesk.states.length = 0;
      sides.ourRobot.actions.length = 0;
      sides.theirDesk.events.length = 0;
      sides.theirRobot.events.length = 0;
    });

    const reported = (events: readonly PeerMessage[]): { values: Record<string, Scalar>; timestampUs: unknown }[] =>
      events.map((event) => ({ values: valuesFromPeer(event['values']), timestampUs: event['timestamp_us'] }));
    const expected = RECEIVED.map((values, index) => ({ values, timestampUs: at(index) }));

    it('state: our robot → their operator', async () => {
      SENT.forEach((values, index) => { sides.ourRobot.robot.sendState(values, at(index)); });
      await sides.theirDesk.until('all states', () => sides.theirDesk.eventsOf('state').length === ROWS);
      expect(reported(sides.theirDesk.eventsOf('state'))).toEqual(expected);
    });

    it('state: their robot → our operator', async () => {
      for (const [index, values] of SENT.entries()) await sides.theirRobot.tell('state', { values: valuesToPeer(values), timestamp_us: at(index) });
      await until('all states', () => sides.ourDesk.states.length === ROWS);
      expect(sides.ourDesk.states).toEqual(expected);
    });

    it('action: our operator → their robot', async () => {
      SENT.forEach((values, index) => { sides.ourDesk.operator.sendAction(values, { timestampUs: at(index) }); });
      await sides.theirRobot.until('all actions', () => sides.theirRobot.eventsOf('action').length === ROWS);
      expect(reported(sides.theirRobot.eventsOf('action'))).toEqual(expected);
      expect(new Set(sides.theirRobot.eventsOf('action').map(({ sender }) => sender))).toEqual(new Set(['desk']));
    });

    it('action: their operator → our robot', async () => {
      for (const [index, values] of SENT.entries()) await sides.theirDesk.tell('action', { values: valuesToPeer(values), timestamp_us: at(index) });
      await until('all actions', () => sides.ourRobot.actions.length === ROWS);
      expect(sides.ourRobot.actions.map(({ values, timestampUs }) => ({ values, timestampUs }))).toEqual(expected);
      expect(new Set(sides.ourRobot.actions.map(({ sender }) => sender))).toEqual(new Set(['desk']));
    });

    it('a partial update carries the rest forward: both robots, both operators', async () => {
      const whole = RECEIVED[ROWS - 1] as Record<string, Scalar>;
      const part = { a_i8: 5, a_bool: true };
      sides.ourRobot.robot.sendState(SENT[ROWS - 1] ?? {});
      sides.ourRobot.robot.sendState(part);
      sides.ourDesk.operator.sendAction(SENT[ROWS - 1] ?? {});
      sides.ourDesk.operator.sendAction(part);
      for (const [peer, what] of [[sides.theirRobot, 'state'], [sides.theirDesk, 'action']] as const) {
        await peer.tell(what, { values: valuesToPeer(SENT[ROWS - 1] ?? {}) });
        await peer.tell(what, { values: part });
      }
      await until('ours', () => sides.ourDesk.states.length === 2 && sides.ourRobot.actions.length === 2);
      await sides.theirDesk.until('their operator', () => sides.theirDesk.eventsOf('state').length === 2);
      await sides.theirRobot.until('their robot', () => sides.theirRobot.eventsOf('action').length === 2);
      for (const values of [
        sides.ourDesk.states[1]?.values,
        sides.ourRobot.actions[1]?.values,
        reported(sides.theirDesk.eventsOf('state'))[1]?.values,
        reported(sides.theirRobot.eventsOf('action'))[1]?.values,
      ]) expect(values).toEqual({ ...whole, ...part });
    });

    it('a value of the wrong kind is refused at the send call: by both, the same ones', async () => {
      for (const values of WRONG) {
        const words = JSON.stringify(valuesToPeer(values));
        expect(() => { sides.ourRobot.robot.sendState(values); }, words).toThrow(expect.objectContaining({ code: 'VALUE_INVALID' }) as Error);
        expect(() => { sides.ourDesk.operator.sendAction(values); }, words).toThrow(expect.objectContaining({ code: 'VALUE_INVALID' }) as Error);
        await expect(sides.theirRobot.tell('state', { values: valuesToPeer(values) }), words).rejects.toMatchObject({ type: 'DtypeMismatch' });
        await expect(sides.theirDesk.tell('action', { values: valuesToPeer(values) }), words).rejects.toMatchObject({ type: 'DtypeMismatch' });
      }
      // Nothing of it was sent: what comes next is the first to arrive.
      sides.ourRobot.robot.sendState({ a_i8: 7 }, 7);
      await sides.theirDesk.tell('action', { values: { a_i8: 7 }, timestamp_us: 7 });
      await sides.theirDesk.until('a state', () => sides.theirDesk.eventsOf('state').length > 0);
      await until('an action', () => sides.ourRobot.actions.length > 0);
      expect(sides.theirDesk.eventsOf('state')[0]?.['timestamp_us']).toBe(7);
      expect(sides.ourRobot.actions[0]?.timestampUs).toBe(7);
    });

    it('a field that is not declared is left out, the rest arrives: both operators', async () => {
      sides.ourDesk.operator.sendAction({ a_i16: 3, nobody: 1 });
      await sides.theirDesk.tell('action', { values: { a_i16: 3, nobody: 1 } });
      await sides.theirRobot.until('an action', () => sides.theirRobot.eventsOf('action').length === 1);
      await until('an action', () => sides.ourRobot.actions.length === 1);
      expect(Object.keys(sides.ourRobot.actions[0]?.values ?? {})).toEqual(DTYPES.map((dtype) => `a_${dtype}`));
      expect(valuesFromPeer(sides.theirRobot.eventsOf('action')[0]?.['values'])).toMatchObject({ a_i16: 3 });
      expect(sides.ourDesk.warnings).toContain('unknown-field');
    });

    it('what saturates is said on our side', async () => {
      sides.ourRobot.robot.sendState({ a_i8: 300 });
      sides.ourDesk.operator.sendAction({ a_i8: 300 });
      await until('it is said', () => [sides.ourRobot, sides.ourDesk].every(({ warnings }) => warnings.includes('saturated')));
    });
  });

  describeWithPeer('delivery', () => {
    describe.each([['reliable', ''], ['lossy', 'state_reliable: false\naction_reliable: false\n']])('%s', (name, top) => {
      let sides: BothWays;
      beforeAll(async () => { sides = await openBothWays(server(), yaml(top)); });
      afterAll(async () => { await sides.close(); });

      it('states and actions arrive in order, both directions; the reliable ones all of them', async () => {
        const send = async (step: number): Promise<void> => {
          sides.ourRobot.robot.sendState({ a_i32: step });
          sides.ourDesk.operator.sendAction({ a_i32: step });
          await Promise.all([sides.theirRobot.tell('state', { values: { a_i32: step } }), sides.theirDesk.tell('action', { values: { a_i32: step } })]);
        };
        const reported = (peer: PythonPeer, what: string): unknown[] => peer.eventsOf(what).map(({ values }) => (values as Record<string, number>)['a_i32']);
        const arrived = (): unknown[][] => [
          reported(sides.theirDesk, 'state'),
          reported(sides.theirRobot, 'action'),
          sides.ourDesk.states.map(({ values }) => values['a_i32']),
          sides.ourRobot.actions.map(({ values }) => values['a_i32']),
        ];
        const isThere = (): boolean => arrived().every((steps) => steps.at(-1) === COUNT - 1);
        for (let step = 0; step < COUNT; step++) await send(step);
        const end = performance.now() + 20_000;
        // The last one of a lossy stream may be the one that is lost.
        while (name === 'lossy' && !isThere() && performance.now() < end) await send(COUNT - 1);
        await until('the last one of all four', isThere, { deadlineMs: 20_000, seen: arrived });
        const sent = Array.from({ length: COUNT }, (_, step) => step);
        for (const steps of arrived()) {
          if (name === 'reliable') expect(steps).toEqual(sent);
          else expectInOrder(steps.slice(0, steps.indexOf(COUNT - 1) + 1) as number[]);
        }
      });
    });
  });
});
