import { defineConfig } from 'playwright/test';

/** One worker: the tests share two cores with a video encoder, a decoder and a window. */
export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  workers: 1,
  // Once more in a fresh process, and named in the summary: see scripts/test/second-run.ts.
  retries: 1,
  timeout: 180_000,
  expect: { timeout: 10_000 },
  outputDir: '../../test-results/e2e',
  preserveOutput: 'always',
  reporter: [['list']],
});
