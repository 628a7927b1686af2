import type { TrackInfo } from '../../shared/console-state.ts';

/** What becomes of observations when a camera stalls, as its portal.yaml says. */
export function stallSentence({ stall, maxLagMs }: Pick<TrackInfo, 'stall' | 'maxLagMs'>): string {
  const after = `${maxLagMs.toFixed(0)} ms without a frame`;
  if (stall === 'freeze') return `freeze: after ${after} the last one stands in, marked stale`;
  if (stall === 'omit') return `omit: after ${after} observations come without one`;
  return `drop: after ${after} states are dropped until it sends again`;
}
