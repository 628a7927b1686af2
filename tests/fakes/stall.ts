/** As a busy machine does it: nothing of this process runs for `ms`, while what `arrives` waits to be heard, behind the timers that are due. */
export async function stall(ms: number, arrives: () => void = () => undefined): Promise<void> {
  // Next after an immediate come the timers, then what has arrived; elsewhere in the loop it may be the other way round.
  await new Promise((resolve) => setImmediate(resolve));
  arrives();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
