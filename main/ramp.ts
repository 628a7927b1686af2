import type { JointFeature } from './devices/device.ts';
import { blend, type Pose } from './motion.ts';

/** A gentle motion from a pose, as long as the slew limit wants it and never shorter than `leastMs`. Its end may move while it runs. */
export class Ramp {
  readonly #from: Pose;
  readonly #startUs: number;
  readonly #durationUs: number;

  constructor(joints: readonly JointFeature[], from: Pose, end: Pose, options: { nowUs: number; leastMs: number; slewPercentPerS: number }) {
    const share = Math.max(...joints.map((joint) => Math.abs((end[joint.name] ?? 0) - (from[joint.name] ?? 0)) / (joint.max - joint.min)));
    // 1.5: the middle of the smooth ramp is that much faster than its mean.
    const slewMs = (1.5 * share * 100_000) / options.slewPercentPerS;
    this.#from = { ...from };
    this.#startUs = options.nowUs;
    this.#durationUs = Math.max(options.leastMs, slewMs) * 1000;
  }

  get durationUs(): number {
    return this.#durationUs;
  }

  isOver(nowUs: number): boolean {
    return nowUs - this.#startUs >= this.#durationUs;
  }

  at(nowUs: number, end: Pose): Pose {
    return blend(this.#from, end, (nowUs - this.#startUs) / this.#durationUs);
  }
}
