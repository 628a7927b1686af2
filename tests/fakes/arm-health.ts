import type { ArmHealth, MotorHealth } from '../../shared/portal/arm-health.ts';
import { SO101_JOINTS } from '../../shared/so101-joints.ts';

/** Six motors that are well, but for what `changed` says of some by their id. */
export function armHealth(changed: Readonly<Record<number, Partial<MotorHealth>>> = {}): ArmHealth {
  return {
    ageMs: 80,
    line: { transactions: 1000, retries: 2, timeouts: 1, corrupt: 1 },
    motors: SO101_JOINTS.map(({ name, rest }, index) => ({
      motor: name.replace(/\.pos$/u, ''), id: index + 1, position: rest, degreesPerS: 0, loadPercent: 4, volts: 7.4, celsius: 34, milliamps: 60, faults: [],
      limits: { celsius: 70, minVolts: 4, maxVolts: 8, loadPercent: index === 5 ? 25 : 80 },
      ...changed[index + 1],
    })),
  };
}
