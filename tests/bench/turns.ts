import { cpus } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { BenchContext } from './context.ts';

/** Both orders in one run, so that a machine that warms up or slows down favours nobody. */
const BOTH_ORDERS = ['ours', 'peer', 'peer', 'ours'] as const;
/** How often each contender has its turn. */
export const TURNS_EACH = 2;

const QUIET_LOAD = 0.25;
const QUIET_LOOK_MS = 500;
const QUIET_PATIENCE_MS = 10_000;

export interface Turns<Who extends string, Found> {
  found: Readonly<Record<Who, readonly Found[]>>;
  /** A contender whose turn failed has no further turn. */
  failures: readonly string[];
  /** Turns that began on a machine that was busy with something else. */
  busy: number;
  count: number;
}

/** Ours and the peer's turns, one after the other with quiet in between. Rejects only when both failed. */
export function takeTurns<Found>(context: BenchContext, row: string, turn: (side: 'ours' | 'peer') => Promise<Found>): Promise<Turns<'ours' | 'peer', Found>> {
  return takeTurnsIn(context, row, BOTH_ORDERS, turn);
}

/** As `takeTurns`, for other contenders; `order` names each of them `TURNS_EACH` times where a turn measures for its share of the seconds. */
export async function takeTurnsIn<Who extends string, Found>(
  context: BenchContext,
  row: string,
  order: readonly Who[],
  turn: (who: Who) => Promise<Found>,
): Promise<Turns<Who, Found>> {
  const names = [...new Set(order)];
  const found = Object.fromEntries(names.map((name) => [name, [] as Found[]])) as Record<Who, Found[]>;
  const failed = new Map<Who, string>();
  let busy = 0;
  for (const [index, who] of order.entries()) {
    if (failed.has(who)) continue;
    if (!(await quiet())) busy += 1;
    context.say(`${row}: ${who} (turn ${index + 1} of ${order.length})`);
    try {
      found[who].push(await turn(who));
    } catch (thrown) {
      failed.set(who, `${who}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    }
  }
  const failures = [...failed.values()];
  if (failed.size === names.length) throw new Error(failures.join('; '));
  return { found, failures, busy, count: order.length };
}

/** What a reader of the figures must know: `about` the row, turns on a busy machine, a contender that failed. */
export function notesOf(turns: Turns<string, unknown>, about?: string): { note?: string; error?: string } {
  const busy = turns.busy === 0 ? [] : [`${turns.busy} of ${turns.count} turns began on a machine busy with other work`];
  const notes = [...(about === undefined ? [] : [about]), ...busy];
  return { ...(notes.length === 0 ? {} : { note: notes.join('; ') }), ...(turns.failures.length === 0 ? {} : { error: turns.failures.join('; ') }) };
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
