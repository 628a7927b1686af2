import type { HostStatus } from '../shared/portal/host-state.ts';
import type { PortalMetrics } from '../shared/portal/metrics.ts';

/** The one line a robot host shows: state, who drives, what goes in and out. */
export function robotStatusLine(status: HostStatus, driver: string | null, metrics: PortalMetrics, operators: number): string {
  const { state } = status;
  const refused = Object.values(status.refused).reduce((sum, count) => sum + count, 0);
  return [
    `${state.word}${state.reason === '' ? '' : ` (${state.reason})`}`,
    driver === null ? 'nobody drives' : `${driver} drives`,
    `${operators} operator${operators === 1 ? '' : 's'}`,
    `executed ${status.executed} refused ${refused}`,
    `frames ${sum(metrics.transport.frames_sent)} states ${metrics.transport.states_sent}`,
    `obs→action ${milliseconds(metrics.policy.e2e_us_p50)} / ${milliseconds(metrics.policy.e2e_us_p95)}`,
  ].join(' · ');
}

export interface OperatorFigures {
  word: string;
  driver: string | null;
  isMe: boolean;
  observationsPerS: number;
  actionsPerS: number;
  frameAgeMs: number | null;
}

/** The one line a headless operator shows. */
export function operatorStatusLine(figures: OperatorFigures, metrics: PortalMetrics): string {
  return [
    figures.word,
    figures.driver === null ? 'nobody drives' : figures.isMe ? 'driving' : `${figures.driver} drives`,
    `observations ${figures.observationsPerS.toFixed(1)}/s`,
    `actions ${figures.actionsPerS.toFixed(1)}/s`,
    `frame age ${figures.frameAgeMs === null ? '–' : `${figures.frameAgeMs.toFixed(0)} ms`}`,
    `rtt ${milliseconds(metrics.rtt.rtt_us_last)}`,
  ].join(' · ');
}

function milliseconds(us: number | null): string {
  return us === null ? '–' : `${(us / 1000).toFixed(1)} ms`;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
