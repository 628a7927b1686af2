import type { Calibration, CalibrationStep, JointFeature, JointRange } from './device.ts';

/** One end of a joint after the other, each joint back at rest before the next one moves. */
const LEGS = ['min', 'max', 'rest'] as const;

/** Finds the ranges by going there: one joint at a time is moved to both ends of what it is told to have, and what it reached is its range. */
export class SweepCalibration implements Calibration {
  readonly #joints: readonly JointFeature[];
  readonly #rest: Record<string, number>;
  readonly #ranges: Record<string, JointRange> = {};
  /** Steps given out so far; the first goes to the rest pose. */
  #given = 0;

  constructor(joints: readonly JointFeature[]) {
    this.#joints = joints;
    this.#rest = Object.fromEntries(joints.map(({ name, rest }) => [name, rest]));
  }

  next(present: Readonly<Record<string, number>>): CalibrationStep | null {
    const given = this.#given;
    this.#given += 1;
    if (given > 1) this.#note(given - 2, present);
    if (given === 0) return { pose: this.#rest, doing: 'moving to the rest pose' };
    const joint = this.#joints[Math.floor((given - 1) / LEGS.length)];
    const leg = LEGS[(given - 1) % LEGS.length];
    if (joint === undefined || leg === undefined) return null;
    const count = `${Math.floor((given - 1) / LEGS.length) + 1} of ${this.#joints.length}`;
    return { pose: { ...this.#rest, [joint.name]: joint[leg] }, doing: `calibrating ${joint.name.replace(/\.pos$/u, '')}, ${count}` };
  }

  get ranges(): Readonly<Record<string, JointRange>> {
    return this.#ranges;
  }

  /** `leg` counts from the first joint's first end. */
  #note(leg: number, present: Readonly<Record<string, number>>): void {
    const joint = this.#joints[Math.floor(leg / LEGS.length)];
    const at = joint === undefined ? undefined : present[joint.name];
    if (joint === undefined || at === undefined) return;
    const known = this.#ranges[joint.name] ?? { min: at, max: at };
    this.#ranges[joint.name] = { min: Math.min(known.min, at), max: Math.max(known.max, at) };
  }
}
