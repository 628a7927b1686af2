import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 5;

/** Watches how late this process's event loop runs. Each call gives the 99th percentile since the last one, in µs. */
export function watchLoopDelay(): () => number {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  return () => {
    // What is measured is the whole time between two looks; the delay is what is over the interval.
    const lateUs = histogram.count === 0 ? 0 : Math.max(0, histogram.percentile(99) / 1000 - RESOLUTION_MS * 1000);
    histogram.reset();
    return Math.round(lateUs);
  };
}
