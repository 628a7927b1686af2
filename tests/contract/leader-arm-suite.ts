import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LeaderArm } from '../../main/devices/device.ts';

export interface LeaderBench {
  arm: LeaderArm;
  /** Lets time pass on the arm's clock. */
  pass(ms: number): Promise<void>;
}

/** What every leader arm must do, simulated or real. */
export function leaderArmContract(name: string, make: () => LeaderBench): void {
  describe(`${name} as a leader arm`, () => {
    let bench: LeaderBench;
    beforeEach(async () => {
      bench = make();
      await bench.arm.open();
    });
    afterEach(() => bench.arm.close());

    it('names its joints before it is opened', () => {
      expect(make().arm.features.length).toBeGreaterThan(0);
    });

    it('reads every joint, inside its range, at the time of the reading', async () => {
      for (let round = 0; round < 50; round += 1) {
        await bench.pass(130);
        const { positions } = await bench.arm.read();
        for (const { name: joint, min, max } of bench.arm.features) {
          expect(positions[joint]).toBeGreaterThanOrEqual(min);
          expect(positions[joint]).toBeLessThanOrEqual(max);
        }
      }
      const { timestampUs } = await bench.arm.read();
      await bench.pass(50);
      expect((await bench.arm.read()).timestampUs).toBe(timestampUs + 50_000);
    });

    it('says so when it is not open, instead of a stale reading', async () => {
      await bench.arm.close();
      await expect(bench.arm.read()).rejects.toMatchObject({ code: 'DEVICE_FAILED' });
      await bench.arm.close();
    });
  });
}
