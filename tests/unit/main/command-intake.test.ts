import { describe, expect, it } from 'vitest';
import { CommandIntake } from '../../../main/command-intake.ts';
import type { JointFeature } from '../../../main/devices/device.ts';
import { DriverPulse } from '../../../main/driver-pulse.ts';
import type { Pose } from '../../../main/motion.ts';
import { Safety } from '../../../main/safety.ts';
import type { ActionChunk } from '../../../shared/portal/types.ts';
import { defaultStationConfig } from '../../../shared/station-config.ts';

const JOINTS: JointFeature[] = [{ name: 'a', min: -100, max: 100, unit: 'deg', rest: 0 }];
const FPS = 20;
const ROW_MS = 1000 / FPS;
const SILENCE_MS = 1000;
/** Round trip of a ping. */
const RTT_US = 120_000;
/** The sender's clock against ours. */
const AHEAD_US = 3_600_000_000;

/** A loop at 100 Hz with a driver that sends chunks of 20 rows a second. */
class Bench {
  nowUs = 1_700_000_000_000_000;
  pose: Pose = { a: 0 };
  readonly safety = new Safety(JOINTS, { ...defaultStationConfig().safety, slew_percent_per_s: 10_000 }, this.pose, this.nowUs);
  /** Pings on their way back; null = nobody answers any more. */
  pings: number[] | null = [];
  #answeredUs: number | null = null;
  readonly silences: string[] = [];
  readonly commands = new CommandIntake(this.safety, FPS, new DriverPulse(SILENCE_MS, {
    ask: () => this.pings?.push(this.nowUs),
    answeredUs: (operator) => (operator === 'ann' ? this.#answeredUs : null),
    silent: (message) => this.silences.push(message),
  }));
  /** Positions in the order they were taken, each once. */
  readonly followed: number[] = [];

  constructor() {
    this.safety.setConnected(true);
    this.safety.setDriver('ann', this.nowUs);
    // What came by the fastest way tells the clocks' difference.
    this.action(0);
    this.tick();
  }

  tick(): void {
    this.nowUs += 10_000;
    while (this.pings?.[0] !== undefined && this.pings[0] + RTT_US <= this.nowUs) this.#answeredUs = this.pings.shift() ?? null;
    this.commands.offerDueRow(this.nowUs);
    this.pose = this.safety.tick(this.nowUs, this.pose);
    this.commands.ticked();
    const at = this.pose['a'] ?? 0;
    if (this.followed.at(-1) !== at) this.followed.push(at);
  }

  wait(ms: number): void {
    for (let at = 0; at < ms; at += 10) this.tick();
  }

  stampUs(sentMsAgo: number): number {
    return this.nowUs + AHEAD_US - sentMsAgo * 1000;
  }

  chunk(rows: number[], options: { sentMsAgo?: number; sender?: string; name?: string } = {}): ActionChunk {
    const { sentMsAgo = 0, sender = 'ann', name = 'plan' } = options;
    const chunk = { name, horizon: rows.length, columns: { a: rows }, timestampUs: this.stampUs(sentMsAgo), inReplyToTsUs: null, sender };
    this.commands.chunk(chunk, this.nowUs, 5000);
    return chunk;
  }

  action(a: number, sentMsAgo = 0): void {
    this.commands.action({ values: { a }, timestampUs: this.stampUs(sentMsAgo), inReplyToTsUs: null, sender: 'ann' }, this.nowUs, 5000);
  }

  get refused(): Record<string, number> {
    return Object.fromEntries(Object.entries(this.safety.status.refused).filter(([, count]) => count > 0));
  }
}

describe('an action chunk on the robot host', () => {
  it('is played row by row, each once and at its due time, and then the arm holds', () => {
    const bench = new Bench();
    const before = bench.safety.status.executed;
    bench.chunk([1, 2, 3, 4]);
    const at: number[] = [];
    for (let ms = 0; ms < 4 * ROW_MS; ms += 10) {
      bench.tick();
      at.push(bench.pose['a'] ?? 0);
    }
    expect(at).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4]);
    expect(bench.safety.status.executed - before).toBe(4);
    expect(bench.refused).toEqual({});
    expect(bench.safety.state.word).toBe('ACTIVE');
    bench.wait(320);
    expect(bench.safety.state.word).toBe('HOLDING');
  });

  it('that came late leaves out the rows whose turn has passed', () => {
    const bench = new Bench();
    bench.wait(200);
    bench.chunk([1, 2, 3, 4], { sentMsAgo: 2 * ROW_MS + 10 });
    bench.wait(200);
    expect(bench.followed).toEqual([0, 3, 4]);
  });

  it('that came after its last row is refused for its age, and so is one from the future', () => {
    const bench = new Bench();
    bench.wait(200);
    bench.chunk([1, 2], { sentMsAgo: 2 * ROW_MS + 10 });
    bench.chunk([1, 2], { sentMsAgo: -200 });
    bench.wait(200);
    expect(bench.followed).toEqual([0]);
    expect(bench.refused).toEqual({ age: 2 });
  });

  it('replaces what is left of an older one, and motion does not go back to rows already passed', () => {
    const bench = new Bench();
    bench.chunk([1, 2, 3, 4, 5, 6]);
    bench.wait(2 * ROW_MS + 20);
    bench.chunk([10, 20, 30], { sentMsAgo: ROW_MS + 20, name: 'another' });
    bench.wait(300);
    expect(bench.followed.slice(0, 4)).toEqual([0, 1, 2, 3]);
    expect(bench.followed).not.toContain(10);
    expect(bench.followed).not.toContain(4);
    expect(bench.followed.at(-1)).toBe(30);
    expect(bench.refused).toEqual({});
  });

  it('never replaces a newer one, and never plays twice', () => {
    const bench = new Bench();
    bench.wait(50);
    const first = bench.chunk([1, 2, 3, 4]);
    bench.tick();
    bench.chunk([-1, -2, -3, -4], { sentMsAgo: 30 });
    bench.commands.chunk(first, bench.nowUs, 5000);
    bench.wait(250);
    expect(bench.followed).toEqual([0, 1, 2, 3, 4]);
    expect(bench.refused).toEqual({ order: 2 });
  });

  it('ends with a newer action, not with an older or a refused one', () => {
    const bench = new Bench();
    bench.wait(50);
    bench.chunk([1, 2, 3, 4, 5, 6, 7, 8]);
    bench.wait(30);
    bench.action(-9, 60);
    bench.commands.action({ values: { a: Number.NaN }, timestampUs: bench.stampUs(0), inReplyToTsUs: null, sender: 'ann' }, bench.nowUs, 5000);
    bench.wait(50);
    expect(bench.followed).toEqual([0, 1, 2]);
    expect(bench.refused).toEqual({ order: 1, 'non-finite': 1 });
    bench.action(50);
    bench.wait(200);
    expect(bench.followed).toEqual([0, 1, 2, 50]);
  });

  it('ends with a newer action even when a row has overtaken that one', () => {
    const bench = new Bench();
    bench.chunk([1, 2, 3, 4, 5, 6]);
    bench.wait(60);
    bench.action(50, 20);
    bench.wait(200);
    expect(bench.followed).toEqual([0, 1, 2]);
    expect(bench.refused).toEqual({ order: 1 });
  });

  it('older than an executed action does not set the arm off again', () => {
    const bench = new Bench();
    bench.wait(100);
    bench.action(5);
    bench.chunk([1, 2, 3, 4], { sentMsAgo: 20 });
    bench.wait(200);
    expect(bench.followed).toEqual([0, 5]);
    expect(bench.refused).toEqual({ order: 1 });
  });

  it('of whoever does not drive is refused, also when control went away a moment ago', () => {
    const bench = new Bench();
    bench.safety.setDriver('bob', bench.nowUs);
    bench.chunk([1, 2]);
    bench.wait(100);
    expect(bench.followed).toEqual([0]);
    expect(bench.refused).toEqual({ sender: 1 });
  });

  it('has a row with a number that is none refused, and goes on with the next', () => {
    const bench = new Bench();
    bench.chunk([1, Number.NaN, 3]);
    bench.wait(200);
    expect(bench.followed).toEqual([0, 1, 3]);
    expect(bench.refused).toEqual({ 'non-finite': 1 });
  });

  it('is held back row by row by a stalled loop: what is late by more than an action may be is left out', () => {
    const bench = new Bench();
    bench.chunk([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    bench.tick();
    bench.nowUs += 250_000;
    bench.tick();
    expect(bench.safety.state.word, 'a stall is silence').toBe('HOLDING');
    bench.wait(400);
    expect(bench.followed, 'the rest is dropped by the hold').not.toContain(10);
  });

  it('is dropped by a hold, STOP and a handoff', () => {
    const after = (end: (bench: Bench) => void): number[] => {
      const bench = new Bench();
      bench.chunk(Array.from({ length: 40 }, (_, row) => row + 1));
      bench.wait(100);
      end(bench);
      const reached = bench.followed.length;
      bench.wait(500);
      return bench.followed.slice(reached);
    };
    expect(after((bench) => { bench.safety.setFault({ code: 'PORT_LOST', message: 'a cable came off' }, bench.nowUs); bench.tick(); bench.safety.setFault(null, bench.nowUs); })).toEqual([]);
    expect(after((bench) => { bench.safety.stop('host'); bench.commands.drop(); })).toEqual([]);
    expect(after((bench) => { bench.commands.drop(); bench.safety.setDriver('bob', bench.nowUs); })).toEqual([]);
  });

  it('whose row is due in the very step in which a trouble is over begins where the arm is found', () => {
    const bench = new Bench();
    bench.chunk(Array.from({ length: 40 }, () => 1));
    bench.wait(100);
    bench.safety.setFault({ code: 'TORQUE_LOST', message: 'a servo let go' }, bench.nowUs);
    bench.tick();
    // A policy goes on sending; meanwhile the arm sank.
    bench.chunk(Array.from({ length: 40 }, () => 1));
    bench.pose = { a: -60 };
    bench.safety.setFault(null, bench.nowUs);
    bench.tick();
    expect(bench.pose['a'], 'not where it was told to be before').toBe(-60);
    bench.wait(200);
    expect(bench.safety.state.word).toBe('ALIGNING');
    expect(bench.pose['a'], 'under a ramp').toBeLessThan(-55);
  });

  it('plays on for as long as its sender answers pings, and is dropped a second after the last answered one', () => {
    const bench = new Bench();
    bench.chunk(Array.from({ length: 200 }, (_, row) => (row + 1) / 4));
    bench.wait(5000);
    expect(bench.safety.state.word).toBe('ACTIVE');
    bench.pings = null;
    bench.wait(SILENCE_MS - RTT_US / 1000 - SILENCE_MS / 4 - 50);
    expect(bench.safety.state.word).toBe('ACTIVE');
    bench.wait(RTT_US / 1000 + SILENCE_MS / 4 + 50 + 300 + 20);
    expect(bench.safety.state.word).toBe('HOLDING');
    expect(bench.silences).toEqual([expect.stringMatching(/^ann has answered nothing for 1000 ms/u)]);
    const held = bench.pose;
    bench.pings = [];
    bench.wait(2000);
    expect(bench.pose, 'an answer that comes later does not set it off again').toEqual(held);
  });

  it('needs no answer of a sender that goes on commanding', () => {
    const bench = new Bench();
    bench.pings = null;
    for (let sent = 0; sent < 6; sent += 1) {
      bench.chunk(Array.from({ length: 40 }, (_, row) => sent * 10 + row / 4));
      bench.wait(500);
    }
    expect(bench.safety.state.word).toBe('ACTIVE');
    expect(bench.silences).toEqual([]);
  });

  it('is not kept alive by commands that are refused', () => {
    const bench = new Bench();
    bench.pings = null;
    bench.chunk(Array.from({ length: 200 }, (_, row) => row / 4));
    for (let waited = 0; waited < 1500; waited += 100) {
      bench.commands.action({ values: { a: Number.NaN }, timestampUs: bench.stampUs(-20), inReplyToTsUs: null, sender: 'ann' }, bench.nowUs, 5000);
      bench.wait(100);
    }
    expect(bench.safety.state.word).toBe('HOLDING');
    expect(bench.silences).toHaveLength(1);
  });

  it('is refused as a whole while STOP is latched', () => {
    const bench = new Bench();
    bench.safety.stop('host');
    bench.chunk([1, 2, 3]);
    bench.wait(200);
    expect(bench.refused).toEqual({ stopped: 1 });
  });

  it('plays again after its sender\'s clock was set back', () => {
    const bench = new Bench();
    bench.chunk([1, 2]);
    bench.wait(100);
    // Pings prove the way to be short, so a lasting shift is the clock.
    for (let at = 0; at < 2600; at += 100) {
      bench.chunk([7, 8, 9], { sentMsAgo: 600_000 });
      bench.wait(100);
    }
    expect(bench.safety.status.executed, 'one action and two rows of before').toBeGreaterThan(3);
  });
});
