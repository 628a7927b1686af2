import type { HostTask } from '../shared/portal/host-state.ts';
import type { JointFeature } from './devices/device.ts';
import { furthestJoint, type Pose } from './motion.ts';
import { Ramp } from './ramp.ts';

/** One stop of an errand. */
export interface Place {
  /** Whole: every joint. */
  pose: Pose;
  /** What it is for, as the host's reason: "moving to the rest pose". */
  doing: string;
  /** Shortest ramp to it. */
  leastMs: number;
}

/** Something the arm does by itself, place after place. Where it is, and how fast it goes there, stays with the safety layer. */
export interface Errand {
  readonly task: HostTask;
  /** The next place; null = done. `present`: where the joints came to rest at the last one. */
  next(present: Pose): Place | null;
  /** It is over: `reason` says what ended it early, null = everything was done. */
  ended(reason: string | null): void;
}

/** A joint that is not there by then does not get there: something is in its way. */
const SETTLE_US = 600_000;
/** Share of a joint's range within which it counts as there. */
const NEAR_SHARE = 0.002;
/** A pause counts as no more than this: after one the ramp goes on where it was. */
const LONGEST_STEP_US = 50_000;

/** An errand under way. */
export class ErrandRun {
  readonly errand: Errand;
  readonly #joints: readonly JointFeature[];
  readonly #slewPercentPerS: number;
  #leg: { place: Place; ramp: Ramp; arrivedUs: number | null };
  /** Time of its own, which stands still while the host does. */
  #runUs: number;
  #steppedUs: number;
  /** When the driver was last heard on the way; null = it sends nothing, so its silence means nothing. */
  heardUs: number | null = null;

  private constructor(errand: Errand, joints: readonly JointFeature[], slewPercentPerS: number, leg: { place: Place; ramp: Ramp }, nowUs: number) {
    this.errand = errand;
    this.#joints = joints;
    this.#slewPercentPerS = slewPercentPerS;
    this.#leg = { ...leg, arrivedUs: null };
    this.#runUs = nowUs;
    this.#steppedUs = nowUs;
  }

  /** Null when the errand has no place to go to. */
  static begin(errand: Errand, from: Pose, nowUs: number, joints: readonly JointFeature[], slewPercentPerS: number): ErrandRun | null {
    const place = errand.next(from);
    if (place === null) return null;
    const ramp = new Ramp(joints, from, place.pose, { nowUs, leastMs: place.leastMs, slewPercentPerS });
    return new ErrandRun(errand, joints, slewPercentPerS, { place, ramp }, nowUs);
  }

  get doing(): string {
    return this.#leg.place.doing;
  }

  /** Where the joints should be now; null = everything is done. `goal`: the last one written. */
  desired(nowUs: number, goal: Pose, present: Pose): Pose | null {
    const { place, ramp } = this.#leg;
    this.#runUs += Math.min(Math.max(0, nowUs - this.#steppedUs), LONGEST_STEP_US);
    this.#steppedUs = nowUs;
    const runUs = this.#runUs;
    if (ramp.isOver(runUs) && furthestJoint(this.#joints, goal, place.pose).distance < 0.01) {
      this.#leg.arrivedUs ??= runUs;
      if (this.#isThere(present, place.pose) || runUs - this.#leg.arrivedUs > SETTLE_US) {
        const next = this.errand.next(present);
        if (next === null) return null;
        this.#leg = { place: next, ramp: new Ramp(this.#joints, goal, next.pose, { nowUs: runUs, leastMs: next.leastMs, slewPercentPerS: this.#slewPercentPerS }), arrivedUs: null };
        return goal;
      }
    }
    return ramp.at(runUs, place.pose);
  }

  #isThere(present: Pose, pose: Pose): boolean {
    return this.#joints.every(({ name, min, max }) => Math.abs((present[name] ?? 0) - (pose[name] ?? 0)) <= NEAR_SHARE * (max - min));
  }
}

/** To the rest pose, and nothing else. */
export function homeErrand(rest: Pose, leastMs: number): Errand {
  let isOnItsWay = false;
  return {
    task: 'home',
    next() {
      if (isOnItsWay) return null;
      isOnItsWay = true;
      return { pose: rest, doing: 'moving to the rest pose', leastMs };
    },
    ended: () => undefined,
  };
}

/** To the rest pose, before the host leaves. */
export function parkErrand(rest: Pose, leastMs: number, ended: (reason: string | null) => void): Errand {
  return { ...homeErrand(rest, leastMs), task: 'park', ended };
}

/** Where an arm of this kind rests unless it was given a pose of its own. */
export function builtInRest(joints: readonly JointFeature[]): Record<string, number> {
  return Object.fromEntries(joints.map((joint) => [joint.name, joint.rest]));
}
