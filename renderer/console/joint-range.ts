import type { JointInfo } from '../../shared/console-state.ts';

export interface Range {
  min: number;
  max: number;
}

/** The range a bar stands for: the robot's own, else one that the usual joint fits in. */
export function jointRange({ min, max, unit }: JointInfo): Range {
  if (min !== null && max !== null && max > min) return { min, max };
  if (unit === '%') return { min: 0, max: 100 };
  return unit === 'rad' ? { min: -Math.PI, max: Math.PI } : { min: -180, max: 180 };
}

/** Where a value stands in its range, 0 to 1; what is outside stands at the end. */
export function shareOf(value: number, { min, max }: Range): number {
  return Math.min(1, Math.max(0, (value - min) / (max - min)));
}

export function clampTo(value: number, { min, max }: Range): number {
  return Math.min(max, Math.max(min, value));
}
