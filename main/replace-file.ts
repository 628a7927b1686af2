import { renameSync, writeFileSync } from 'node:fs';

/** Writes a file whole or not at all: aside, then moved over, so that a crash in between leaves the old one. Throws what the file system says. */
export function replaceFile(path: string, text: string, mode = 0o666): void {
  writeFileSync(`${path}.new`, text, { mode });
  renameSync(`${path}.new`, path);
}
