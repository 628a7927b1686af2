const ATTEMPTS = 8;

/** Runs `attempt` anew while it gives null: then a machine that was busy stood in its way, and nothing was shown either way. */
export async function undisturbed<T>(what: string, attempt: () => Promise<T | null>): Promise<T> {
  for (let n = 0; n < ATTEMPTS; n += 1) {
    const shown = await attempt();
    if (shown !== null) return shown;
  }
  throw new Error(`${ATTEMPTS} times in a row the machine stood in the way of: ${what}`);
}
