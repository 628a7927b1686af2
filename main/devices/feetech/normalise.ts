import { STEPS_PER_TURN } from './table.ts';
import type { MotorCalibration } from './calibration.ts';

/**
 * How a joint's value is counted. `degrees`: 0 is the middle of the recorded range. `m100_100` and `0_100`: the range's ends.
 * lerobot's names for them are DEGREES, RANGE_M100_100 and RANGE_0_100; formulas and their rounding are its own (0.6.1).
 */
export type JointNorm = 'degrees' | 'm100_100' | '0_100';

/** lerobot divides by the highest step, not by the number of steps. */
const DEGREE_STEPS = STEPS_PER_TURN - 1;

/** The value of a position in steps. Degrees are not cut at the range, and know no drive mode. */
export function toJointValue(steps: number, norm: JointNorm, { rangeMin, rangeMax, driveMode }: MotorCalibration): number {
  if (norm === 'degrees') return ((steps - (rangeMin + rangeMax) / 2) * 360) / DEGREE_STEPS;
  const share = (Math.min(rangeMax, Math.max(rangeMin, steps)) - rangeMin) / (rangeMax - rangeMin);
  if (norm === '0_100') return driveMode === 1 ? 100 - share * 100 : share * 100;
  return driveMode === 1 ? -(share * 200 - 100) : share * 200 - 100;
}

/** The steps of a value, cut towards zero, inside the calibrated range. */
export function toSteps(value: number, norm: JointNorm, { rangeMin, rangeMax, driveMode }: MotorCalibration): number {
  const inside = (steps: number): number => Math.min(rangeMax, Math.max(rangeMin, Math.trunc(steps)));
  if (norm === 'degrees') return inside((value * DEGREE_STEPS) / 360 + (rangeMin + rangeMax) / 2);
  const span = rangeMax - rangeMin;
  if (norm === '0_100') {
    const percent = Math.min(100, Math.max(0, driveMode === 1 ? 100 - value : value));
    return inside((percent / 100) * span + rangeMin);
  }
  const percent = Math.min(100, Math.max(-100, driveMode === 1 ? -value : value));
  return inside(((percent + 100) / 200) * span + rangeMin);
}

/** Values at the ends of the range, the smaller first. */
export function jointLimits(norm: JointNorm, motor: MotorCalibration): { min: number; max: number } {
  const ends = [toJointValue(motor.rangeMin, norm, motor), toJointValue(motor.rangeMax, norm, motor)];
  return { min: Math.min(...ends), max: Math.max(...ends) };
}
