/** One look at one process. `memoryMb` is proportional (Pss) over its process tree; null = the process does not tell. */
export interface Sample {
  atS: number;
  memoryMb: number;
  loopMs: number | null;
  /** What it has done so far: states sent by the robot host, observations seen by an operator. */
  work: number | null;
}

/** A process's first part, after warming up, beside its last; medians, so that one busy second decides nothing. */
export interface Compared {
  name: string;
  memoryMb: readonly [first: number, last: number];
  /** Least-squares slope over everything after warming up. */
  memoryMbPerMin: number;
  loopMs: readonly [first: number, last: number] | null;
  workPerS: readonly [first: number, last: number] | null;
  problems: readonly string[];
}

/** Share of the run that is not judged: caches fill, the encoder finds its bit rate, code is compiled. */
const WARM_UP = 0.25;
/** What a process may gain between the parts, whatever the length: allocators round up, and reconnects leave pages behind. */
const GROWTH_MB = 40;
const GROWTH_SHARE = 0.2;
const LOOP_FACTOR = 2;
const LOOP_SLACK_MS = 20;
const WORK_LOST = 0.2;

/** Throws when there are too few samples to compare. Without `judgesPace` it only has to work, and rates and the loop are shown and not judged. */
export function compare(name: string, samples: readonly Sample[], { judgesPace } = { judgesPace: true }): Compared {
  const endS = samples.at(-1)?.atS ?? 0;
  const judged = samples.filter(({ atS }) => atS >= endS * WARM_UP);
  const third = Math.floor(judged.length / 3);
  if (third < 2) throw new Error(`${name}: ${samples.length} samples are too few to compare`);
  const parts = [judged.slice(0, third), judged.slice(-third)] as const;
  const each = <Value>(read: (part: readonly Sample[]) => Value): [Value, Value] => [read(parts[0]), read(parts[1])];
  const memoryMb = each((part) => median(part.map((sample) => sample.memoryMb)));
  const loopMs = samples.some((sample) => sample.loopMs !== null) ? each((part) => median(part.flatMap((sample) => sample.loopMs ?? []))) : null;
  const workPerS = samples.some((sample) => sample.work !== null) ? each(rate) : null;
  const problems: string[] = [];
  const allowedMb = Math.max(GROWTH_MB, memoryMb[0] * GROWTH_SHARE);
  if (memoryMb[1] - memoryMb[0] > allowedMb) problems.push(`memory grew by ${(memoryMb[1] - memoryMb[0]).toFixed(1)} MB, at most ${allowedMb.toFixed(0)}`);
  if (judgesPace && loopMs !== null && loopMs[1] > Math.max(loopMs[0] * LOOP_FACTOR, loopMs[0] + LOOP_SLACK_MS)) problems.push(`event loop p99 went from ${loopMs[0].toFixed(1)} to ${loopMs[1].toFixed(1)} ms`);
  if (judgesPace && workPerS !== null && workPerS[1] < workPerS[0] * (1 - WORK_LOST)) problems.push(`its rate fell from ${workPerS[0].toFixed(1)} to ${workPerS[1].toFixed(1)} a second`);
  if (!each(hasWorked).every(Boolean) && workPerS !== null) problems.push('it did nothing');
  return { name, memoryMb, memoryMbPerMin: 60 * slope(judged), loopMs, workPerS, problems };
}

/** The table as text, a line a process. */
export function describeComparison(rows: readonly Compared[]): string {
  const pair = (values: readonly [number, number] | null): string => (values === null ? '–' : `${values[0].toFixed(1)} → ${values[1].toFixed(1)}`);
  const lines = rows.map((row) => [row.name, pair(row.memoryMb), row.memoryMbPerMin.toFixed(2), pair(row.loopMs), pair(row.workPerS), row.problems.join('; ') || 'ok']);
  const table = [['process', 'memory MB', 'MB/min', 'loop p99 ms', 'work/s', 'verdict'], ...lines];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0))) ?? [];
  return table.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()).join('\n');
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

function hasWorked(part: readonly Sample[]): boolean {
  return new Set(part.flatMap(({ work }) => work ?? [])).size > 1;
}

/** Median of the steps, so that a process that was restarted in between, and counts anew, is not taken for a slow one. */
function rate(part: readonly Sample[]): number {
  const told = part.filter((sample) => sample.work !== null);
  const steps = told.slice(1).map((sample, index) => ((sample.work ?? 0) - (told[index]?.work ?? 0)) / (sample.atS - (told[index]?.atS ?? 0)));
  return median(steps.filter((step) => step >= 0));
}

function slope(samples: readonly Sample[]): number {
  const mean = (read: (sample: Sample) => number): number => samples.reduce((sum, sample) => sum + read(sample), 0) / samples.length;
  const [atS, mb] = [mean((sample) => sample.atS), mean((sample) => sample.memoryMb)];
  const spread = samples.reduce((sum, sample) => sum + (sample.atS - atS) ** 2, 0);
  return spread === 0 ? 0 : samples.reduce((sum, sample) => sum + (sample.atS - atS) * (sample.memoryMb - mb), 0) / spread;
}
