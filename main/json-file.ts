import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { toPortalError } from '../shared/portal/errors.ts';
import type { Log } from './ports.ts';
import { replaceFile } from './replace-file.ts';

export interface JsonFile<Value> {
  load(): Value;
  save(value: Value): void;
}

export interface JsonFileOptions<Value> {
  path: string;
  /** What is kept there, for the log. */
  what: string;
  /** What counts of what was read: a file of another version, or one that was edited, must not reach the window. */
  read(value: unknown): Value;
  /** Where there is no file, or none that can be read. */
  empty: Value;
}

/** A convenience of the app's own, kept from one start to the next. It costs nothing else where it cannot be read or saved: only the log is told. */
export function createJsonFile<Value>({ path, what, read, empty }: JsonFileOptions<Value>, log: Log): JsonFile<Value> {
  return {
    load() {
      try {
        return read(JSON.parse(readFileSync(path, 'utf8')));
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') log.warn(`${what}: unreadable`, { path, error: toPortalError(thrown).message });
        return empty;
      }
    },
    save(value) {
      try {
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
        replaceFile(path, JSON.stringify(value, null, 2), 0o600);
      } catch (thrown) {
        log.warn(`${what}: not saved`, { path, error: toPortalError(thrown).message });
      }
    },
  };
}
