import { describe, expect, it } from 'vitest';
import { failedResult, toResult } from '../../bench/result.ts';

describe('a bench result', () => {
  it('has p50, p95 and p99 on both sides and the ratio ours / peer of every figure', () => {
    expect(toResult('state-60', 'ms', { ours: { p50: 2, p95: 4, p99: 9, samples: 10 }, peer: { p50: 4, p95: 4, p99: 3, samples: 12 } })).toEqual({
      row: 'state-60',
      unit: 'ms',
      ours: { p50: 2, p95: 4, p99: 9, samples: 10 },
      peer: { p50: 4, p95: 4, p99: 3, samples: 12 },
      ratio: { p50: 0.5, p95: 1, p99: 3 },
    });
  });

  it('says null where a side has no such figure', () => {
    const result = toResult('screen', 'ms', { ours: { p50: 40, peak: 0 }, peer: { peak: 0 }, note: 'the peer has no window' });
    expect(result.ours).toEqual({ p50: 40, p95: null, p99: null, peak: 0 });
    expect(result.peer).toEqual({ p50: null, p95: null, p99: null, peak: 0 });
    expect(result.ratio).toEqual({ p50: null, p95: null, p99: null, peak: null });
    expect(result.note).toBe('the peer has no window');
  });

  it('keeps its shape when the row failed', () => {
    const none = { p50: null, p95: null, p99: null };
    expect(failedResult('claim', 'ms', 'no robot')).toEqual({ row: 'claim', unit: 'ms', ours: none, peer: none, ratio: none, error: 'no robot' });
  });

  it('survives JSON unchanged', () => {
    const result = toResult('claim', 'ms', { ours: { p50: 1 }, peer: {} , error: 'peer: gone' });
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  });
});
