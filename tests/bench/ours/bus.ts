import { FeetechBus } from '../../../main/devices/feetech/bus.ts';
import { REGISTER } from '../../../main/devices/feetech/table.ts';
import { SerialLink } from '../../../main/devices/serial-link.ts';
import { systemClock } from '../../../main/system-clock.ts';
import { startTicker } from '../../../main/ticker.ts';
import type { BusJob } from '../job.ts';
import { Commands, emit, loadJob } from './side-io.ts';

const IDS = [1, 2, 3, 4, 5, 6];
const WARM_UP_MS = 1000;

/** Reads six servos in a leader's loop, or reads and writes them one exchange after the other, and says how long each took, ms. */
async function main(): Promise<void> {
  const job = loadJob<BusJob>();
  const commands = new Commands();
  const bus = new FeetechBus(new SerialLink(job.port), systemClock);
  await bus.open((error) => { throw error; });
  emit('ready', {});
  if (await commands.wait('go')) await (job.mode === 'loop' ? loop(bus, job) : exchanges(bus, job));
  await bus.close();
}

/** As the operator role does it: a tick that comes while the last reading is still under way is left out. */
async function loop(bus: FeetechBus, { hz, seconds }: BusJob): Promise<void> {
  const [reads, jitter]: number[][] = [[], []];
  const periodMs = 1000 / hz;
  let overruns = 0;
  let isReading = false;
  let lastMs: number | null = null;
  let isWarm = false;
  const stop = startTicker(systemClock, hz, () => {
    const nowMs = performance.now();
    if (isWarm && lastMs !== null) {
      jitter?.push(Math.abs(nowMs - lastMs - periodMs));
      overruns += Math.max(0, Math.round((nowMs - lastMs) / periodMs) - 1);
    }
    lastMs = nowMs;
    if (isReading) {
      overruns += isWarm ? 1 : 0;
      return;
    }
    isReading = true;
    void bus.syncRead(IDS, REGISTER.presentPosition).then(() => {
      isReading = false;
      if (isWarm) reads?.push(performance.now() - nowMs);
    });
  });
  await pause(WARM_UP_MS);
  isWarm = true;
  await pause(seconds * 1000);
  stop();
  emit('result', { reads: reads ?? [], jitter: jitter ?? [], overruns });
}

async function exchanges(bus: FeetechBus, { seconds }: BusJob): Promise<void> {
  const reads: number[] = [];
  const writes: number[] = [];
  const started = performance.now();
  for (;;) {
    const beginMs = performance.now();
    const steps = await bus.syncRead(IDS, REGISTER.presentPosition);
    const readMs = performance.now();
    await bus.syncWrite(REGISTER.goalPosition, steps);
    const doneMs = performance.now();
    if (doneMs - started > WARM_UP_MS) {
      reads.push(readMs - beginMs);
      writes.push(doneMs - readMs);
    }
    if (doneMs - started > WARM_UP_MS + seconds * 1000) break;
    // A station does this once a tick; without a pause the servos' own process would never rest either.
    await pause(4);
  }
  emit('result', { reads, writes });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}

await main();
process.exit(0);
