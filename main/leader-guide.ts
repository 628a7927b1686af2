import { toPortalError } from '../shared/portal/errors.ts';
import type { LeaderArm, MotorisedLeader } from './devices/device.ts';
import { furthestJoint, type Pose } from './motion.ts';
import { Ramp } from './ramp.ts';

/** Slow enough for a hand that rests on the arm. */
const LEAST_MS = 2000;
const SLEW_PERCENT_PER_S = 30;
/** Beyond the ramp's end: a small servo under a hand's weight lags. */
const PATIENCE_US = 1_500_000;
const ARRIVED_UNITS = 4;
/** A pause counts as no more than this, so that the ramp goes on where it was: the robot is not heard for a moment, or the machine is busy. */
const LONGEST_STEP_US = 50_000;

function isMotorised(arm: LeaderArm): arm is MotorisedLeader {
  return 'drive' in arm && 'letGo' in arm;
}

/** Brings a leader to a pose by its own motors, gently, and lets go of it whatever comes of it. */
export class LeaderGuide {
  readonly #arm: MotorisedLeader;
  readonly #ramp: Ramp;
  readonly #end: Pose;
  readonly #startUs: number;
  /** Time of the ramp, and of the last step. */
  #rampUs: number;
  #steppedUs: number;
  #isOver = false;

  constructor(arm: MotorisedLeader, from: Pose, end: Pose, nowUs: number) {
    this.#arm = arm;
    this.#end = end;
    this.#startUs = nowUs;
    this.#rampUs = nowUs;
    this.#steppedUs = nowUs;
    this.#ramp = new Ramp(arm.features, from, end, { nowUs, leastMs: LEAST_MS, slewPercentPerS: SLEW_PERCENT_PER_S });
  }

  /** One step, after a reading. `stuck`: it did not come to the pose in time. Both ends have let go. Rejects as the bus does. */
  async step(present: Pose, nowUs: number): Promise<'moving' | 'arrived' | 'stuck'> {
    if (this.#isOver) return 'arrived';
    this.#rampUs += Math.min(Math.max(0, nowUs - this.#steppedUs), LONGEST_STEP_US);
    this.#steppedUs = nowUs;
    const isRampOver = this.#ramp.isOver(this.#rampUs);
    if (isRampOver && furthestJoint(this.#arm.features, present, this.#end).distance <= ARRIVED_UNITS) {
      await this.end();
      return 'arrived';
    }
    if (isRampOver && this.#rampUs - this.#startUs > this.#ramp.durationUs + PATIENCE_US) {
      await this.end();
      return 'stuck';
    }
    await this.#arm.drive(this.#ramp.at(this.#rampUs, this.#end));
    return 'moving';
  }

  /** Never rejects. */
  async end(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    await this.#arm.letGo();
  }
}

export interface GuideDeskPorts {
  /** The leader that is open now. */
  arm: () => LeaderArm | null;
  robotPose: () => Pose | null;
  onStuck: () => void;
  onFailure: (message: string) => void;
}

/** One guiding at a time, and one after each time that the person asks. */
export class GuideDesk {
  readonly #ports: GuideDeskPorts;
  #guide: LeaderGuide | null = null;
  #isDone = false;

  constructor(ports: GuideDeskPorts) {
    this.#ports = ports;
  }

  /** There is an arm to be guided, and it was not yet. */
  get isWanted(): boolean {
    const arm = this.#ports.arm();
    return !this.#isDone && arm !== null && isMotorised(arm);
  }

  /** The person asked anew. */
  reset(): void {
    this.#isDone = false;
  }

  /** After a reading, while the leader is to be guided. Never rejects. */
  async step(present: Pose, nowUs: number): Promise<void> {
    const arm = this.#ports.arm();
    const robot = this.#ports.robotPose();
    if (arm === null || !isMotorised(arm) || robot === null) return;
    const guide = (this.#guide ??= new LeaderGuide(arm, present, robot, nowUs));
    try {
      const step = await guide.step(present, nowUs);
      if (step === 'moving' || this.#guide !== guide) return;
      this.#guide = null;
      this.#isDone = true;
      if (step === 'stuck') this.#ports.onStuck();
    } catch (thrown) {
      this.#ports.onFailure(toPortalError(thrown, 'DEVICE_FAILED').message);
      await this.end();
    }
  }

  /** Lets go of the leader when it is being guided. Never rejects. */
  async end(): Promise<void> {
    const guide = this.#guide;
    this.#guide = null;
    await guide?.end();
  }
}
