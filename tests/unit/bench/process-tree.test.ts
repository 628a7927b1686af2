import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProcessTree } from '../../bench/process-tree.ts';

let proc = '';
beforeEach(() => { proc = mkdtempSync(join(tmpdir(), 'proc-')); });
afterEach(() => rmSync(proc, { recursive: true, force: true }));

/** The files of one process as the kernel writes them. */
function process(pid: number, parent: number, of: { utime?: number; stime?: number; cutime?: number; peakKb?: number; pssKb?: number; name?: string }): void {
  const folder = join(proc, String(pid));
  mkdirSync(folder, { recursive: true });
  const { utime = 0, stime = 0, cutime = 0, peakKb = 0, pssKb = 0, name = 'program' } = of;
  writeFileSync(join(folder, 'stat'), `${pid} (${name}) S ${parent} 1 1 0 -1 4194304 0 0 0 0 ${utime} ${stime} ${cutime} 0 20 0 1 0 0\n`);
  writeFileSync(join(folder, 'status'), `Name:\t${name}\nVmPeak:\t  999999 kB\nVmHWM:\t  ${peakKb} kB\nVmRSS:\t  10 kB\n`);
  writeFileSync(join(folder, 'smaps_rollup'), `00400000-7fff [rollup]\nRss:  500 kB\nPss:  ${pssKb} kB\nPss_Dirty:  1 kB\n`);
}

describe('a process tree', () => {
  beforeEach(() => {
    process(10, 1, { utime: 100, stime: 50, cutime: 30, peakKb: 2048, pssKb: 1024 });
    process(11, 10, { utime: 200, stime: 20, peakKb: 4096, pssKb: 1024, name: 'odd (name) here' });
    process(12, 11, { utime: 5, peakKb: 1024 });
    process(99, 1, { utime: 9999, peakKb: 99_999, pssKb: 99_999 });
  });

  it('holds the process and all its descendants, and nobody else', () => {
    expect(new ProcessTree(10, proc).pids().sort((a, b) => a - b)).toEqual([10, 11, 12]);
  });

  it('sums user and system time, ended children included', () => {
    expect(new ProcessTree(10, proc).cpuSeconds()).toBeCloseTo(4.05);
  });

  it('sums peaks, and keeps the peak of a process that ended', () => {
    const tree = new ProcessTree(10, proc);
    expect(tree.peakMb()).toBeCloseTo(7);
    rmSync(join(proc, '12'), { recursive: true });
    process(11, 10, { peakKb: 5120 });
    expect(tree.peakMb()).toBeCloseTo(8);
  });

  it('sums proportional memory of who is there now', () => {
    expect(new ProcessTree(10, proc).proportionalMb()).toBeCloseTo(2);
  });
});
