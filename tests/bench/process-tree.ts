import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** USER_HZ of every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** A process with its descendants, read from /proc. Linux only; elsewhere every reading throws. */
export class ProcessTree {
  readonly #root: number;
  readonly #proc: string;
  /** Peak of each process ever seen, so that one that ended still counts. */
  readonly #peakKb = new Map<number, number>();

  constructor(root: number, proc = '/proc') {
    this.#root = root;
    this.#proc = proc;
  }

  pids(): number[] {
    const children = new Map<number, number[]>();
    for (const entry of readdirSync(this.#proc)) {
      const pid = Number(entry);
      if (!Number.isInteger(pid)) continue;
      const stat = this.#stat(pid);
      if (stat !== null) children.set(stat.parent, [...(children.get(stat.parent) ?? []), pid]);
    }
    const tree = [this.#root];
    for (let i = 0; i < tree.length; i++) tree.push(...(children.get(tree[i] ?? -1) ?? []));
    return tree.filter((pid) => this.#stat(pid) !== null);
  }

  /** User and system CPU of the tree since its start, children that have ended and were waited for included. */
  cpuSeconds(): number {
    return this.pids().reduce((sum, pid) => sum + (this.#stat(pid)?.ticks ?? 0), 0) / TICKS_PER_SECOND;
  }

  /** Sum over the tree of each process's own peak (VmHWM), MB. Pages shared by several processes count in each. */
  peakMb(): number {
    for (const pid of this.pids()) {
      const kb = this.#kilobytes(pid, 'status', /^VmHWM:\s+(\d+) kB/m);
      if (kb !== null) this.#peakKb.set(pid, Math.max(kb, this.#peakKb.get(pid) ?? 0));
    }
    return [...this.#peakKb.values()].reduce((sum, kb) => sum + kb, 0) / 1024;
  }

  /** Sum over the tree of proportional memory (Pss) now, MB: a page shared by n processes counts 1/n in each. */
  proportionalMb(): number {
    return this.pids().reduce((sum, pid) => sum + (this.#kilobytes(pid, 'smaps_rollup', /^Pss:\s+(\d+) kB/m) ?? 0), 0) / 1024;
  }

  #stat(pid: number): { parent: number; ticks: number } | null {
    const text = this.#read(pid, 'stat');
    if (text === null) return null;
    // The command's name stands in parentheses and may itself hold spaces and parentheses.
    const rest = text.slice(text.lastIndexOf(')') + 2).split(' ').map(Number);
    return { parent: rest[1] ?? 0, ticks: (rest[11] ?? 0) + (rest[12] ?? 0) + (rest[13] ?? 0) + (rest[14] ?? 0) };
  }

  #kilobytes(pid: number, file: string, pattern: RegExp): number | null {
    const match = this.#read(pid, file)?.match(pattern);
    return match?.[1] === undefined ? null : Number(match[1]);
  }

  /** Null when the process has gone meanwhile. */
  #read(pid: number, file: string): string | null {
    try {
      return readFileSync(join(this.#proc, String(pid), file), 'utf8');
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'ENOENT' || code === 'ESRCH') return null;
      throw error;
    }
  }
}
