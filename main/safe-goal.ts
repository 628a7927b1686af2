import type { SafetyConfig } from '../shared/station-config.ts';
import type { JointFeature } from './devices/device.ts';
import { type Pose, stepTowards, within } from './motion.ts';

/** A step after a gap is no longer than one after this: what was not written in time is not made up for. */
const LONGEST_STEP_US = 50_000;
/** How far a joint may hang below the goal that holds it, in its unit: a servo under load always does. */
const SAG_UNITS = 3;

/** The goal as it is written, step by step: slewed, kept near the joints where that is configured, and taken from the arm itself when a hold begins. */
export class SafeGoal {
  readonly #joints: readonly JointFeature[];
  readonly #config: SafetyConfig;
  #pose: Pose;
  #present: Pose;
  #lastStepUs: number;
  /** What the next hold takes of it: all, what is still near the arm, or nothing. */
  #trust: 'all' | 'near' | 'nothing' = 'all';

  constructor(joints: readonly JointFeature[], config: SafetyConfig, present: Pose, nowUs: number) {
    this.#joints = joints;
    this.#config = config;
    this.#pose = { ...present };
    this.#present = { ...present };
    this.#lastStepUs = nowUs;
  }

  /** As it was written last. */
  get pose(): Pose {
    return this.#pose;
  }

  /** Where the joints were read last. */
  get present(): Pose {
    return this.#present;
  }

  /** The next hold takes it anew; until then it says nothing about where the arm is. */
  get isOld(): boolean {
    return this.#trust !== 'all';
  }

  /** The arm was moving, or could not be watched: the next hold must not send it to where it was told to be before. */
  outdate(): void {
    this.#trust = 'nothing';
  }

  /** The arm may have let go, but was watched: a joint that is still near its goal keeps it, or each such moment would let it sink a little further. */
  doubt(): void {
    if (this.#trust === 'all') this.#trust = 'near';
  }

  see(present: Pose): void {
    this.#present = { ...present };
  }

  /** The goal to write now, on the way to `desired`; null = hold. */
  step(desired: Pose | null, nowUs: number): Pose {
    const elapsedUs = Math.min(Math.max(0, nowUs - this.#lastStepUs), LONGEST_STEP_US);
    this.#lastStepUs = nowUs;
    if (desired === null) {
      // Once, when the hold begins: a goal that follows the pose would let the arm sink. Not cut at the limits: an arm that
      // stands beyond one of them would run to it.
      if (this.#trust !== 'all') this.#pose = this.#held(this.#trust === 'near' ? SAG_UNITS : 0);
      this.#trust = 'all';
    } else {
      const near = within(this.#joints, desired, this.#present, this.#config.max_relative_target);
      // Last, so that nothing before it can make a joint faster than this.
      this.#pose = stepTowards(this.#joints, this.#pose, near, (this.#config.slew_percent_per_s / 100) * (elapsedUs / 1_000_000));
    }
    return { ...this.#pose };
  }
  /** Where the arm is; joints no further than `units` from their goal stay with it. */
  #held(units: number): Pose {
    return Object.fromEntries(Object.entries(this.#present).map(([joint, place]) => {
      const goal = this.#pose[joint] ?? place;
      return [joint, Math.abs(goal - place) <= units ? goal : place];
    }));
  }
}
