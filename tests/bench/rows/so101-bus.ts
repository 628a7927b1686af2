import type { BenchContext, Row } from '../context.ts';
import type { BusJob, SideEvents } from '../job.ts';
import { percentiles } from '../percentiles.ts';
import type { Figures } from '../result.ts';
import type { SideProcess } from '../side-process.ts';

/** What the line itself takes at 1 Mbaud, 10 bits a byte: 14 + 6 × 8 bytes of a synchronous read, 26 of a synchronous write. */
const READ_FLOOR_MS = 0.62;
const WRITE_FLOOR_MS = 0.26;
const READY_MS = 30_000;
const ABOUT =
  'the simulated servos answer at once from a process of their own, behind a pseudo-terminal: a real line adds its own time to each exchange ' +
  `(${READ_FLOOR_MS} ms a read, ${WRITE_FLOOR_MS} ms a write), USB up to 1 ms. The peer has no bus`;

/** Six servos on one bus: a synchronous read of their positions, and a synchronous write of their goals. */
export const so101Bus: Row = {
  name: 'so101-bus',
  unit: 'ms',
  about: `synchronous read (p50, p95, p99) and write (write_…) of six servos on the simulated bus; the line itself would take ${READ_FLOOR_MS} and ${WRITE_FLOOR_MS}`,
  async measure(context) {
    const { reads = [], writes = [] } = await onBus(context, { mode: 'bus', hz: 0 });
    return { ours: { ...percentiles(reads), ...named('write', percentiles(writes)), read_floor: READ_FLOOR_MS, write_floor: WRITE_FLOOR_MS }, peer: {}, note: ABOUT };
  },
};

/** A leader's loop alone: how far each period is from the wanted one, and how many ticks were left out. */
export function so101Leader(hz: number): Row {
  return {
    name: `so101-leader-${hz}`,
    unit: 'ms',
    about: `leader read at ${hz} Hz on the simulated bus: jitter of the period (p50, p95, p99), the reading's own time (read_…), ticks left out (overruns)`,
    async measure(context) {
      const { reads = [], jitter = [], overruns = 0 } = await onBus(context, { mode: 'loop', hz });
      return { ours: { ...percentiles(jitter), ...named('read', percentiles(reads)), overruns }, peer: {}, note: ABOUT };
    },
  };
}

async function onBus(context: BenchContext, job: Pick<BusJob, 'mode' | 'hz'>): Promise<SideEvents['result']> {
  const started: SideProcess[] = [];
  try {
    const arms = context.programs.arms({ moves: 0 });
    started.push(arms);
    const { leader } = await arms.event('arms', READY_MS);
    const seconds = Math.max(2, context.seconds / 2);
    const bus = context.programs.bus({ ...job, port: leader, seconds });
    started.push(bus);
    await bus.event('ready', READY_MS);
    context.say(`so101 ${job.mode}${job.hz === 0 ? '' : ` at ${job.hz} Hz`}: ours (the only side)`);
    bus.say('go');
    return await bus.event('result', READY_MS + seconds * 1000);
  } finally {
    await Promise.all(started.map((side) => side.stop()));
  }
}

function named(prefix: string, { p50 = null, p95 = null, p99 = null }: Figures): Figures {
  return { [`${prefix}_p50`]: p50, [`${prefix}_p95`]: p95, [`${prefix}_p99`]: p99 };
}
