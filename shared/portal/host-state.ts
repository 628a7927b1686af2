import type { Values } from './types.ts';

/** One word for the robot's state, everywhere: host log, window, metrics. */
export type HostStateWord = 'DISCONNECTED' | 'HOLDING' | 'ALIGNING' | 'ACTIVE' | 'STOPPED';

/** Published by our robot host as attribute `portal_console.host_state`. */
export interface HostState {
  word: HostStateWord;
  /** A short sentence, for instance "no action for 300 ms"; empty for ACTIVE. */
  reason: string;
  /** When the word or reason last changed, µs on the host's clock. */
  sinceUs: number;
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

/** Reply of `portal_console.describe`. */
export interface HostDescription {
  product: 'portal-console';
  version: string;
  joints: JointDescription[];
  cameras: { name: string; width: number; height: number; fps: number }[];
  safety: { holdAfterMs: number; maxAgeMs: number; slewPercentPerS: number };
  claimPolicy: string;
}

/** Reply of `portal_console.status`; counters since the host started. */
export interface HostStatus {
  state: HostState;
  executed: number;
  refused: Record<RefusalReason, number>;
  changed: Record<ChangeReason, number>;
  /** The last goal that was really written, by field name; null before the first. */
  lastExecuted: Values | null;
}
