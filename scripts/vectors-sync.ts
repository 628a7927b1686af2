import { STALL_BEHAVIORS, type PortalConfigInput, type StallBehavior, syncWindows, validateConfig } from '../shared/portal/config.ts';
import { describeError, toPortalError } from '../shared/portal/errors.ts';
import { SyncBuffer, type SyncOutput } from '../shared/portal/sync-buffer.ts';

/** One recorded run of an operator's synchronization: each push, and exactly what it made the operator emit. */
interface SyncTrace {
  tracks: string[];
  config: { fps: number; slack: number; tolerance: number; stall: StallBehavior; max_lag_ms: number | null; per_track: Record<string, TrackOverride> };
  steps: SyncStep[];
  final: Record<string, unknown>;
}

interface TrackOverride {
  stall?: StallBehavior | null;
  max_lag_ms?: number | null;
}

interface SyncStep {
  push: ['S', number] | ['F', string, number];
  id: number;
  out: (RecordedObservation | { dropped: number[] })[];
}

interface RecordedObservation {
  /** Id of its state. */
  observation: number;
  timestamp_us: number;
  frames: Record<string, [number | null, string]>;
}

/** More would only repeat the first miss: after one, everything is off. */
const MAX_PROBLEMS = 5;

/** Runs a recorded trace through the sync buffer. What it did otherwise than recorded, in words; empty = passed. */
export function checkSyncTrace(trace: unknown): string[] {
  const malformed = findMalformation(trace);
  if (malformed !== null) return [`is no trace: ${malformed}`];
  const { tracks, config, steps, final } = trace as SyncTrace;
  let buffer: SyncBuffer;
  try {
    buffer = new SyncBuffer(tracks, syncWindows(validateConfig(configOf(tracks, config))));
  } catch (thrown) {
    return [`has a config that is refused: ${describeError(toPortalError(thrown))}`];
  }
  const problems: string[] = [];
  for (const [index, step] of steps.entries()) {
    const got = recorded(tracks, push(buffer, step));
    const want = wanted(tracks, step);
    if (got !== want) problems.push(`step ${index} ${JSON.stringify(step.push)}: expected ${want}, got ${got}`);
    if (problems.length === MAX_PROBLEMS) return problems;
  }
  const figures: Record<string, unknown> = { ...buffer.stats(), ...buffer.fill() };
  for (const [name, value] of Object.entries(final)) {
    if (canonical(figures[name]) !== canonical(value)) problems.push(`final ${name}: expected ${canonical(value)}, got ${canonical(figures[name])}`);
  }
  return problems;
}

function configOf(tracks: readonly string[], config: SyncTrace['config']): PortalConfigInput {
  return {
    session: 'trace',
    fps: config.fps,
    slack: config.slack,
    tolerance: config.tolerance,
    stallBehavior: config.stall,
    maxLagMs: config.max_lag_ms,
    videos: tracks.map((name) => ({ name, stallBehavior: config.per_track[name]?.stall ?? null, maxLagMs: config.per_track[name]?.max_lag_ms ?? null })),
  };
}

/** The step's id travels as the state's only value. */
function push(buffer: SyncBuffer, { push: [kind, ...rest], id }: SyncStep): SyncOutput {
  if (kind === 'S') return buffer.pushState({ values: { id }, timestampUs: rest[0] as number });
  const [track, timestampUs] = rest as [string, number];
  return buffer.pushFrame({ track, width: 0, height: 0, format: 'rgb24', data: new Uint8Array(0), timestampUs });
}

/** What a push emitted, as comparable text; order counts within observations and within drops. */
function recorded(tracks: readonly string[], { observations, drops }: SyncOutput): string {
  return outcome(
    observations.map(({ state, timestampUs, frames }) => [
      state.values['id'],
      timestampUs,
      tracks.map((track) => [frames[track]?.frame?.timestampUs ?? null, frames[track]?.source ?? null]),
    ]),
    drops.map((state) => state.values['id']),
  );
}

function wanted(tracks: readonly string[], { out }: SyncStep): string {
  return outcome(
    out.flatMap((entry) => ('observation' in entry ? [[entry.observation, entry.timestamp_us, tracks.map((track) => entry.frames[track] ?? [null, null])]] : [])),
    out.flatMap((entry) => ('dropped' in entry ? entry.dropped : [])),
  );
}

function outcome(observations: readonly unknown[], dropped: readonly unknown[]): string {
  return JSON.stringify({ observations, dropped });
}

/** JSON with keys in order. */
function canonical(value: unknown): string {
  if (value === undefined) return 'nothing of that name';
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}

/** The first thing that keeps `trace` from being run, or null. */
function findMalformation(trace: unknown): string | null {
  if (!isMap(trace)) return 'it is no object';
  const { tracks, config, steps, final } = trace;
  if (!Array.isArray(tracks) || !tracks.every((track) => typeof track === 'string')) return '`tracks` is no list of names';
  if (!isMap(config) || !isMap(config['per_track'])) return '`config` with `per_track` is missing';
  if (![config, ...Object.values(config['per_track'])].every((part) => isMap(part) && isStall(part['stall']))) return `a stall behaviour is none of ${STALL_BEHAVIORS.join(', ')}`;
  if (!Array.isArray(steps)) return '`steps` is no list';
  const badStep = steps.findIndex((step) => !isStep(step));
  if (badStep >= 0) return `step ${badStep} is no push with an \`id\` and an \`out\``;
  return isMap(final) ? null : '`final` is missing';
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStall(value: unknown): boolean {
  return value === undefined || value === null || STALL_BEHAVIORS.some((word) => word === value);
}

function isStep(step: unknown): boolean {
  if (!isMap(step) || !Array.isArray(step['push']) || typeof step['id'] !== 'number' || !Array.isArray(step['out'])) return false;
  const [kind, ...rest] = step['push'] as unknown[];
  if (kind === 'S' ? typeof rest[0] !== 'number' : kind !== 'F' || typeof rest[0] !== 'string' || typeof rest[1] !== 'number') return false;
  return step['out'].every((entry: unknown) => isMap(entry) && (Array.isArray(entry['dropped']) || (typeof entry['observation'] === 'number' && isMap(entry['frames']))));
}
