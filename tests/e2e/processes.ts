import { readFileSync } from 'node:fs';
import { expect } from 'playwright/test';
import { descendants } from '../../scripts/process-tree.ts';

/** A process below one of ours. */
export interface FoundProcess {
  pid: number;
  /** Program and arguments, with spaces between. */
  command: string;
}

/** All processes below `pid` that have a command line, so neither kernel threads nor dead ones that nobody has collected. */
export function processesBelow(pid: number): FoundProcess[] {
  return descendants(pid).flatMap((below) => {
    const command = commandOf(below);
    return command === '' ? [] : [{ pid: below, command }];
  });
}

/** Waits until none of them lives any more, whoever their parent is by now. */
export async function expectGone(processes: readonly FoundProcess[], timeout = 15_000): Promise<void> {
  await expect.poll(() => processes.filter(({ pid, command }) => commandOf(pid) === command), { message: 'processes that are left behind', timeout }).toEqual([]);
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    // Ended in between.
    return '';
  }
}
