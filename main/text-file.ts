import { closeSync, copyFileSync, existsSync, mkdirSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { PortalError } from '../shared/portal/errors.ts';
import { replaceFile } from './replace-file.ts';

const MAX_BYTES = 1_000_000;

/** A configuration file's text. Throws FILE_UNREADABLE for what is missing, a folder, or too large to be one. */
export function readTextFile(path: string): string {
  try {
    const bytes = readAtMost(path, MAX_BYTES + 1);
    if (bytes.length > MAX_BYTES) throw new PortalError('FILE_UNREADABLE', `${path} is too large for a configuration`, { expected: `at most ${MAX_BYTES} bytes`, got: 'more' });
    return bytes.toString('utf8');
  } catch (thrown) {
    if (thrown instanceof PortalError) throw thrown;
    const { code, message } = thrown as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'does not exist' : code === 'EISDIR' ? 'is a folder' : code === 'EACCES' ? 'may not be read' : `cannot be read: ${message}`;
    throw new PortalError('FILE_UNREADABLE', `${path} ${reason}`, { fix: 'Check the path.', cause: thrown });
  }
}

/** A pipe or a device does not tell its size before it is read, and may have no end. */
function readAtMost(path: string, most: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(most);
    let length = 0;
    for (let count = -1; count !== 0 && length < most; length += count) count = readSync(file, bytes, length, most - length, null);
    return bytes.subarray(0, length);
  } finally {
    closeSync(file);
  }
}

/** Writes a configuration in one step, its folder too; what was there stays as `PATH.before`. Throws FILE_UNREADABLE. */
export function writeTextFile(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    if (existsSync(path)) copyFileSync(path, `${path}.before`);
    replaceFile(path, text);
  } catch (thrown) {
    throw new PortalError('FILE_UNREADABLE', `${path} cannot be written`, { got: thrown instanceof Error ? thrown.message : String(thrown), fix: 'Check that its folder may be written to and that the disk is not full.', cause: thrown });
  }
}
