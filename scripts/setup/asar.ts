import { writeFile } from 'node:fs/promises';

/** Writes an asar archive of a few flat files: a JSON directory in Chromium's pickle format, then the contents. */
export async function writeAsar(file: string, contents: Readonly<Record<string, Buffer>>): Promise<void> {
  const directory: Record<string, { size: number; offset: string }> = {};
  let offset = 0;
  for (const [name, content] of Object.entries(contents)) {
    directory[name] = { size: content.byteLength, offset: String(offset) };
    offset += content.byteLength;
  }
  const json = Buffer.from(JSON.stringify({ files: directory }));
  const padded = Math.ceil(json.byteLength / 4) * 4;
  const head = Buffer.alloc(16 + padded);
  head.writeUInt32LE(4, 0);
  head.writeUInt32LE(padded + 8, 4);
  head.writeUInt32LE(padded + 4, 8);
  head.writeUInt32LE(json.byteLength, 12);
  json.copy(head, 16);
  await writeFile(file, Buffer.concat([head, ...Object.values(contents)]));
}
