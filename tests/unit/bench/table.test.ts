import { describe, expect, it } from 'vitest';
import { failedResult, toResult } from '../../bench/result.ts';
import { benchTable, worseThanAim } from '../../bench/table.ts';

const fine = toResult('state-60', 'ms', { ours: { p50: 2, samples: 600 }, peer: { p50: 4, samples: 601 } });
const slow = toResult('h264', 'ms', { ours: { p50: 60, observed: 70 }, peer: { p50: 40, observed: 99 }, note: 'a note' });
const broken = failedResult('claim', 'ms', 'peer robot ended');

describe('the bench table', () => {
  it('has a line a figure with both sides, the ratio and the unit', () => {
    const lines = benchTable([fine]).split('\n');
    expect(lines[0]).toMatch(/^row +figure +ours +peer +ours\/peer +unit$/);
    expect(lines[2]).toMatch(/^state-60 +p50 +2 +4 +0\.50× +ms$/);
    expect(lines[3]).toMatch(/^ +samples +600 +601 +–$/);
    expect(lines.at(-1)).toBe('1 of 1 rows measured; none worse than 1.25× the peer');
  });

  it('marks what is worse than the aim, also where more is better', () => {
    expect(worseThanAim([fine, slow, broken])).toEqual(['h264 p50', 'h264 observed']);
    const text = benchTable([fine, slow]);
    expect(text).toMatch(/h264 +p50 +60 +40 +1\.50× +ms +worse than 1\.25×/);
    expect(text).toMatch(/observed +70 +99 +0\.71× +% +worse than 1\.25×/);
    expect(text).toContain('h264: a note');
    expect(text).toContain('2 of 2 rows measured; worse than 1.25× the peer: h264 p50, h264 observed');
  });

  it('shows a row that failed, and why', () => {
    const text = benchTable([fine, broken]);
    expect(text).toMatch(/claim +– +– +– +ms +failed/);
    expect(text).toContain('claim FAILED: peer robot ended');
    expect(text).toContain('1 of 2 rows measured');
  });
});
