import { beforeEach, describe, expect, it } from 'vitest';
import { CalibrationDesk } from '../../../main/calibration-desk.ts';
import { SimArm } from '../../../main/devices/sim-arm.ts';
import { builtInRest, homeErrand } from '../../../main/errand.ts';
import type { Pose } from '../../../main/motion.ts';
import { Safety } from '../../../main/safety.ts';
import { SO101_JOINTS } from '../../../shared/so101-joints.ts';
import { defaultStationConfig } from '../../../shared/station-config.ts';
import { ManualClock } from './manual-clock.ts';

const TICK_MS = 10;
const RANGES = Object.fromEntries(SO101_JOINTS.map(({ name, min, max }) => [name, { min, max }]));

/** The simulated arm under its safety layer, at 100 Hz of a clock that the test moves. */
class Bench {
  readonly clock = new ManualClock();
  readonly arm = new SimArm(this.clock);
  readonly desk = new CalibrationDesk(this.clock, () => this.arm.calibration());
  readonly safety = new Safety(SO101_JOINTS, defaultStationConfig().safety, Object.fromEntries(SO101_JOINTS.map(({ name, rest }) => [name, rest])), this.clock.nowUs());
  /** What is in the way of a joint: it does not get further. */
  blocked: Record<string, number> = {};
  present: Pose = {};
  readonly reasons = new Set<string>();

  async open(): Promise<void> {
    await this.arm.open();
    this.safety.setConnected(true);
    await this.tick();
  }

  async tick(): Promise<void> {
    this.clock.advance(TICK_MS);
    const { positions } = await this.arm.read();
    this.present = Object.fromEntries(Object.entries(positions).map(([name, at]) => [name, Math.min(at, this.blocked[name] ?? Infinity)]));
    await this.arm.write(this.safety.tick(this.clock.nowUs(), this.present));
    this.reasons.add(this.safety.state.reason);
  }

  /** Ticks until the calibration is over; returns the seconds it took and the fastest step of any joint as a share of its range a second. */
  async finish(): Promise<{ tookS: number; fastestPerS: number }> {
    let [ticks, fastestPerS] = [0, 0];
    for (; this.desk.isRunning && ticks < 10_000; ticks += 1) {
      const before = this.present;
      await this.tick();
      for (const { name, min, max } of SO101_JOINTS) fastestPerS = Math.max(fastestPerS, Math.abs((this.present[name] ?? 0) - (before[name] ?? 0)) / (max - min) / (TICK_MS / 1000));
    }
    return { tookS: (ticks * TICK_MS) / 1000, fastestPerS };
  }

  async wait(ms: number, each: () => void = () => undefined): Promise<void> {
    for (let at = 0; at < ms; at += TICK_MS) {
      each();
      await this.tick();
    }
  }

  offer(sender: string): void {
    this.safety.offer({ values: this.present, timestampUs: this.clock.nowUs(), inReplyToTsUs: null, sender }, this.clock.nowUs(), 5000);
  }
}

let bench: Bench;
beforeEach(async () => {
  bench = new Bench();
  await bench.open();
  expect(bench.desk.report).toEqual({ state: 'never' });
  expect(bench.safety.send(bench.desk.begin(), bench.clock.nowUs())).toBe(true);
});

describe('a calibration of the simulated arm', () => {
  it('finds every joint’s range under the slew limit, says where it is, and ends at rest', async () => {
    await bench.tick();
    expect(bench.safety.state).toMatchObject({ word: 'ALIGNING', task: 'calibrate' });
    const { tookS, fastestPerS } = await bench.finish();
    const { report } = bench.desk;
    if (report.state !== 'done') throw new Error(JSON.stringify(report));
    for (const [joint, { min, max }] of Object.entries(RANGES)) {
      expect(Math.abs((report.ranges[joint]?.min ?? Infinity) - min), joint).toBeLessThan(0.01 * (max - min));
      expect(Math.abs((report.ranges[joint]?.max ?? Infinity) - max), joint).toBeLessThan(0.01 * (max - min));
    }
    expect([...bench.reasons]).toEqual(expect.arrayContaining(['moving to the rest pose', 'calibrating shoulder_pan, 1 of 6', 'calibrating gripper, 6 of 6', 'at the rest pose']));
    for (const { name, rest } of SO101_JOINTS) expect(bench.present[name]).toBeCloseTo(rest, 0);
    expect(bench.safety.state).toMatchObject({ word: 'HOLDING', reason: 'at the rest pose' });
    expect(bench.safety.state.task).toBeUndefined();
    // 150 % of a range a second, and a little for the arm that catches up.
    expect(fastestPerS).toBeLessThan(1.6);
    expect(tookS).toBeLessThan(30);
  });

  it('tells the range that a joint really has when something is in its way', async () => {
    bench.blocked = { 'elbow_flex.pos': 75 };
    await bench.finish();
    expect(bench.desk.report).toMatchObject({ state: 'done', ranges: { 'elbow_flex.pos': { max: 75 } } });
  });

  it.each([
    ['STOP', () => bench.safety.stop('eve'), 'STOP by eve'],
    ['a claim', () => bench.safety.setDriver('bob', bench.clock.nowUs()), 'bob took control'],
    ['a release', () => bench.safety.setDriver(null, bench.clock.nowUs()), 'nobody drives'],
    ['a lost session', () => bench.safety.setConnected(false), 'not in a session'],
    ['a fault of the arm', () => bench.safety.setFault({ code: 'BUS_TIMEOUT', message: 'no answer of servo 3' }, bench.clock.nowUs()), 'no answer of servo 3'],
    ['home', () => bench.safety.send(homeErrand(builtInRest(SO101_JOINTS), 500), bench.clock.nowUs()), 'home was asked for'],
  ])('ends at %s, which is its report, and nothing is left of it', async (_what, end, reason) => {
    await bench.wait(2000);
    const settled = bench.desk.settled(60_000);
    end();
    expect(await settled).toEqual({ state: 'ended', reason });
    await bench.wait(3000);
    expect([...bench.reasons].filter((one) => one.startsWith('calibrating'))).toHaveLength(1);
  });

  it('ends with a long stall of the host, and with a short one while its caller streams, which counts as silence', async () => {
    await bench.wait(1000);
    bench.clock.advance(1900);
    await bench.tick();
    expect(bench.desk.isRunning).toBe(true);
    bench.clock.advance(2100);
    await bench.tick();
    expect(bench.desk.report).toMatchObject({ state: 'ended', reason: expect.stringContaining('the host was busy') as string });
    bench.safety.setDriver('ann', bench.clock.nowUs());
    bench.safety.send(bench.desk.begin(), bench.clock.nowUs());
    await bench.wait(500, () => bench.offer('ann'));
    bench.clock.advance(400);
    await bench.tick();
    expect(bench.desk.report).toMatchObject({ state: 'ended', reason: expect.stringContaining('the host was busy') as string });
  });

  it('goes on while its caller streams, ends when that falls silent, and does not mind one that never streamed', async () => {
    await bench.wait(2000);
    expect(bench.desk.isRunning).toBe(true);
    bench.safety.setDriver('ann', bench.clock.nowUs());
    bench.safety.send(bench.desk.begin(), bench.clock.nowUs());
    await bench.wait(1000, () => bench.offer('ann'));
    expect(bench.desk.isRunning).toBe(true);
    expect(bench.safety.status.executed).toBe(0);
    await bench.wait(350);
    expect(bench.desk.report).toEqual({ state: 'ended', reason: 'no action for 300 ms' });
  });

  it('is refused while stopped, and outside a session', async () => {
    for (const hinder of [() => bench.safety.setConnected(false), () => bench.safety.stop('eve')]) {
      hinder();
      await bench.tick();
      expect(bench.safety.send(bench.desk.begin(), bench.clock.nowUs())).toBe(false);
      expect(bench.desk.isRunning).toBe(false);
    }
  });
});

describe('whoever asks for its report', () => {
  it('gets it when it is over, or how far it is just before it would give up waiting', async () => {
    const patient = bench.desk.settled(60_000);
    const hasty = bench.desk.settled(3000);
    await bench.wait(2600);
    expect(await hasty).toEqual({ state: 'running', doing: expect.stringContaining('calibrating shoulder_pan') as string });
    await bench.finish();
    expect(await patient).toMatchObject({ state: 'done' });
    expect(await bench.desk.settled(60_000)).toEqual(bench.desk.report);
  });
});
