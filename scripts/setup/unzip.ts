import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, symlink, type FileHandle } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

interface ZipEntry {
  name: string;
  method: number;
  /** Bytes in the archive. */
  size: number;
  headerAt: number;
  /** Unix mode; 0 where the archive was made elsewhere. */
  mode: number;
}

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const STORED = 0;
const DEFLATED = 8;

/**
 * Unpacks a zip archive with file modes and symbolic links (of which an Electron for macOS is full), so that no machine
 * needs an `unzip` program. `onProgress` gets the share done, 0–1. Throws for archives over 4 GB and names that lead out.
 */
export async function unzip(archive: string, folder: string, onProgress: (share: number) => void = () => undefined): Promise<void> {
  const file = await open(archive);
  try {
    const entries = await readDirectory(file);
    const total = entries.reduce((sum, entry) => sum + entry.size, 0);
    let done = 0;
    for (const entry of entries) {
      await extract(archive, file, entry, folder);
      done += entry.size;
      onProgress(total === 0 ? 1 : done / total);
    }
  } finally {
    await file.close();
  }
}

async function extract(archive: string, file: FileHandle, entry: ZipEntry, folder: string): Promise<void> {
  const target = resolve(folder, entry.name);
  if (target !== resolve(folder) && !target.startsWith(resolve(folder) + sep)) throw new Error(`${archive} holds ${entry.name}, which leads out of its folder`);
  if (entry.name.endsWith('/')) {
    await mkdir(target, { recursive: true });
    return;
  }
  if (entry.method !== STORED && entry.method !== DEFLATED) throw new Error(`${archive} holds ${entry.name} with compression ${entry.method}; only 0 and 8 are known`);
  await mkdir(dirname(target), { recursive: true });
  const local = await read(file, entry.headerAt, 30);
  const start = entry.headerAt + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
  const isLink = (entry.mode & 0o170000) === 0o120000;
  const source = entry.size === 0 ? PassThrough.from([]) : createReadStream(archive, { start, end: start + entry.size - 1 });
  const plain = entry.method === DEFLATED && entry.size > 0 ? createInflateRaw() : new PassThrough();
  if (isLink) {
    const chunks: Buffer[] = [];
    await pipeline(source, plain, async (stream) => {
      for await (const chunk of stream) chunks.push(chunk as Buffer);
    });
    await symlink(Buffer.concat(chunks).toString('utf8'), target);
    return;
  }
  const permissions = entry.mode & 0o777;
  await pipeline(source, plain, createWriteStream(target, permissions === 0 ? {} : { mode: permissions }));
}

async function readDirectory(file: FileHandle): Promise<ZipEntry[]> {
  const { size } = await file.stat();
  const tail = await read(file, Math.max(0, size - 65_557), Math.min(size, 65_557));
  let at = tail.length - 22;
  while (at >= 0 && tail.readUInt32LE(at) !== END_OF_DIRECTORY) at -= 1;
  if (at < 0) throw new Error('this is no zip archive, or it is cut short');
  const count = tail.readUInt16LE(at + 10);
  const directory = await read(file, tail.readUInt32LE(at + 16), tail.readUInt32LE(at + 12));
  const entries: ZipEntry[] = [];
  for (let index = 0, offset = 0; index < count; index += 1) {
    if (directory.readUInt32LE(offset) !== DIRECTORY_ENTRY) throw new Error('the directory of this zip archive is damaged');
    const [nameLength, extraLength, commentLength] = [directory.readUInt16LE(offset + 28), directory.readUInt16LE(offset + 30), directory.readUInt16LE(offset + 32)];
    const entry = {
      name: directory.toString('utf8', offset + 46, offset + 46 + nameLength),
      method: directory.readUInt16LE(offset + 10),
      size: directory.readUInt32LE(offset + 20),
      headerAt: directory.readUInt32LE(offset + 42),
      mode: directory.readUInt16LE(offset + 40),
    };
    if (entry.size === 0xffffffff || entry.headerAt === 0xffffffff) throw new Error('zip archives over 4 GB are not read here');
    entries.push(entry);
    offset += 46 + nameLength + extraLength + commentLength;
  }
  return entries;
}

async function read(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead !== length) throw new Error('this zip archive is cut short');
  return buffer;
}
