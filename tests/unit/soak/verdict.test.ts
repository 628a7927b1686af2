import { describe, expect, it } from 'vitest';
import { compare, describeComparison, type Sample } from '../../soak/verdict.ts';

const run = (change: (second: number) => Partial<Sample>): Sample[] =>
  Array.from({ length: 120 }, (_, second) => ({ atS: second, memoryMb: 200, loopMs: 2, work: second * 30, ...change(second) }));

describe('the verdict of a soak', () => {
  it('is well with a steady process, and says what it compared', () => {
    const row = compare('host', run(() => ({})));
    expect(row).toEqual({ name: 'host', memoryMb: [200, 200], memoryMbPerMin: 0, loopMs: [2, 2], workPerS: [30, 30], problems: [] });
    expect(describeComparison([row])).toContain('200.0 → 200.0');
  });

  it('forgives growth while warming up, one slow second, and a count that begins anew', () => {
    const row = compare('host', run((second) => ({ memoryMb: second < 25 ? 100 : 200, loopMs: second === 100 ? 500 : 2, work: (second % 40) * 30 })));
    expect(row.problems).toEqual([]);
  });

  it('names a leak with its slope, a loop that slows down and work that dwindles', () => {
    const row = compare('host', run((second) => ({ memoryMb: 200 + 2 * second, loopMs: second < 60 ? 2 : 60, work: second < 60 ? second * 30 : 1800 + (second - 60) * 10 })));
    expect(row.memoryMbPerMin).toBeCloseTo(120);
    expect(row.problems).toHaveLength(3);
  });

  it('shows a pace that falls in a short run without judging it, and still names a leak and one that stops', () => {
    const slower = run((second) => ({ loopMs: second < 60 ? 2 : 60, work: second < 60 ? second * 30 : 1800 + (second - 60) * 10 }));
    expect(compare('host', slower, { judgesPace: false })).toMatchObject({ loopMs: [2, 60], workPerS: [30, 10], problems: [] });
    const stopped = run((second) => ({ memoryMb: 200 + 2 * second, work: Math.min(second, 60) * 30 }));
    expect(compare('host', stopped, { judgesPace: false }).problems).toEqual([expect.stringContaining('memory'), 'it did nothing']);
  });

  it('refuses to judge a handful of samples', () => {
    expect(() => compare('host', run(() => ({})).slice(0, 5))).toThrow('too few');
  });
});
