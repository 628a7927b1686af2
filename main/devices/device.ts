import type { ArmHealth } from '../../shared/portal/arm-health.ts';
import type { PortalError } from '../../shared/portal/errors.ts';
import type { VideoFrame } from '../../shared/portal/types.ts';

/** One joint as its device knows it, before it is opened. */
export interface JointFeature {
  /** Motor name and quantity, for instance `shoulder_pan.pos`. */
  name: string;
  min: number;
  max: number;
  /** `deg` or `%`. */
  unit: string;
  /** Where the joint rests. */
  rest: number;
}

/** A reading of all joints, by feature name, and when it was taken (µs since the epoch on this machine). */
export interface JointReading {
  positions: Record<string, number>;
  timestampUs: number;
  /** What is wrong with an arm that could be read all the same, an overload for instance: it must be held. */
  fault?: PortalError | null;
}

/** What a person should know of an arm that is used all the same, as a sentence. */
export type ArmWarning = (sentence: string) => void;

/** PORT: an arm that a person moves and that is only read. */
export interface LeaderArm {
  readonly features: readonly JointFeature[];
  /** What its motors measured in one of the last readings; null or absent = they were not asked, or there are none. */
  readonly health?: ArmHealth | null;
  open(): Promise<void>;
  read(): Promise<JointReading>;
  close(): Promise<void>;
}

/** PORT: a leader arm whose own motors can move it, for as long as it takes to bring it to a pose. */
export interface MotorisedLeader extends LeaderArm {
  /** Torque on where it stands, at the first call; then towards the pose, which has to come in small steps. Rejects as a bus does. */
  drive(pose: Readonly<Record<string, number>>): Promise<void>;
  /** Torque off on every motor that can be reached. Never rejects. */
  letGo(): Promise<void>;
}

/** PORT: a leader that is moved by program: sliders, keys, or the follower's pose. */
export interface PuppetLeader extends LeaderArm {
  /** Moves one joint, clamped to its range; returns where it is. Throws UNKNOWN_FIELD or VALUE_INVALID. */
  moveJoint(name: string, value: number): number;
  /** Takes over a pose; joints it does not have, and values that are no numbers, change nothing. */
  mirror(pose: Readonly<Record<string, number>>): void;
}

/** What keys or a gamepad ask for: a share of the speed by joint, −1 to 1. */
export interface JogInput {
  velocities: Readonly<Record<string, number>>;
  isFast: boolean;
}

/** PORT: a leader that moves with speeds that are asked for all the time. */
export interface JogArm extends PuppetLeader {
  jog(input: JogInput): void;
}

/** PORT: a leader that moves by itself, from the pose it is started at. */
export interface ScriptedArm extends LeaderArm {
  /** Joints that are not in `pose` begin at rest. */
  startFrom(pose: Readonly<Record<string, number>>): void;
}

/** How far a joint goes, in its unit. */
export interface JointRange {
  min: number;
  max: number;
}

export interface CalibrationStep {
  /** Whole: every joint. */
  pose: Readonly<Record<string, number>>;
  /** For people, for instance "calibrating gripper, 6 of 6". */
  doing: string;
}

/** PORT: how an arm finds out the ranges of its joints. It only asks for poses: what moves the arm there keeps its limits, its ramps and STOP. */
export interface Calibration {
  /** The next pose; null = done. `present`: where the joints came to rest at the last one. */
  next(present: Readonly<Record<string, number>>): CalibrationStep | null;
  /** What was found so far, by joint. */
  readonly ranges: Readonly<Record<string, JointRange>>;
}

/** PORT: an arm that is driven. */
export interface FollowerArm {
  readonly features: readonly JointFeature[];
  /** As of a leader arm. */
  readonly health?: ArmHealth | null;
  open(): Promise<void>;
  read(): Promise<JointReading>;
  /** Returns the goals that were really applied, after the device's own limits. */
  write(goals: Readonly<Record<string, number>>): Promise<Record<string, number>>;
  /** A new calibration, ending at rest. */
  calibration(): Calibration;
  /** Takes hold again, where they are, of joints that let go by themselves: such an arm reads with a fault until then. */
  rearm(): Promise<void>;
  /** Lets go of every joint it can reach, so the arm sinks. Rejects when some could not be let go. */
  release(): Promise<void>;
  /** Torque stays as it is: servos hold their last goal. */
  close(): Promise<void>;
}

/** PORT: a camera. Frames carry capture time, not arrival time; even sizes. */
export interface Camera {
  readonly name: string;
  /** 0 until the first picture where only that one tells. */
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /**
   * Calls `onFrame` for each picture until closed; `data` is owned by the receiver. Resolves once there is a picture, rejects
   * with CAMERA_MISSING or CAMERA_FAILED when none comes. After that a camera that fails says so once by `onTrouble`, and once
   * more when what gives its pictures cannot be ended; it comes back by itself, and says so with null.
   */
  open(onFrame: (frame: VideoFrame) => void, onTrouble?: (error: PortalError | null) => void): Promise<void>;
  /** Within some seconds. Rejects with CAMERA_FAILED when what gives its pictures cannot be ended and is left behind. */
  close(): Promise<void>;
}
