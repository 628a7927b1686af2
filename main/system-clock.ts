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
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};

/** The monotonic clock drifts from a disciplined wall clock and stops in suspend; beyond this it is anchored anew. */
const MAX_DRIFT_US = 2_000;

/** Date.now at the moment it turns: its truncation would put one process's clock up to 1 ms behind another's. Takes 1 ms at the most. */
function turnOfMillisecond(): number {
  const before = Date.now();
  let now = before;
  while (now === before) now = Date.now();
  return now;
}

function createWallClock(): { nowUs(): number } {
  const monotonicUs = (): number => performance.now() * 1000;
  let offsetUs = turnOfMillisecond() * 1000 - monotonicUs();
  return {
    nowUs() {
      const wallUs = Date.now() * 1000;
      const steadyUs = monotonicUs() + offsetUs;
      // Date.now truncates to a millisecond, so up to 1 ms ahead of it is agreement.
      if (steadyUs < wallUs - MAX_DRIFT_US || steadyUs > wallUs + 1000 + MAX_DRIFT_US) {
        offsetUs = wallUs - monotonicUs();
        return wallUs;
      }
      return Math.floor(steadyUs);
    },
  };
}

const wallClock = createWallClock();
