import type { StallBehavior } from './config.ts';

/** What a track contributes to a state it has no matching frame for. */
export type StallResolution =
  /** The state is lost. */
  | 'drop'
  /** Nothing yet: a later frame may still help. */
  | 'wait'
  /** The newest pending frame that is too old to match. */
  | 'older-frame'
  /** The frame of the track's last observation, once more. */
  | 'last-frame'
  /** A place without a frame. */
  | 'omitted';

export interface StallSituation {
  /** The track's newest pending frame is so new that no coming one can match. */
  past: boolean;
  /** Some stream has run ahead of the state by the track's max lag. */
  lagged: boolean;
  /** The newest pending frame that is not newer than the state is too old to match it. */
  hasOlderFrame: boolean;
  /** The track was in an observation before. */
  hasEmitted: boolean;
}

/** The stall rules: what to do about a state without a matching frame. */
export function resolveStall(behavior: StallBehavior, { past, lagged, hasOlderFrame, hasEmitted }: StallSituation): StallResolution {
  if (!past && !lagged) return 'wait';
  if (behavior === 'freeze' && hasOlderFrame) return 'older-frame';
  if (behavior === 'freeze' && hasEmitted) return 'last-frame';
  if (behavior === 'omit' && hasEmitted) return 'omitted';
  // Before its first frame a track has nothing to stand in with, so it may use the time that is left.
  return behavior === 'drop' || past ? 'drop' : 'wait';
}
