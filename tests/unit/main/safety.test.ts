import { describe, expect, it } from 'vitest';
import type { JointFeature } from '../../../main/devices/device.ts';
import { builtInRest, homeErrand } from '../../../main/errand.ts';
import type { Pose } from '../../../main/motion.ts';
import { Safety } from '../../../main/safety.ts';
import type { Action } from '../../../shared/portal/types.ts';
import { defaultStationConfig, type SafetyConfig } from '../../../shared/station-config.ts';

const JOINTS: JointFeature[] = [
  { name: 'a', min: -100, max: 100, unit: 'deg', rest: 0 },
  { name: 'b', min: 0, max: 100, unit: '%', rest: 50 },
];
const START_US = 1_700_000_000_000_000;
const TICK_US = 10_000;
const LOOSE = { code: 'BUS_TIMEOUT', message: 'the cable is loose' };

/** A follower without lag, a loop at 100 Hz and an operator whose clock is an hour ahead. */
class Bench {
  nowUs = START_US;
  pose: Pose = { a: 0, b: 50 };
  senderAheadUs = 3_600_000_000;
  readonly safety: Safety;

  constructor(config: Partial<SafetyConfig> = {}) {
    this.safety = new Safety(JOINTS, { ...defaultStationConfig().safety, ...config }, this.pose, this.nowUs);
    this.safety.setConnected(true);
    this.tick();
  }

  tick(): Pose {
    this.nowUs += TICK_US;
    this.pose = this.safety.tick(this.nowUs, this.pose);
    this.safety.wrote(this.pose);
    return this.pose;
  }

  offer(values: Record<string, number>, options: { sender?: string; ageUs?: number } = {}): ReturnType<Safety['offer']> {
    const action: Action = { values, timestampUs: this.nowUs + this.senderAheadUs - (options.ageUs ?? 0), inReplyToTsUs: null, sender: options.sender ?? 'ann' };
    return this.safety.offer(action, this.nowUs, 5000);
  }

  /** Streams one command at 100 Hz for `ms`, ticking in between; returns the largest step of any joint. */
  drive(values: Record<string, number>, ms: number, sender = 'ann'): number {
    let largest = 0;
    for (let at = 0; at < ms; at += 10) {
      this.offer(values, { sender });
      const before = this.pose;
      const after = this.tick();
      largest = Math.max(largest, ...JOINTS.map(({ name }) => Math.abs((after[name] ?? 0) - (before[name] ?? 0))));
    }
    return largest;
  }

  wait(ms: number): void {
    for (let at = 0; at < ms; at += 10) this.tick();
  }

  get word(): string {
    return this.safety.state.word;
  }
}

function driving(config: Partial<SafetyConfig> = {}): Bench {
  const bench = new Bench(config);
  bench.safety.setDriver('ann', bench.nowUs);
  bench.drive({ a: 0, b: 50 }, 50);
  expect(bench.word).toBe('ACTIVE');
  return bench;
}

describe('the state word', () => {
  it('is DISCONNECTED outside a session, HOLDING while nobody drives', () => {
    const bench = new Bench();
    expect(bench.safety.state).toMatchObject({ word: 'HOLDING', reason: 'nobody drives' });
    bench.safety.setConnected(false);
    bench.tick();
    expect(bench.word).toBe('DISCONNECTED');
  });

  it('is ACTIVE when the first command is near the pose', () => {
    const bench = driving();
    bench.drive({ a: 8, b: 55 }, 200);
    expect(bench.pose).toEqual({ a: 8, b: 55 });
    expect(bench.safety.status.lastExecuted).toEqual({ a: 8, b: 55 });
  });

  it('carries the time of its last change', () => {
    const bench = driving();
    const { sinceUs } = bench.safety.state;
    bench.drive({ a: 0, b: 50 }, 200);
    expect(bench.safety.state.sinceUs).toBe(sinceUs);
  });
});

describe('the checks', () => {
  it('refuses whoever does not drive', () => {
    const bench = driving();
    expect(bench.offer({ a: 90, b: 50 }, { sender: 'bob' })).toBe('sender');
    bench.wait(20);
    expect(bench.pose.a).toBe(0);
    expect(bench.safety.status.refused.sender).toBe(1);
  });

  it('counts what the gate refused', () => {
    const bench = new Bench();
    bench.safety.refuse('session');
    bench.safety.refuse('schema');
    expect(bench.safety.status.refused).toMatchObject({ session: 1, schema: 1 });
  });

  it('refuses a replay and whatever is older than the last executed one', () => {
    const bench = driving();
    const action: Action = { values: { a: 1, b: 50 }, timestampUs: bench.nowUs + bench.senderAheadUs, inReplyToTsUs: null, sender: 'ann' };
    expect(bench.safety.offer(action, bench.nowUs, null)).toBeNull();
    expect(bench.safety.offer(action, bench.nowUs, null)).toBe('order');
    expect(bench.safety.offer({ ...action, timestampUs: action.timestampUs - 1 }, bench.nowUs, null)).toBe('order');
    expect(bench.safety.status.refused.order).toBe(2);
  });

  it('remembers the order of a sender across a handoff there and back', () => {
    const bench = driving();
    const old: Action = { values: { a: 1, b: 50 }, timestampUs: bench.nowUs + bench.senderAheadUs, inReplyToTsUs: null, sender: 'ann' };
    bench.safety.offer(old, bench.nowUs, null);
    bench.safety.setDriver('bob', bench.nowUs);
    bench.safety.setDriver('ann', bench.nowUs);
    expect(bench.safety.offer(old, bench.nowUs, null)).toBe('order');
  });

  it('refuses what is older than 150 ms although the clocks differ by an hour', () => {
    const bench = driving();
    bench.wait(250);
    expect(bench.offer({ a: 0, b: 50 }, { ageUs: 140_000 })).toBeNull();
    bench.wait(250);
    expect(bench.offer({ a: 0, b: 50 }, { ageUs: 170_000 })).toBe('age');
  });

  it('refuses the future, and honest packets still count after it', () => {
    const bench = driving();
    expect(bench.offer({ a: 0, b: 50 }, { ageUs: -86_400_000_000 })).toBe('age');
    expect(bench.offer({ a: 0, b: 50 }, { ageUs: -200_000 })).toBe('age');
    bench.tick();
    expect(bench.offer({ a: 0, b: 50 })).toBeNull();
  });

  it('executes none of the actions a server replays after an outage of 2 s', () => {
    const bench = driving();
    const replayed = Array.from({ length: 200 }, (_, index) => bench.nowUs + bench.senderAheadUs + index * 10_000);
    bench.nowUs += 2_200_000;
    const executed = bench.safety.status.executed;
    for (const timestampUs of replayed) bench.safety.offer({ values: { a: 90, b: 50 }, timestampUs, inReplyToTsUs: null, sender: 'ann' }, bench.nowUs, 5000);
    bench.tick();
    expect(bench.safety.status.executed).toBe(executed);
    expect(bench.pose.a).toBe(0);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('refuses %d', (value) => {
    const bench = driving();
    expect(bench.offer({ a: value, b: 50 })).toBe('non-finite');
    bench.wait(20);
    expect(bench.pose).toEqual({ a: 0, b: 50 });
  });

  it('clamps to the range and says so', () => {
    const bench = driving();
    bench.drive({ a: 1e30, b: -5 }, 1500);
    expect(bench.pose).toEqual({ a: 100, b: 0 });
    expect(bench.safety.status.changed.limits).toBe(150);
  });

  it('never moves a joint faster than the slew limit, counted once an action', () => {
    const bench = driving({ slew_percent_per_s: 50 });
    const largest = bench.drive({ a: 100, b: 50 }, 300);
    expect(largest).toBeCloseTo(1, 6);
    expect(bench.safety.status.changed.slew).toBe(1);
  });

  it('forgets made-up senders instead of filling the memory', () => {
    const bench = driving();
    for (let index = 0; index < 10_000; index += 1) {
      bench.safety.setDriver(`s${index}`, bench.nowUs);
      bench.offer({ a: 0, b: 50 }, { sender: `s${index}` });
    }
    expect(bench.safety.status.executed).toBeGreaterThan(10_000);
  });
});

describe('silence', () => {
  it('holds after 300 ms and one tick, at the pose of that moment', () => {
    const bench = driving();
    bench.drive({ a: 9, b: 50 }, 30);
    bench.wait(290);
    expect(bench.word).toBe('ACTIVE');
    bench.wait(10);
    expect(bench.safety.state).toMatchObject({ word: 'HOLDING', reason: 'no action for 300 ms' });
    const held = bench.pose;
    bench.wait(1000);
    expect(bench.pose).toEqual(held);
  });

  it('is measured by acceptable actions: a stream of refused ones holds too', () => {
    const bench = driving();
    for (let at = 0; at < 320; at += 10) {
      bench.offer({ a: Number.NaN, b: 50 });
      bench.tick();
    }
    expect(bench.word).toBe('HOLDING');
  });

  it('resumes through ALIGNING, also close by', () => {
    const bench = driving();
    bench.wait(320);
    bench.offer({ a: 5, b: 50 });
    bench.tick();
    expect(bench.word).toBe('ALIGNING');
    bench.drive({ a: 5, b: 50 }, 400);
    expect(bench.word).toBe('ACTIVE');
  });

  it('counts a stalled loop as silence', () => {
    const bench = driving();
    bench.offer({ a: 1, b: 50 });
    bench.nowUs += 250_000;
    bench.tick();
    expect(bench.safety.state).toMatchObject({ word: 'HOLDING', reason: 'the host was busy for 260 ms' });
  });

  it('holds when the clock is set back, and resumes by aligning', () => {
    const bench = driving();
    bench.nowUs -= 3_600_000_000;
    bench.tick();
    expect(bench.word).toBe('HOLDING');
    bench.senderAheadUs += 3_600_000_000 + 100_000;
    bench.drive({ a: 5, b: 50 }, 50);
    expect(bench.word).not.toBe('ACTIVE');
  });

  it('holds when a driver claims and sends nothing', () => {
    const bench = new Bench();
    bench.safety.setDriver('ann', bench.nowUs);
    bench.tick();
    expect(bench.safety.state).toMatchObject({ word: 'ALIGNING', reason: 'waiting for the first command of ann' });
    bench.wait(310);
    expect(bench.word).toBe('HOLDING');
  });
});

describe('taking over', () => {
  it('ramps over at least 1.5 s when the first command is far away', () => {
    const bench = new Bench();
    bench.safety.setDriver('ann', bench.nowUs);
    const largest = bench.drive({ a: 90, b: 50 }, 1480);
    expect(bench.word).toBe('ALIGNING');
    expect(largest).toBeLessThan(1);
    bench.drive({ a: 90, b: 50 }, 100);
    expect(bench.word).toBe('ACTIVE');
    expect(bench.pose.a).toBeCloseTo(90, 3);
  });

  it('refuses instead when configured to, and engages once the command is near', () => {
    const bench = new Bench({ align: 'refuse' });
    bench.safety.setDriver('ann', bench.nowUs);
    bench.drive({ a: 90, b: 50 }, 500);
    expect(bench.safety.state.reason).toMatch(/a is 90 away from the first command of ann/u);
    expect(bench.safety.status.executed).toBe(0);
    bench.drive({ a: 5, b: 50 }, 100);
    expect(bench.word).toBe('ACTIVE');
  });

  it('hands over without a jump and drops what the old driver commanded', () => {
    const bench = driving();
    bench.drive({ a: 9, b: 50 }, 200);
    bench.safety.setDriver('bob', bench.nowUs);
    expect(bench.offer({ a: 9, b: 50 }, { sender: 'ann' })).toBe('sender');
    const largest = bench.drive({ a: -80, b: 50 }, 2500, 'bob');
    expect(largest).toBeLessThan(1.5);
    expect(bench.word).toBe('ACTIVE');
    expect(bench.pose.a).toBeCloseTo(-80, 3);
  });

  it('stops following when control is cleared', () => {
    const bench = driving();
    bench.safety.setDriver(null, bench.nowUs);
    bench.tick();
    expect(bench.safety.state).toMatchObject({ word: 'HOLDING', reason: 'nobody drives' });
  });
});

describe('STOP', () => {
  it('is the reason of a refused errand at once, not only after the next step', () => {
    const bench = driving();
    expect(bench.safety.send(homeErrand(builtInRest(JOINTS), 1500), bench.nowUs)).toBe(true);
    bench.tick();
    bench.safety.stop('eve');
    expect(bench.safety.send(homeErrand(builtInRest(JOINTS), 1500), bench.nowUs)).toBe(false);
    expect(bench.safety.state).toMatchObject({ word: 'STOPPED', reason: 'by eve' });
  });

  it('latches, names who, and refuses everything', () => {
    const bench = driving();
    bench.safety.stop('eve');
    bench.safety.stop('bob');
    bench.tick();
    expect(bench.safety.state).toMatchObject({ word: 'STOPPED', reason: 'by eve' });
    expect(bench.offer({ a: 5, b: 50 })).toBe('stopped');
    bench.safety.setDriver('bob', bench.nowUs);
    expect(bench.offer({ a: 5, b: 50 }, { sender: 'bob' })).toBe('stopped');
    expect(bench.safety.send(homeErrand(builtInRest(JOINTS), 1500), bench.nowUs)).toBe(false);
    const held = bench.pose;
    bench.wait(1000);
    expect(bench.pose).toEqual(held);
  });

  it('survives a reconnect', () => {
    const bench = driving();
    bench.safety.stop('eve');
    bench.safety.setConnected(false);
    bench.tick();
    bench.safety.setConnected(true);
    bench.tick();
    expect(bench.word).toBe('STOPPED');
  });

  it('does not resume when cleared: somebody has to claim', () => {
    const bench = driving();
    bench.safety.stop('eve');
    expect(bench.safety.clearStop()).toBe(true);
    expect(bench.safety.clearStop()).toBe(false);
    bench.drive({ a: 5, b: 50 }, 100);
    expect(bench.word).toBe('HOLDING');
    expect(bench.pose.a).toBe(0);
    bench.safety.setDriver('ann', bench.nowUs);
    bench.drive({ a: 5, b: 50 }, 100);
    expect(bench.word).toBe('ACTIVE');
  });
});

describe('home', () => {
  it('ramps to the rest pose and holds there, then aligns again', () => {
    const bench = driving();
    bench.drive({ a: 80, b: 90 }, 1500);
    expect(bench.safety.send(homeErrand(builtInRest(JOINTS), 1500), bench.nowUs)).toBe(true);
    bench.tick();
    expect(bench.safety.state).toMatchObject({ word: 'ALIGNING', reason: 'moving to the rest pose' });
    bench.wait(3000);
    expect(bench.safety.state).toMatchObject({ word: 'HOLDING', reason: 'at the rest pose' });
    expect(bench.pose.a).toBeCloseTo(0, 1);
    bench.offer({ a: 60, b: 50 });
    bench.tick();
    expect(bench.word).toBe('ALIGNING');
  });

  it('goes on where it was when the host paused for a second, and holds after a longer pause', () => {
    const bench = driving();
    bench.drive({ a: 80, b: 50 }, 1500);
    bench.safety.send(homeErrand(builtInRest(JOINTS), 1500), bench.nowUs);
    bench.wait(500);
    const before = bench.pose.a ?? 0;
    bench.nowUs += 1_000_000;
    const after = bench.tick().a ?? 0;
    expect(after).toBeLessThan(before);
    // A smooth ramp of 80 units in 1.5 s makes 80 a second at its fastest, and the pause counts as 50 ms of it.
    expect(before - after).toBeLessThan(80 * 0.06);
    expect(bench.safety.state).toMatchObject({ word: 'ALIGNING', reason: 'moving to the rest pose' });
    bench.nowUs += 2_000_000;
    bench.tick();
    expect(bench.safety.state).toMatchObject({ word: 'HOLDING', reason: 'the host was busy for 2010 ms' });
  });
});

describe('an arm that could not be watched', () => {
  it('is held with the reason at once, and where it is found afterwards, not where it was told to be', () => {
    const bench = new Bench();
    bench.safety.setDriver('ann', bench.nowUs);
    bench.drive({ a: 5, b: 50 }, 500);
    expect(bench.word).toBe('ACTIVE');
    bench.safety.setFault(LOOSE, bench.nowUs);
    expect(bench.safety.state).toMatchObject({ word: 'HOLDING', reason: 'the cable is loose', fault: 'BUS_TIMEOUT' });
    bench.offer({ a: 5, b: 50 });
    // It sank while nobody could look.
    bench.pose = { a: -40, b: 50 };
    bench.safety.setFault(null, bench.nowUs);
    expect(bench.tick()).toEqual({ a: -40, b: 50 });
    expect(bench.drive({ a: 5, b: 50 }, 100)).toBeLessThanOrEqual(3 + 1e-9);
    expect(bench.word).toBe('ALIGNING');
    expect(bench.safety.state).not.toHaveProperty('fault');
  });

  it('tells whoever takes control meanwhile what is wrong, and says its code under STOP and outside a session too', () => {
    const bench = new Bench();
    bench.safety.setFault(LOOSE, bench.nowUs);
    bench.safety.setDriver('bob', bench.nowUs);
    bench.drive({ a: 5, b: 50 }, 500);
    expect(bench.safety.state).toMatchObject({ word: 'HOLDING', reason: 'the cable is loose', fault: 'BUS_TIMEOUT' });
    bench.safety.stop('eve');
    bench.tick();
    expect(bench.safety.state).toMatchObject({ word: 'STOPPED', reason: 'by eve', fault: 'BUS_TIMEOUT' });
    bench.safety.clearStop();
    bench.safety.setConnected(false);
    bench.tick();
    expect(bench.safety.state).toMatchObject({ word: 'DISCONNECTED', fault: 'BUS_TIMEOUT' });
  });

  const FLICKER = { code: 'VOLTAGE', message: 'servo 2 reports a wrong supply voltage' };

  it('does not sink step by step under a flag that comes and goes with the supply', () => {
    const bench = new Bench();
    const held = bench.tick();
    for (let time = 0; time < 20; time += 1) {
      // Under its load a joint hangs a little below its goal.
      bench.pose = { ...held, a: (held.a ?? 0) - 2 };
      bench.safety.setFault(time % 2 === 0 ? FLICKER : null, bench.nowUs);
      expect(bench.tick()).toEqual(held);
    }
  });

  it.each([
    ['a flag under which the arm let go', FLICKER, -10],
    ['a loss of sight, however little it moved', LOOSE, -2],
  ])('is held where it is found after %s', (_name, fault, place) => {
    const bench = new Bench();
    const held = bench.tick();
    bench.safety.setFault(fault, bench.nowUs);
    bench.tick();
    bench.pose = { ...held, a: (held.a ?? 0) + place };
    bench.safety.setFault(null, bench.nowUs);
    expect(bench.tick()).toEqual({ ...held, a: (held.a ?? 0) + place });
  });
});
