import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JpegCodec } from '../../main/codecs/jpeg.ts';
import type { CommandFormat } from '../../shared/station-config-cameras.ts';

const PROGRAM = join(import.meta.dirname, 'film-program.mjs');

/** Pictures on disk for `film-program.mjs`, and the command that shows them. */
export interface FilmFolder {
  path: string;
  /** `run` of a command camera. */
  run(format: CommandFormat, ...options: string[]): string[];
  remove(): void;
}

/** Four flat pictures in each format: grey 40, 90, 140, 190. */
export async function makeFilm(width: number, height: number): Promise<FilmFolder> {
  const path = mkdtempSync(join(tmpdir(), 'portal-console-film-'));
  const files: Record<CommandFormat, string[]> = { mjpeg: [], rgb24: [], i420: [] };
  for (const grey of [40, 90, 140, 190]) {
    const rgbBorrow = new Uint8Array(3 * width * height).fill(grey);
    const write = (format: CommandFormat, bytes: Uint8Array): void => {
      const file = join(path, `${grey}.${format}`);
      writeFileSync(file, bytes);
      files[format].push(file);
    };
    write('rgb24', rgbBorrow);
    write('i420', new Uint8Array((width * height * 3) / 2).fill(grey));
    write('mjpeg', await new JpegCodec().encode({ width, height, rgbBorrow }, 90));
  }
  return { path, run: (format, ...options) => [process.execPath, PROGRAM, ...options, ...files[format]], remove: () => rmSync(path, { recursive: true, force: true }) };
}
