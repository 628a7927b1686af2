import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'playwright/test';
import { build } from 'vite';
import { electronExecutable, electronSwitches, startApp, type AppEnd } from './app-process.ts';
import { makeTestFolder } from './test-folder.ts';

/** An exit that meets the start of Chromium's graphics is a race: up to one run in three lost it. */
const RUNS = 24;
const AT_ONCE = 4;

test('a role that ends as soon as it is ready ends with its own code, every time', async () => {
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
    const runs = async (): Promise<void> => {
      while (ends.length < RUNS) ends.push(await startApp(electronExecutable(), [...electronSwitches(true), folder.path], folder.env).ended());
    };
    await Promise.all(Array.from({ length: AT_ONCE }, runs));
    expect(ends.filter(({ code }) => code !== 7)).toEqual([]);
  } finally {
    folder.remove();
  }
});
