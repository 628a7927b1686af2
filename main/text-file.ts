import { readFileSync, statSync } from 'node:fs';
import { PortalError } from '../shared/portal/errors.ts';

const MAX_BYTES = 1_000_000;

/** A configuration file's text. Throws FILE_UNREADABLE for what is missing, a folder, or too large to be one. */
export function readTextFile(path: string): string {
  try {
    const { size } = statSync(path);
    if (size > MAX_BYTES) throw new PortalError('FILE_UNREADABLE', `${path} is too large for a configuration`, { expected: `at most ${MAX_BYTES} bytes`, got: `${size}` });
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    if (thrown instanceof PortalError) throw thrown;
    const { code, message } = thrown as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'does not exist' : code === 'EISDIR' ? 'is a folder' : code === 'EACCES' ? 'may not be read' : `cannot be read: ${message}`;
    throw new PortalError('FILE_UNREADABLE', `${path} ${reason}`, { fix: 'Check the path.', cause: thrown });
  }
}
