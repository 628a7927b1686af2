import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FollowerArm } from '../../main/devices/device.ts';

export interface FollowerBench {
  arm: FollowerArm;
  /** Lets time pass on the arm's clock. */
  pass(ms: number): Promise<void>;
}

/** What every follower arm must do, simulated or real. */
export function followerArmContract(name: string, make: () => FollowerBench): void {
  describe(`${name} as a follower arm`, () => {
    let bench: FollowerBench;
    beforeEach(async () => {
      bench = make();
      await bench.arm.open();
    });
    afterEach(() => bench.arm.close());

    it('names its joints, ranges and rest pose before it is opened', () => {
      const { features } = make().arm;
      expect(features.length).toBeGreaterThan(0);
      expect(new Set(features.map((feature) => feature.name)).size).toBe(features.length);
      for (const { min, max, rest, unit } of features) {
        expect(min).toBeLessThan(max);
        expect(rest).toBeGreaterThanOrEqual(min);
        expect(rest).toBeLessThanOrEqual(max);
        expect(unit).not.toBe('');
      }
    });

    it('reads every joint with a time', async () => {
      const before = await bench.arm.read();
      expect(Object.keys(before.positions).sort()).toEqual(bench.arm.features.map((feature) => feature.name).sort());
      await bench.pass(50);
      expect((await bench.arm.read()).timestampUs).toBeGreaterThan(before.timestampUs);
    });

    it('reaches a goal, and no joint moves that was not told to', async () => {
      const [moved, ...still] = bench.arm.features;
      if (moved === undefined) throw new Error('no joints');
      const before = (await bench.arm.read()).positions;
      const goal = moved.rest + (moved.max - moved.rest) / 2;
      // A real servo knows whole steps only.
      expect((await bench.arm.write({ [moved.name]: goal }))[moved.name]).toBeCloseTo(goal, 0);
      await bench.pass(3000);
      const after = (await bench.arm.read()).positions;
      expect(Math.abs((after[moved.name] ?? Number.NaN) - goal)).toBeLessThan(0.1);
      for (const { name: other } of still) expect(after[other]).toBeCloseTo(before[other] ?? Number.NaN, 1);
    });

    it('takes time to get there', async () => {
      const joint = bench.arm.features[0];
      if (joint === undefined) throw new Error('no joints');
      await bench.arm.write({ [joint.name]: joint.max });
      await bench.pass(20);
      const position = (await bench.arm.read()).positions[joint.name] ?? Number.NaN;
      expect(Math.abs(position - joint.max)).toBeGreaterThan(Math.abs(joint.max - joint.rest) / 2);
    });

    it('returns what it really applied: a goal beyond the range becomes the range', async () => {
      const goals = Object.fromEntries(bench.arm.features.map(({ name: joint }) => [joint, 1e6]));
      expect(await bench.arm.write(goals)).toEqual(Object.fromEntries(bench.arm.features.map(({ name: joint, max }) => [joint, max])));
    });

    it('refuses joints it does not have and goals that are no numbers', async () => {
      const joint = bench.arm.features[0]?.name ?? '';
      await expect(bench.arm.write({ tail: 1 })).rejects.toMatchObject({ code: 'DEVICE_FAILED' });
      await expect(bench.arm.write({ [joint]: Number.NaN })).rejects.toMatchObject({ code: 'DEVICE_FAILED' });
    });

    it('says so when it is not open', async () => {
      await bench.arm.close();
      await expect(bench.arm.read()).rejects.toMatchObject({ code: 'DEVICE_FAILED' });
      await bench.arm.close();
    });
  });
}
