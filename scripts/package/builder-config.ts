import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from '../app-build.ts';
import { leftOutFolders } from './shipped-packages.ts';

/** Writes `electron-builder.yml` with what stays out of the package on this machine, and returns its path. */
export function writeBuilderConfig(): string {
  const config = parse(readFileSync(join(ROOT, 'electron-builder.yml'), 'utf8')) as { files: string[] };
  const file = join(ROOT, 'out', 'electron-builder.json');
  mkdirSync(join(ROOT, 'out'), { recursive: true });
  writeFileSync(file, JSON.stringify({ ...config, files: [...config.files, ...leftOutFolders().map((folder) => `!${folder}/**`)] }, null, 2));
  return file;
}
