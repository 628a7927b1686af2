const LOOK_EVERY_MS = 10;
/** A gap of so much between two looks is usual. */
const USUAL_MS = 20;

/** How long this process stood still since the watch began: what a machine that is busy took, and no fault of what is tested. */
export interface LoopStalls {
  /** The longest gap between two turns of the event loop. */
  longestMs(): number;
  /** All gaps together. */
  totalMs(): number;
  stop(): void;
}

export function watchLoopStalls(): LoopStalls {
  let lastMs = performance.now();
  let longestMs = 0;
  let totalMs = 0;
  const look = (): void => {
    const nowMs = performance.now();
    const stallMs = Math.max(0, nowMs - lastMs - USUAL_MS);
    lastMs = nowMs;
    longestMs = Math.max(longestMs, stallMs);
    totalMs += stallMs;
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return {
    // Whoever asks may be called before the timer is, in the same turn.
    longestMs: () => { look(); return longestMs; },
    totalMs: () => { look(); return totalMs; },
    stop: () => { clearInterval(timer); },
  };
}
