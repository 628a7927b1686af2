import type { Clock } from '../shared/portal/clock.ts';

/**
 * PORT Clock over the machine's time. `nowUs` follows the wall clock (two machines must agree on it) with the
 * sub-millisecond part of the monotonic one, which `Date.now` lacks.
 */
export const systemClock: Clock = {
  nowUs: () => wallClock.nowUs(),
  every(intervalMs, task) {
    const timer = setInterval(task, intervalMs);
    return () => clearInterval(timer);
  },
  after(delayMs, task) {
    // Timers run before what has arrived; after a stall of this process, word that came in time would be judged late.
    let immediate: NodeJS.Immediate | null = null;
    const timer = setTimeout(() => { immediate = setImmediate(task); }, delayMs);
    return () => {
      clearTimeout(timer);
      if (immediate !== null) clearImmediate(immediate);
    };
  },
};

/** The monotonic clock drifts from a disciplined wall clock and stops in suspend; beyond this it is anchored anew. */
const MAX_DRIFT_US = 2_000;

/** Two readings further apart than this were not taken together: the process was put aside between them. */
const MAX_READING_US = 500;
const READING_TRIES = 3;

/** The two clocks of a machine, in milliseconds. */
export interface ClockReadings {
  wallMs(): number;
  monotonicMs(): number;
}

/** Wall time in microseconds, anchored to the monotonic clock and anew where the two drift apart. */
export function createWallClock({ wallMs, monotonicMs }: ClockReadings): { nowUs(): number } {
  const monotonicUs = (): number => monotonicMs() * 1000;
  let offsetUs = turnOfMillisecond(wallMs) * 1000 - monotonicUs();

  // Date.now truncates to a millisecond, so up to 1 ms ahead of it is agreement.
  const agree = (steadyUs: number, wallUs: number): boolean => steadyUs >= wallUs - MAX_DRIFT_US && steadyUs <= wallUs + 1000 + MAX_DRIFT_US;

  function anchorAnew(): void {
    for (let attempt = 0; attempt < READING_TRIES; attempt += 1) {
      const beforeUs = monotonicUs();
      const wallUs = wallMs() * 1000;
      const afterUs = monotonicUs();
      if (afterUs - beforeUs > MAX_READING_US) continue;
      if (!agree(beforeUs + offsetUs, wallUs)) offsetUs = wallUs - beforeUs;
      return;
    }
  }

  return {
    nowUs() {
      const wallUs = wallMs() * 1000;
      // A process put aside just here sees the clocks apart although they agree; anchoring on that would set the time back.
      if (!agree(monotonicUs() + offsetUs, wallUs)) anchorAnew();
      return Math.floor(monotonicUs() + offsetUs);
    },
  };
}

/** The wall clock at the moment it turns: its truncation would put one process's clock up to 1 ms behind another's. Takes 1 ms at the most. */
function turnOfMillisecond(wallMs: () => number): number {
  const before = wallMs();
  let now = before;
  while (now === before) now = wallMs();
  return now;
}

const wallClock = createWallClock({ wallMs: () => Date.now(), monotonicMs: () => performance.now() });
