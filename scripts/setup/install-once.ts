import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from './folder-lock.ts';
import type { Task } from './progress.ts';

const READY = '.ready';

/** Whether `installOnce` has finished this folder. */
export function isInstalled(folder: string): boolean {
  return existsSync(join(folder, READY));
}

/**
 * Fills `folder` once: `make` works in a folder of its own, which takes its final name only when it is complete, so a
 * crash or a full disk never leaves something half installed. One process at a time; the others wait and find it done.
 */
export async function installOnce(folder: string, task: Task, make: (workFolder: string) => Promise<void>): Promise<void> {
  if (isInstalled(folder)) return;
  await withLock(
    `${folder}.lock`,
    async () => {
      if (isInstalled(folder)) return;
      const work = `${folder}.work`;
      await rm(work, { recursive: true, force: true });
      await mkdir(work, { recursive: true });
      try {
        await make(work);
        await writeFile(join(work, READY), `${new Date().toISOString()}\n`);
        await rm(folder, { recursive: true, force: true });
        await rename(work, folder);
      } finally {
        await rm(work, { recursive: true, force: true });
      }
    },
    (owner) => task.say(`waiting for ${owner}, which is at it`),
  );
}
