import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A place of its own for what a test's processes write, and what they find: no settings, no server that another program runs. */
export interface TestFolder {
  readonly path: string;
  /** Puts user data and the meeting point of local servers into the folder. */
  readonly env: Readonly<Record<string, string>>;
  remove(): void;
}

export function makeTestFolder(): TestFolder {
  const path = mkdtempSync(join(tmpdir(), 'portal-console-e2e-'));
  const runtimeDir = join(path, 'run');
  mkdirSync(runtimeDir, { mode: 0o700 });
  return {
    path,
    env: { PORTAL_CONSOLE_USER_DATA: join(path, 'user'), XDG_RUNTIME_DIR: runtimeDir },
    // A process that was killed may still be closing its files.
    remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
  };
}
