import { disposeLivekit } from '../transport/ffi-client.ts';

/** Whoever is in a session, or on the way into one. */
const holders = new Set<object>();
let ending: Promise<void> = Promise.resolve();

/** Carries out `connect` with LiveKit's engine running for `holder`, and lets go of it when that fails. Rejects as `connect` does. */
export async function connectWithEngine(holder: object, connect: () => Promise<void>): Promise<void> {
  const isNew = await holdEngine(holder);
  try {
    await connect();
  } catch (thrown) {
    // One that is in a session already goes on in it.
    if (isNew) await releaseEngine(holder);
    throw thrown;
  }
}

/** False = it held the engine already. */
async function holdEngine(holder: object): Promise<boolean> {
  if (holders.has(holder)) return false;
  holders.add(holder);
  // An engine that is on its way out cannot take a new session.
  await ending;
  return true;
}

/** The last one to leave ends the engine, whose threads would otherwise keep a finished program from ending. */
export async function releaseEngine(holder: object): Promise<void> {
  if (holders.delete(holder) && holders.size === 0) ending = ending.then(() => (holders.size === 0 ? disposeLivekit() : undefined));
  await ending;
}
