import { defineConfig } from 'playwright/test';

/** One worker: the tests share two cores with a video encoder, a decoder and a window. */
export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  workers: 1,
  retries: 0,
  timeout: 180_000,
  expect: { timeout: 10_000 },
  outputDir: '../../test-results/e2e',
  preserveOutput: 'always',
  reporter: [['list']],
});
