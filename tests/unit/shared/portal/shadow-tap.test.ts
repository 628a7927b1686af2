import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Alarms } from '../../../../shared/portal/alarms.ts';
import { validateConfig } from '../../../../shared/portal/config.ts';
import { HANDOFF_DOUBT_MS } from '../../../../shared/portal/control-history.ts';
import { ShadowTap } from '../../../../shared/portal/shadow-tap.ts';
import type { Action, ShadowAction } from '../../../../shared/portal/types.ts';
import { CONFIG, SessionKit, settle } from '../../../fakes/session-kit.ts';
import { ManualClock } from '../../main/manual-clock.ts';

const HALF_MS = HANDOFF_DOUBT_MS / 2;

describe('what a shadow tap says of a packet', () => {
  let clock: ManualClock;
  let tap: ShadowTap;
  let told: ShadowAction[];
  let warnings: string[];
  beforeEach(() => {
    clock = new ManualClock();
    const alarms = new Alarms(clock);
    tap = new ShadowTap(validateConfig(CONFIG), { clock, alarms });
    told = [];
    warnings = [];
    tap.onAction((action) => { told.push(action); });
    alarms.onWarning(({ tag }) => { warnings.push(tag); });
  });

  const action = (a: number): Action => ({ values: { a }, timestampUs: a, inReplyToTsUs: null, sender: null });
  async function marks(): Promise<unknown[]> {
    clock.advance(HANDOFF_DOUBT_MS);
    await settle();
    return told.map(({ sender, executed }) => [sender, executed]);
  }

  it('is executed for who is in control all around it, and not for anybody else', async () => {
    tap.pointerChanged('a');
    clock.advance(2 * HANDOFF_DOUBT_MS);
    tap.takeAction(action(1), 'a');
    tap.takeAction(action(2), 'b');
    expect(await marks()).toEqual([['a', true], ['b', false]]);
  });

  it('is not told before the pointer can have come', async () => {
    const arrivedUs = clock.nowUs();
    tap.takeAction(action(1), 'a');
    clock.advance(HANDOFF_DOUBT_MS - 1);
    await settle();
    expect(told).toEqual([]);
    clock.advance(1);
    await settle();
    expect(told).toMatchObject([{ sender: 'a', executed: false, receivedUs: arrivedUs, timestampUs: 1 }]);
  });

  it('is left open for those between whom control changed hands, whichever came first here, and for nobody else', async () => {
    tap.pointerChanged('a');
    clock.advance(2 * HANDOFF_DOUBT_MS);
    for (const sender of ['a', 'b', 'c']) tap.takeAction(action(1), sender);
    clock.advance(HALF_MS);
    tap.pointerChanged('b');
    clock.advance(HALF_MS / 2);
    for (const sender of ['a', 'b', 'c']) tap.takeAction(action(2), sender);
    expect(await marks()).toEqual([['a', null], ['b', null], ['c', false], ['a', null], ['b', null], ['c', false]]);
    told.length = 0;
    clock.advance(HANDOFF_DOUBT_MS);
    for (const sender of ['a', 'b']) tap.takeAction(action(3), sender);
    expect(await marks()).toEqual([['a', false], ['b', true]]);
  });

  it('stays open when control comes back to the same one in between', async () => {
    tap.pointerChanged('a');
    clock.advance(2 * HANDOFF_DOUBT_MS);
    tap.takeAction(action(1), 'a');
    tap.pointerChanged('b');
    tap.pointerChanged('a');
    expect(await marks()).toEqual([['a', null]]);
  });

  it('is left open for what was still held when the session ended', async () => {
    tap.takeAction(action(1), 'a');
    tap.ended();
    await settle();
    expect(told).toMatchObject([{ sender: 'a', executed: null }]);
    clock.advance(10 * HANDOFF_DOUBT_MS);
    await settle();
    expect(told).toHaveLength(1);
  });

  it('holds no more than it may: the oldest are told unmarked, with a warning, and none is lost', async () => {
    for (let n = 0; n < 5000; n += 1) {
      tap.takeAction(action(n), 'a');
      if (n % 500 === 0) await settle();
    }
    await settle();
    expect(told).toHaveLength(5000 - 4096);
    expect(told.every(({ executed }) => executed === null)).toBe(true);
    expect(warnings).toEqual(['shadow-full']);
  });

  it('goes on when the clock is set back', async () => {
    tap.takeAction(action(1), 'a');
    clock.step(-3_600_000);
    expect(await marks()).toEqual([['a', false]]);
  });

  it('names the chunks there are', () => {
    expect(() => tap.onActionChunk('plan', () => undefined)).toThrow(expect.objectContaining({ code: 'UNKNOWN_CHUNK' }) as Error);
  });
});

describe('an operator’s shadow tap', () => {
  let kit: SessionKit;
  beforeEach(() => { kit = new SessionKit(); });
  afterEach(() => kit.close());

  it('must be asked for', async () => {
    const a = await kit.operator('a');
    expect(() => a.onShadowAction(() => undefined)).toThrow(expect.objectContaining({ code: 'NOT_SUPPORTED' }) as Error);
    expect(() => a.onShadowActionChunk('act', () => undefined)).toThrow(expect.objectContaining({ code: 'NOT_SUPPORTED' }) as Error);
  });

  it('counts nothing as executed and leaves the metrics and the pull calls to action subscription', async () => {
    await kit.robot();
    const tap = await kit.operator('tap', { shadowTap: true });
    const b = await kit.operator('b');
    const seen: ShadowAction[] = [];
    tap.onShadowAction((action) => { seen.push(action); });
    b.sendAction({ a: 1 });
    tap.sendAction({ a: 2 });
    await settle();
    // What is held when the session ends is told.
    await tap.disconnect();
    await settle();
    expect(seen.map(({ sender }) => sender).sort()).toEqual(['b', 'tap']);
    expect(tap.getAction()).toBeNull();
    expect(tap.metrics().transport.actions_received).toBe(0);
  });
});
