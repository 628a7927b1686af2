const LOOK_EVERY_MS = 5;

/** Waits until `condition` holds; fails with `what` and what `seen` says at the deadline. */
export async function until(what: string, condition: () => boolean, options: { deadlineMs?: number; seen?: () => unknown } = {}): Promise<void> {
  const { deadlineMs = 10_000, seen } = options;
  const end = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited ${deadlineMs} ms in vain for: ${what}${seen === undefined ? '' : `; seen: ${JSON.stringify(seen())}`}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
