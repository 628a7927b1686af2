import { describe, expect, it } from 'vitest';
import { percentile, percentiles } from '../../bench/percentiles.ts';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

describe('percentiles', () => {
  it('takes the nearest rank, whatever the order of the samples', () => {
    expect(percentiles(upTo(100).reverse())).toEqual({ p50: 50, p95: 95, p99: 99, samples: 100 });
    expect(percentile([3, 1, 2], 0.5)).toBe(2);
    expect(percentile([7], 0.99)).toBe(7);
  });

  it('leaves the samples as they were', () => {
    const samples = [3, 1, 2];
    percentiles(samples);
    expect(samples).toEqual([3, 1, 2]);
  });

  it('gives no percentile that the number of samples cannot carry', () => {
    expect(percentiles(upTo(20))).toEqual({ p50: 10, p95: 19, p99: null, samples: 20 });
    expect(percentiles(upTo(5))).toEqual({ p50: 3, p95: null, p99: null, samples: 5 });
    expect(percentiles([])).toEqual({ p50: null, p95: null, p99: null, samples: 0 });
  });
});
