import { defineConfig } from 'vitest/config';

/** Suites that own a server, a peer or the machine's clock in some other way: one file at a time, and time for a slow start. */
const real = (name: string) => ({ extends: true as const, test: { name, include: [`tests/${name}/**/*.test.ts`], fileParallelism: false, testTimeout: 180_000, hookTimeout: 180_000 } });
const pure = (name: string) => ({ extends: true as const, test: { name, include: [`tests/${name}/**/*.test.ts`] } });

export default defineConfig({
  test: {
    environment: 'node',
    // A process a file: rtc-node keeps one native client for each process, and a worker thread cannot unload it.
    pool: 'forks',
    // What hangs is told by its own deadline; these are for a machine that is busy with the other files.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 15_000,
    // A suite with no test is a mistake, not a success.
    passWithNoTests: false,
    allowOnly: false,
    projects: [pure('unit'), pure('conformance'), real('contract'), real('integration'), real('interop')],
  },
});
