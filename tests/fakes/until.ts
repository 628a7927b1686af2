const LOOK_EVERY_MS = 5;
/** Long: a machine that is busy with others is no failure, and where all is well nobody waits for it. */
const DEADLINE_MS = 30_000;

/** Waits until `condition` holds; fails with `what` and what `seen` says at the deadline. */
export async function until(what: string, condition: () => boolean, options: { deadlineMs?: number; seen?: () => unknown } = {}): Promise<void> {
  const { deadlineMs = DEADLINE_MS, seen } = options;
  const end = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited ${deadlineMs} ms in vain for: ${what}${seen === undefined ? '' : `; seen: ${JSON.stringify(seen())}`}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
