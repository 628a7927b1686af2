import { round, type Figures } from './result.ts';

/** Value below or at which `share` (0–1) of the samples lie, nearest rank; null without samples. */
export function percentile(samples: readonly number[], share: number): number | null {
  if (samples.length === 0) return null;
  const sorted = [...samples].sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[rank - 1] ?? null;
}

/** p50, p95, p99 and the number of samples. A percentile that rests on less than one sample above it is null. */
export function percentiles(samples: readonly number[]): Figures {
  const at = (share: number): number | null => {
    const enough = samples.length * (1 - share) >= 0.5 - 1e-9;
    const value = enough ? percentile(samples, share) : null;
    return value === null ? null : round(value, 3);
  };
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), samples: samples.length };
}
