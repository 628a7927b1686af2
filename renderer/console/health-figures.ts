import type { Health } from '../../shared/console-state.ts';
import type { PortalMetrics } from '../../shared/portal/metrics.ts';
import { formatMs, formatNumber } from './format.ts';

export type Level = 'plain' | 'warn' | 'bad';

export interface Figure {
  id: string;
  label: string;
  value: string;
  unit: string;
  level: Level;
  /** What is measured, for whoever points at it. */
  title: string;
}

/** Above `warn` amber, above `bad` crimson. */
function above(value: number | null, warn: number, bad: number): Level {
  if (value === null) return 'plain';
  return value > bad ? 'bad' : value > warn ? 'warn' : 'plain';
}

function ms(id: string, label: string, value: number | null, limits: [number, number], title: string): Figure {
  return { id, label, value: formatMs(value), unit: value === null ? '' : 'ms', level: above(value, ...limits), title };
}

export interface FigureContext {
  /** What the robot's cameras promise; null = not known. */
  fps: number | null;
  /** States without a frame among those of the last seconds, 0 to 1; null = too few to tell. */
  droppedShare: number | null;
}

/** The eight figures of the health panel. */
export function healthFigures(health: Health, metrics: PortalMetrics | null, { fps, droppedShare }: FigureContext): Figure[] {
  const { observationsPerS } = health;
  const few = fps !== null && observationsPerS < 0.5 * fps ? 'bad' : fps !== null && observationsPerS < 0.85 * fps ? 'warn' : 'plain';
  const p95Us = metrics?.sync.match_delta_us_p95 ?? null;
  const jitterUs = metrics === null ? null : worst(metrics.transport.frame_jitter_us);
  return [
    { id: 'obs-rate', label: 'observations', value: formatNumber(observationsPerS), unit: '/s', level: few, title: 'Frames and state that were matched, a second' },
    ms('match-p95', 'match Δ p95', p95Us === null ? null : p95Us / 1000, [20, 50], 'Time between a frame and the state it was matched with'),
    ms('screen-p95', 'capture→screen', health.captureToScreenP95Ms, [80, 200], 'From the camera to this screen, 95 of 100 frames'),
    ms('rtt', 'round trip', health.rttMs, [80, 200], 'To the robot and back'),
    ms('action-p50', 'obs→action p50', health.observationToActionP50Ms, [150, 400], 'From an observation to the action of whoever drives, median'),
    ms('action-p95', 'obs→action p95', health.observationToActionP95Ms, [250, 600], 'From an observation to the action of whoever drives, 95 of 100'),
    ms('jitter', 'frame jitter', jitterUs === null ? null : jitterUs / 1000, [15, 40], 'How unevenly frames arrive, worst camera'),
    { id: 'dropped', label: 'unmatched', value: formatNumber(droppedShare === null ? null : droppedShare * 100), unit: droppedShare === null ? '' : '%', level: above(droppedShare, 0.1, 0.5), title: 'States of the last 10 s for which no frame came in time' },
  ];
}

function worst(byTrack: Record<string, number>): number | null {
  const values = Object.values(byTrack);
  return values.length === 0 ? null : Math.max(...values);
}

