import { closeSync, openSync, readSync } from 'node:fs';

interface Entry {
  files?: Record<string, Entry>;
}

/** Paths of all files and folders in an asar archive. Its header: three sizes, the length of a JSON text, and that text. */
export function listAsar(path: string): string[] {
  const fd = openSync(path, 'r');
  try {
    const sizes = Buffer.alloc(16);
    readSync(fd, sizes, 0, sizes.length, 0);
    const text = Buffer.alloc(sizes.readUInt32LE(12));
    readSync(fd, text, 0, text.length, sizes.length);
    return [...pathsIn(JSON.parse(text.toString('utf8')) as Entry, '')];
  } finally {
    closeSync(fd);
  }
}

function* pathsIn({ files = {} }: Entry, folder: string): Iterable<string> {
  for (const [name, entry] of Object.entries(files)) {
    yield `${folder}${name}`;
    yield* pathsIn(entry, `${folder}${name}/`);
  }
}
