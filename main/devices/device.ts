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
}

/** PORT: an arm that a person moves and that is only read. */
export interface LeaderArm {
  readonly features: readonly JointFeature[];
  open(): Promise<void>;
  read(): Promise<JointReading>;
  close(): Promise<void>;
}

/** PORT: a leader that is moved by program: sliders, keys, or the follower's pose. */
export interface PuppetLeader extends LeaderArm {
  /** Moves one joint, clamped to its range; returns where it is. Throws UNKNOWN_FIELD or VALUE_INVALID. */
  moveJoint(name: string, value: number): number;
  /** Takes over a pose; joints it does not have, and values that are no numbers, change nothing. */
  mirror(pose: Readonly<Record<string, number>>): void;
}

/** PORT: a leader that moves by itself, from the pose it is started at. */
export interface ScriptedArm extends LeaderArm {
  /** Joints that are not in `pose` begin at rest. */
  startFrom(pose: Readonly<Record<string, number>>): void;
}

/** PORT: an arm that is driven. */
export interface FollowerArm {
  readonly features: readonly JointFeature[];
  open(): Promise<void>;
  read(): Promise<JointReading>;
  /** Returns the goals that were really applied, after the device's own limits. */
  write(goals: Readonly<Record<string, number>>): Promise<Record<string, number>>;
  /** Torque stays on: servos hold their last goal. */
  close(): Promise<void>;
}

/** PORT: a camera. Frames carry capture time, not arrival time; even sizes. */
export interface Camera {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** Calls `onFrame` for each picture until closed; `data` is owned by the receiver. */
  open(onFrame: (frame: VideoFrame) => void): Promise<void>;
  close(): Promise<void>;
}
