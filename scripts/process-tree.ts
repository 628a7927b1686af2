import { spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/**
 * Sends a signal to a child that was started with `detached: true`, and to everything it started in its group. On Windows,
 * where there are no groups, the whole tree is ended. A child that is gone is no error.
 */
export function killTree(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/pid', String(child.pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true });
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Ids of the processes below `pid`, parents before their children. Empty where the system has no `/proc`. */
export function descendants(pid: number): number[] {
  if (!existsSync('/proc')) return [];
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/u.test(name)) continue;
    const parent = parentOf(Number(name));
    if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found = [...(children.get(pid) ?? [])];
  for (const child of found) found.push(...(children.get(child) ?? []));
  return found;
}

function parentOf(pid: number): number | null {
  try {
    // The name is in parentheses and may hold anything, also parentheses.
    const [, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /su, '').split(' ');
    return Number(parent);
  } catch {
    // It ended between being listed and being read.
    return null;
  }
}

/** Whether a child has ended. */
export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Ends a detached child: asks, waits `graceMs`, then kills its group. Resolves when it is gone. */
export async function endTree(child: ChildProcess, graceMs: number, ask: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.pid === undefined) return;
  if (!hasEnded(child)) {
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    killTree(child, ask);
    const timer = setTimeout(() => killTree(child, 'SIGKILL'), graceMs);
    await ended;
    clearTimeout(timer);
  }
  // What it left in its group goes with it.
  killTree(child, 'SIGKILL');
}
