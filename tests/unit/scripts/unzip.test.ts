import { lstat, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unzip } from '../../../scripts/setup/unzip.ts';

interface Entry {
  name: string;
  content: string;
  mode?: number;
  deflate?: boolean;
}

/** A zip archive as any packer writes it; checksums are left out, because the whole archive is checked elsewhere. */
function zip(entries: readonly Entry[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, mode = 0o100644, deflate = true } of entries) {
    const data = deflate ? deflateRawSync(content) : Buffer.from(content);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(deflate ? 8 : 0, 8);
    local.writeUInt32LE(data.length, 18);
    local.writeUInt16LE(Buffer.byteLength(name), 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(deflate ? 8 : 0, 10);
    entry.writeUInt32LE(data.length, 20);
    entry.writeUInt16LE(Buffer.byteLength(name), 28);
    entry.writeUInt32LE((mode << 16) >>> 0, 38);
    entry.writeUInt32LE(offset, 42);
    directory.push(entry, Buffer.from(name));
    locals.push(local, Buffer.from(name), data);
    offset += 30 + Buffer.byteLength(name) + data.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, index, end]);
}

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portal-console-unzip-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function unpack(entries: readonly Entry[], cut = 0): Promise<void> {
  const archive = join(folder, 'a.zip');
  const bytes = zip(entries);
  await writeFile(archive, bytes.subarray(0, bytes.length - cut));
  await unzip(archive, join(folder, 'out'));
}

describe('unzip', () => {
  it('restores files, stored or deflated, empty ones too, with their modes', async () => {
    await unpack([
      { name: 'a/', content: '', deflate: false },
      { name: 'a/run', content: '#!/bin/sh\n', mode: 0o100755 },
      { name: 'b.txt', content: 'plain', deflate: false },
      { name: 'c/d/empty', content: '', deflate: false },
    ]);
    expect(await readFile(join(folder, 'out/a/run'), 'utf8')).toBe('#!/bin/sh\n');
    expect(await readFile(join(folder, 'out/b.txt'), 'utf8')).toBe('plain');
    expect(await readFile(join(folder, 'out/c/d/empty'), 'utf8')).toBe('');
    if (process.platform !== 'win32') expect((await lstat(join(folder, 'out/a/run'))).mode & 0o111).not.toBe(0);
  });

  it.skipIf(process.platform === 'win32')('restores symbolic links', async () => {
    await unpack([{ name: 'current', content: 'versions/a', mode: 0o120777 }]);
    expect(await readlink(join(folder, 'out/current'))).toBe('versions/a');
  });

  it('refuses names that lead out and archives that are cut short', async () => {
    await expect(unpack([{ name: '../../evil', content: 'x' }])).rejects.toThrow(/leads out/u);
    await expect(unpack([{ name: 'a', content: 'x' }], 10)).rejects.toThrow(/cut short/u);
  });
});
