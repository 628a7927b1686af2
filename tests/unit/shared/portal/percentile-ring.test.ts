import { describe, expect, it } from 'vitest';
import { PercentileRing } from '../../../../shared/portal/percentile-ring.ts';

function ring(capacity: number, ...samples: number[]): PercentileRing {
  const filled = new PercentileRing(capacity);
  for (const sample of samples) filled.push(sample);
  return filled;
}

describe('a percentile ring', () => {
  it('has nothing to say before the first sample', () => {
    expect([ring(4).percentile(0.5), ring(4).mean(), ring(4).size]).toEqual([null, null, 0]);
  });

  it('gives percentile and mean of what it holds', () => {
    const filled = ring(4, 40, 10, 30, 20);
    expect([filled.mean(), filled.percentile(0), filled.percentile(1)]).toEqual([25, 10, 40]);
  });

  it('forgets the oldest sample when it is full', () => {
    const filled = ring(4, 10, 20, 30, 40, 100);
    expect([filled.size, filled.mean(), filled.percentile(0), filled.percentile(1)]).toEqual([4, 47.5, 20, 100]);
  });

  it('gives only values that were measured, at rank round(share × (n − 1))', () => {
    const filled = ring(256, ...Array.from({ length: 100 }, (_, index) => 1000 - index * 10));
    expect(filled.percentiles(0.5, 0.95, 0.99)).toEqual([510, 950, 990]);
    expect(ring(8, 7).percentiles(0, 0.5, 1)).toEqual([7, 7, 7]);
    expect(ring(8, 1, 2).percentile(0.5)).toBe(2);
  });

  it('sorts numbers as numbers', () => {
    expect(ring(8, 9, 10, 100, 1e9).percentile(1)).toBe(1e9);
    expect(ring(8, 9, 10, 100, 1e9).percentile(0)).toBe(9);
  });

  it('is empty after clear', () => {
    const filled = ring(2, 1, 2, 3);
    filled.clear();
    filled.push(9);
    expect([filled.size, filled.mean(), filled.percentile(0.5)]).toEqual([1, 9, 9]);
  });
});
