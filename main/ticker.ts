import type { Clock } from '../shared/portal/clock.ts';

/**
 * Runs `task` at a rate that does not drift: each due time follows from the first, not from the last run. Ticks that were
 * missed are left out instead of made up for in a burst, which would stamp several frames with nearly the same time.
 * Returns the stop.
 */
export function startTicker(clock: Clock, hz: number, task: () => void): () => void {
  const periodUs = 1_000_000 / hz;
  let startUs = clock.nowUs();
  let tick = 0;
  let cancel: () => void = () => undefined;
  const schedule = (): void => {
    const nowUs = clock.nowUs();
    tick = Math.max(tick + 1, Math.ceil((nowUs - startUs) / periodUs));
    let delayUs = startUs + tick * periodUs - nowUs;
    // A clock that was set back would otherwise stop the ticker until it has caught up.
    if (delayUs > 2 * periodUs) [startUs, tick, delayUs] = [nowUs, 1, periodUs];
    cancel = clock.after(Math.max(0, delayUs / 1000), run);
  };
  const run = (): void => {
    schedule();
    task();
  };
  schedule();
  return () => cancel();
}
