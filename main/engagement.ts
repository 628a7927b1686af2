import type { LeaderEngagement } from '../shared/console-state.ts';
import type { EngageMode } from '../shared/leader-choice.ts';
import type { JointFeature } from './devices/device.ts';
import { furthestJoint, type Pose } from './motion.ts';

/** How long a leader is held still before it drives: reaching for a key makes a person drop the arm. */
export const STILL_MS = 2000;
/** A hand that holds still moves this much, in the joint's unit. */
const STILL_UNITS = 2;

export interface EngagementInput {
  /** This console has control. */
  isDriving: boolean;
  /** The leader's pose from a fresh reading; null = it is not read freshly. */
  leader: Pose | null;
  /** Where the robot is; null = it is not heard. */
  robot: Pose | null;
  /** The deadman key is held, or none is asked for. */
  isHeld: boolean;
  /** The leader's own motors bring it to the robot's pose first. */
  isGuided: boolean;
  /** Why the leader is not read, where it is not. */
  absence: string;
}

/**
 * Decides whether a leader's readings go to the robot. Control alone is not enough: the leader has to be read, held where one
 * is asked to, and brought to the robot's pose; after a loss only the person engages it again. Pure: time comes in.
 */
export class Engagement {
  readonly #joints: readonly JointFeature[];
  readonly #mode: EngageMode;
  readonly #tolerance: number;
  /** The person asked for it, with taking control or afterwards. */
  #isWanted = false;
  #isDriving = false;
  #isEngaged = false;
  #reason = '';
  #anchor: Pose = {};
  #stillSinceUs: number | null = null;
  #state: LeaderEngagement = { phase: 'idle', reason: '', stillMs: 0 };

  /** `tolerance`: how far leader and robot may be apart on any joint, in its unit. */
  constructor(joints: readonly JointFeature[], mode: EngageMode, tolerance: number) {
    this.#joints = joints;
    this.#mode = mode;
    this.#tolerance = tolerance;
  }

  get state(): LeaderEngagement {
    return this.#state;
  }

  /** The person wants the leader to drive. */
  ask(): void {
    this.#isWanted = true;
    this.#stillSinceUs = null;
  }

  /** The leader must not go on by itself: `reason` says why, until the person asks again. */
  lose(reason: string): void {
    if (!this.#isDriving) return;
    this.#isWanted = false;
    this.#isEngaged = false;
    this.#reason = reason;
    this.#set('lost', reason);
  }

  /** One turn of the leader's loop, or a look without a reading. True = this reading may be sent. */
  update(input: EngagementInput, nowUs: number): boolean {
    if (input.isDriving !== this.#isDriving) this.#changed(input.isDriving);
    if (!input.isDriving) return false;
    if (input.leader === null) {
      // Also when it was never there: one that is plugged in later must not drive because somebody once took control.
      if (this.#isWanted) this.lose(input.absence);
      return false;
    }
    if (!this.#isWanted) {
      this.#set('lost', this.#reason);
      return false;
    }
    if (!input.isHeld) return this.#wait('released', 'hold the deadman key to drive');
    if (this.#isEngaged || this.#mode === 'ramp') return this.#engage();
    if (input.isGuided) return this.#wait('guiding', 'its motors bring the leader to the robot’s pose');
    return this.#align(input.leader, input.robot, nowUs);
  }

  #align(leader: Pose, robot: Pose | null, nowUs: number): boolean {
    if (robot === null) return this.#wait('apart', 'the robot is not heard');
    const far = furthestJoint(this.#joints, leader, robot);
    if (far.distance > this.#tolerance) return this.#wait('apart', `${far.name} is ${far.distance.toFixed(0)} away`);
    if (this.#stillSinceUs === null || furthestJoint(this.#joints, leader, this.#anchor).distance > STILL_UNITS) {
      this.#anchor = leader;
      this.#stillSinceUs = nowUs;
    }
    const stillMs = (nowUs - this.#stillSinceUs) / 1000;
    if (stillMs >= STILL_MS) return this.#engage();
    this.#set('still', 'hold the leader still', stillMs);
    return false;
  }

  #engage(): true {
    this.#isEngaged = true;
    this.#set('engaged', '');
    return true;
  }

  #wait(phase: LeaderEngagement['phase'], reason: string): false {
    this.#isEngaged = false;
    this.#stillSinceUs = null;
    this.#set(phase, reason);
    return false;
  }

  /** Taking control asks for the leader as well. */
  #changed(isDriving: boolean): void {
    this.#isDriving = isDriving;
    this.#isWanted = isDriving;
    this.#isEngaged = false;
    this.#reason = '';
    this.#stillSinceUs = null;
    this.#set('idle', '');
  }

  #set(phase: LeaderEngagement['phase'], reason: string, stillMs = 0): void {
    const before = this.#state;
    if (before.phase !== phase || before.reason !== reason || before.stillMs !== stillMs) this.#state = { phase, reason, stillMs };
  }
}
