import type { ArmHealth } from './arm-health.ts';
import type { Values } from './types.ts';

/** One word for the robot's state, everywhere: host log, window, metrics. */
export const HOST_STATE_WORDS = ['DISCONNECTED', 'HOLDING', 'ALIGNING', 'ACTIVE', 'STOPPED'] as const;
export type HostStateWord = (typeof HOST_STATE_WORDS)[number];

/** What a robot host does by itself, without following anybody. */
export const HOST_TASKS = ['home', 'calibrate', 'park'] as const;
export type HostTask = (typeof HOST_TASKS)[number];

/** Published by our robot host as attribute `portal_console.host_state`. */
export interface HostState {
  word: HostStateWord;
  /** A short sentence, for instance "no action for 300 ms"; empty for ACTIVE. */
  reason: string;
  /** When the word or reason last changed, µs on the host's clock. */
  sinceUs: number;
  /** Set while the robot moves by itself; commands wait until it is done. */
  task?: HostTask;
  /** What is wrong with the arm, for as long as it is: an error code of the host's, `TORQUE_LOST` for instance. */
  fault?: string;
}

/** Why an action was not executed as sent, counted. Order = the order of the checks. */
export const REFUSAL_REASONS = ['sender', 'session', 'schema', 'order', 'age', 'non-finite', 'stopped'] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];
/** Executed, but changed on the way. */
export const CHANGE_REASONS = ['limits', 'slew'] as const;
export type ChangeReason = (typeof CHANGE_REASONS)[number];

export interface JointDescription {
  /** Field name in state and action, for instance `shoulder_pan.pos`. */
  name: string;
  min: number;
  max: number;
  /** `deg` or `%`. */
  unit: string;
}

/** What a host keeps to, by its configuration. */
export interface SafetyDescription {
  holdAfterMs: number;
  maxAgeMs: number;
  /** Fastest motion, percent of a joint's range a second. */
  slewPercentPerS: number;
  /** A first command further away than this, in the joint's unit, is approached under a ramp, or refused. */
  alignUnits: number;
  align: 'ramp' | 'refuse';
  /** How far a goal may be from where the joint is, in its unit; null = as far as the range goes. */
  maxRelativeTarget: number | Record<string, number> | null;
  /** What the arm does when its host ends as asked. */
  onExit: 'hold' | 'park' | 'release';
  /** Where the arm's own rest pose is from; null = it has none. */
  rest?: 'configured' | 'captured' | null;
}

/** An RPC method as its host describes it. */
export interface MethodDescription {
  name: string;
  /** One sentence. */
  summary: string;
  /** What the payload is; empty = none. */
  payload: string;
  /** The arm moves: its caller needs control. */
  moves: boolean;
  /** How long its answer may take. */
  timeoutMs: number;
}

/** Reply of `calibrate`. `running` = the caller's time-out came first; ask again with payload `status`. */
export type CalibrationReport =
  | { state: 'never' }
  | { state: 'running'; doing: string }
  | { state: 'done'; ranges: Record<string, { min: number; max: number }>; finishedUs: number }
  | { state: 'ended'; reason: string };

/** Reply of `portal_console.describe`. */
export interface HostDescription {
  product: 'portal-console';
  version: string;
  joints: JointDescription[];
  cameras: { name: string; width: number; height: number; fps: number }[];
  safety: SafetyDescription;
  claimPolicy: string;
  /** What anybody may call besides claims. */
  methods: MethodDescription[];
}

/** How commands fared since the host started. */
export interface HostStatus {
  state: HostState;
  executed: number;
  refused: Record<RefusalReason, number>;
  changed: Record<ChangeReason, number>;
  /** The last goal that was really written, by field name; null before the first. */
  lastExecuted: Values | null;
}

/** Reply of `portal_console.status`. */
export interface HostReport extends HostStatus {
  /** What the follower's motors measure; null = it has none that tell. At most six, about 2 KB. */
  arm: ArmHealth | null;
}
