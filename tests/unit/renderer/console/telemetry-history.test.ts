import { describe, expect, it } from 'vitest';
import { TelemetryHistory } from '../../../../renderer/console/telemetry-history.ts';

function sample(second: number, value = second) {
  return { timestampUs: second * 1_000_000, state: { pan: value }, command: second % 2 === 0 ? { pan: value + 1 } : {} };
}

describe('TelemetryHistory', () => {
  it('gives one joint as three columns, with holes where there was no command', () => {
    const history = new TelemetryHistory(20);
    for (const second of [1, 2, 3]) history.add(sample(second));
    expect(history.series('pan')).toEqual([[1, 2, 3], [1, 2, 3], [null, 3, null]]);
    expect(history.series('unknown')[1]).toEqual([null, null, null]);
  });

  it('keeps the last seconds only', () => {
    const history = new TelemetryHistory(5);
    for (let second = 1; second <= 500; second += 1) history.add(sample(second));
    expect(history.series('pan')[0]).toEqual([495, 496, 497, 498, 499, 500]);
  });

  it('is bounded, however fast samples come', () => {
    const history = new TelemetryHistory(20);
    for (let index = 0; index < 5000; index += 1) history.add({ timestampUs: 1_000_000 + index, state: { pan: index }, command: {} });
    expect(history.series('pan')[0].length).toBeLessThanOrEqual(1024);
    expect(history.series('pan')[1].at(-1)).toBe(4999);
  });

  it('draws nothing over a silence', () => {
    const history = new TelemetryHistory(20);
    history.add(sample(1));
    history.add(sample(4));
    expect(history.series('pan')[1]).toEqual([1, null, 4]);
  });

  it('replaces a sample that is told again, and starts anew when the clock went back', () => {
    const history = new TelemetryHistory(20);
    history.add(sample(5, 1));
    history.add(sample(5, 2));
    expect(history.series('pan')[1]).toEqual([2]);
    history.add(sample(3));
    expect(history.series('pan')[0]).toEqual([3]);
  });
});
