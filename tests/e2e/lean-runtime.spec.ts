import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'playwright/test';
import { build } from 'vite';
import { electronExecutable, electronSwitches, startApp, type AppEnd } from './app-process.ts';
import { makeTestFolder } from './test-folder.ts';

/** An exit that meets the start of Chromium's graphics is a race: up to one run in three lost it. */
const RUNS = 24;
const AT_ONCE = 2;
const END_DEADLINE_MS = 60_000;

test('a role that ends as soon as it is ready ends with its own code, every time', async () => {
  test.setTimeout(480_000);
  const folder = makeTestFolder();
  try {
    // A folder, as the app is one: a lone file is loaded by a program of Electron's own, and later.
    writeFileSync(join(folder.path, 'package.json'), JSON.stringify({ name: 'ends-at-once', type: 'module', main: 'ends-at-once.js' }));
    await build({
      configFile: false,
      logLevel: 'error',
      build: {
        ssr: true,
        outDir: folder.path,
        emptyOutDir: false,
        rollupOptions: { input: join(import.meta.dirname, 'ends-at-once.js'), external: ['electron'], output: { format: 'es', entryFileNames: 'ends-at-once.js' } },
      },
    });
    const ends: AppEnd[] = [];
    let started = 0;
    const runs = async (): Promise<void> => {
      while (started < RUNS) {
        started += 1;
        // Chromium's files are not made for two processes.
        const own = `--user-data-dir=${join(folder.path, `run-${started}`)}`;
        ends.push(await startApp(electronExecutable(), [...electronSwitches(true), own, folder.path], folder.env).ended(END_DEADLINE_MS));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, runs));
    expect(ends).toHaveLength(RUNS);
    expect(ends.filter(({ code }) => code !== 7)).toEqual([]);
  } finally {
    folder.remove();
  }
});
