import { cpus } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { BenchContext } from './context.ts';
import type { Side } from './programs.ts';

/** Both orders in one run, so that a machine that warms up or slows down favours nobody. */
export const TURNS: readonly Side[] = ['ours', 'peer', 'peer', 'ours'];
export const TURNS_EACH = TURNS.length / 2;

const QUIET_LOAD = 0.25;
const QUIET_LOOK_MS = 500;
const QUIET_PATIENCE_MS = 10_000;

export interface Turns<Found> {
  ours: readonly Found[];
  peer: readonly Found[];
  /** A side whose turn failed has no further turn. */
  failures: readonly string[];
  /** Turns that began on a machine that was busy with something else. */
  busyTurns: number;
}

/** Runs each side's turns one after the other with quiet in between. Rejects only when both sides failed. */
export async function takeTurns<Found>(context: BenchContext, row: string, turn: (side: Side) => Promise<Found>): Promise<Turns<Found>> {
  const found = { ours: [] as Found[], peer: [] as Found[] };
  const failed = new Map<Side, string>();
  let busyTurns = 0;
  for (const [index, side] of TURNS.entries()) {
    if (failed.has(side)) continue;
    if (!(await quiet())) busyTurns += 1;
    context.say(`${row}: ${side} (turn ${index + 1} of ${TURNS.length})`);
    try {
      found[side].push(await turn(side));
    } catch (thrown) {
      failed.set(side, `${side}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    }
  }
  const failures = [...failed.values()];
  if (failed.size === 2) throw new Error(failures.join('; '));
  return { ...found, failures, busyTurns };
}

/** What a reader of the figures must know: a side that failed, turns on a busy machine. */
export function notesOf(turns: Turns<unknown>): { note?: string; error?: string } {
  const busy = `${turns.busyTurns} of ${TURNS.length} turns began on a machine busy with other work`;
  return { ...(turns.busyTurns === 0 ? {} : { note: busy }), ...(turns.failures.length === 0 ? {} : { error: turns.failures.join('; ') }) };
}

/** True once the machine does little else; false when it did not come to that in time. */
async function quiet(): Promise<boolean> {
  const deadline = Date.now() + QUIET_PATIENCE_MS;
  for (;;) {
    const before = cpuTimes();
    await pause(QUIET_LOOK_MS);
    const after = cpuTimes();
    if ((after.busy - before.busy) / Math.max(1, after.total - before.total) <= QUIET_LOAD) return true;
    if (Date.now() >= deadline) return false;
  }
}

function cpuTimes(): { busy: number; total: number } {
  let busy = 0;
  let total = 0;
  for (const { times } of cpus()) {
    const all = times.user + times.nice + times.sys + times.irq + times.idle;
    total += all;
    busy += all - times.idle;
  }
  return { busy, total };
}
