import { expect, it } from 'vitest';
import { toResult } from '../../bench/result.ts';
import { ALL_ROWS } from '../../bench/rows/all-rows.ts';
import { shortfalls } from '../../bench/shortfalls.ts';

const claim = (ours: number) => toResult('claim', 'ms', { ours: { p50: ours }, peer: { p50: 5 } });
const overload = (p95: number | null) => toResult('mjpeg-480p30-overload', 'ms', { ours: { p95 }, peer: {} });

it('says of each figure that misses its aim how far, and why', () => {
  expect(shortfalls([claim(6)])).toEqual([expect.stringMatching(/^claim p50 is 1\.20× the peer's, aimed at 1\.00× the peer's: /u)]);
  expect(shortfalls([overload(170)])).toEqual([expect.stringMatching(/^mjpeg-480p30-overload p95 is 170 ms, aimed at 150 ms: /u)]);
});

it('says nothing of what reached its aim, was not measured, or has no aim', () => {
  expect(shortfalls([claim(5), overload(149), overload(null), toResult('sync-1x', 'pushes/s', { ours: { rate: 1 }, peer: {} })])).toEqual([]);
});

it('names rows that are there', () => {
  const slow = ALL_ROWS.map(({ name, unit }) => toResult(name, unit, { ours: { p50: 9, p95: 9e9, p99: 9, mean: 9, peak: 9, 'cameras_p99/p99': 9 }, peer: { p50: 1, p95: 1, p99: 1, mean: 1, peak: 1 } }));
  expect(shortfalls(slow)).toHaveLength(10);
});
