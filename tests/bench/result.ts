/** Figure name to value; null = this side has no such figure. */
export type Figures = Readonly<Record<string, number | null>>;

/** What one row found, as it is written to the JSON file. */
export interface BenchResult {
  row: string;
  /** Of every figure except `samples`, `refused` and `overruns` (counts), `observed` and `answered` (percent), `cpu` (CPU s/s) and `seconds`. */
  unit: string;
  ours: Figures;
  peer: Figures;
  /** ours / peer, null where a side has no such figure. */
  ratio: Figures;
  /** What a reader must know to judge the figures. */
  note?: string;
  /** Why the row, or one side of it, has no figures. */
  error?: string;
}

/** What a row's measurement hands back; the frame adds name, unit and ratio. */
export interface Measured {
  ours: Figures;
  peer: Figures;
  note?: string;
  /** Why one side has no figures. */
  error?: string;
}

/** Counts say how the figures came about: they have no ratio. */
const WITHOUT_RATIO: ReadonlySet<string> = new Set(['samples', 'refused', 'overruns']);
const ALWAYS = ['p50', 'p95', 'p99'] as const;

/** Completes both sides with p50, p95 and p99 (null where absent) and adds the ratios. */
export function toResult(row: string, unit: string, measured: Measured): BenchResult {
  const ours = complete(measured.ours);
  const peer = complete(measured.peer);
  const names = new Set([...Object.keys(ours), ...Object.keys(peer)]);
  const ratio: Record<string, number | null> = {};
  for (const name of names) if (!WITHOUT_RATIO.has(name)) ratio[name] = ratioOf(ours[name], peer[name]);
  const { note, error } = measured;
  return { row, unit, ours, peer, ratio, ...(note === undefined ? {} : { note }), ...(error === undefined ? {} : { error }) };
}

export function failedResult(row: string, unit: string, error: string): BenchResult {
  return { ...toResult(row, unit, { ours: {}, peer: {} }), error };
}

function complete(figures: Figures): Figures {
  return { ...Object.fromEntries(ALWAYS.map((name) => [name, null])), ...figures };
}

function ratioOf(ours: number | null | undefined, peer: number | null | undefined): number | null {
  if (ours === null || ours === undefined || peer === null || peer === undefined || peer === 0) return null;
  return round(ours / peer, 3);
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
