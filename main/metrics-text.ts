import { Counter, Gauge, Registry } from 'prom-client';
import type { ArmHealth, MotorHealth } from '../shared/portal/arm-health.ts';
import { HOST_STATE_WORDS, type HostStateWord } from '../shared/portal/host-state.ts';
import type { PortalMetrics } from '../shared/portal/metrics.ts';

/** What a headless role exposes; `executed` and `refused` null where it is not the robot. */
export interface StationFigures {
  role: 'robot-host' | 'operator';
  state: HostStateWord;
  metrics: PortalMetrics;
  executed: number | null;
  /** By reason. */
  refused: Readonly<Record<string, number>> | null;
  /** By tag. */
  warnings: Readonly<Record<string, number>>;
  /** Follower or leader on a bus. */
  arm: ArmHealth | null;
}

/** Figures that only rise; the others are gauges. `last_blocker_track` is a text and stands as a label. */
const COUNTERS: ReadonlySet<string> = new Set([
  'observations_emitted', 'stale_observations_emitted', 'states_dropped', 'frames_omitted', 'frames_sent', 'frames_received', 'frames_dropped_publisher_full', 'bytes_sent',
  'bytes_received', 'states_sent', 'states_received', 'actions_sent', 'actions_received', 'action_chunks_sent', 'action_chunks_received', 'evictions', 'pings_sent',
  'pongs_received', 'correlated_received',
]);

/**
 * The figures in Prometheus' text format: `portal_<section>_<livekit-portal's own name>`, counters with `_total`, tracks as a
 * label. A figure without a sample yet is left out, for Prometheus knows no null.
 */
export async function metricsText(figures: StationFigures, process: { cpuS: number; rssBytes: number }): Promise<{ contentType: string; text: string }> {
  const registry = new Registry();
  for (const [section, part] of Object.entries(figures.metrics)) {
    for (const [name, value] of Object.entries(part as PortalMetrics[keyof PortalMetrics])) {
      const full = `portal_${section}_${name}${COUNTERS.has(name) ? '_total' : ''}`;
      const figure = name === 'last_blocker_track' && value !== null ? { [String(value)]: 1 } : (value as number | null | Record<string, number>);
      expose(registry, full, `${name.replaceAll('_', ' ')} (${section})`, figure);
    }
  }
  expose(registry, 'portal_host_state', 'The one state that is 1', Object.fromEntries(HOST_STATE_WORDS.map((word) => [word, word === figures.state ? 1 : 0])), 'state');
  if (figures.executed !== null) expose(registry, 'portal_executed_total', 'Actions executed', figures.executed);
  if (figures.refused !== null) expose(registry, 'portal_refused_total', 'Actions refused, by reason', figures.refused, 'reason');
  expose(registry, 'portal_warnings_total', 'Warnings, by tag', figures.warnings, 'tag');
  if (figures.arm !== null) exposeArm(registry, figures.arm);
  expose(registry, 'portal_role', 'What this process is', { [figures.role]: 1 }, 'role');
  expose(registry, 'process_cpu_seconds_total', 'CPU time of this process, user and system', process.cpuS);
  expose(registry, 'process_resident_memory_bytes', 'Resident memory of this process', process.rssBytes);
  return { contentType: registry.contentType, text: await registry.metrics() };
}

function exposeArm(registry: Registry, { motors, line, ageMs }: ArmHealth): void {
  const gauge = (name: string, help: string, of: (motor: MotorHealth) => number): void =>
    expose(registry, `portal_motor_${name}`, help, Object.fromEntries(motors.map((motor) => [motor.motor, of(motor)])), 'motor');
  gauge('celsius', 'Temperature of a servo', ({ celsius }) => celsius);
  gauge('volts', 'Supply as a servo measures it', ({ volts }) => volts);
  gauge('load_percent', 'Share of full force, mean of a second, signed', ({ loadPercent }) => loadPercent);
  gauge('milliamps', 'Current of a servo', ({ milliamps }) => milliamps);
  gauge('faults', 'Error bits that are set', ({ faults }) => faults.length);
  expose(registry, 'portal_bus_exchanges_total', 'Exchanges on the servo bus, by what came of them', { all: line.transactions, repeated: line.retries, unanswered: line.timeouts, damaged: line.corrupt }, 'outcome');
  expose(registry, 'portal_motor_age_seconds', 'How old the figures of the motors are', ageMs / 1000);
}

/** One number, or one for each value of `label`. */
function expose(registry: Registry, name: string, help: string, value: number | null | Readonly<Record<string, number>>, label = 'track'): void {
  if (value === null) return;
  const samples = typeof value === 'number' ? [[{}, value] as const] : Object.entries(value).map(([key, one]) => [{ [label]: key }, one] as const);
  const options = { name, help, registers: [registry], labelNames: typeof value === 'number' ? [] : [label] };
  const isCounter = name.endsWith('_total');
  const counter = isCounter ? new Counter(options) : null;
  const gauge = isCounter ? null : new Gauge(options);
  for (const [labels, number] of samples) {
    counter?.inc(labels, number);
    gauge?.set(labels, number);
  }
}
