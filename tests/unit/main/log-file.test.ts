import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LogFile } from '../../../main/log-file.ts';

let folder: string;
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'log-file-')); });
afterEach(() => rmSync(folder, { recursive: true }));

const unexpected = (message: string): void => { throw new Error(message); };

it('stays small: the newest lines are in the file, the ones before beside it, and the oldest are gone', () => {
  const log = new LogFile(join(folder, 'host.log'), 100);
  for (let line = 0; line < 100; line += 1) log.write(`line ${String(line).padStart(4, '0')}\n`, unexpected);
  expect(readdirSync(folder).sort()).toEqual(['host.log', 'host.log.1', 'host.log.2', 'host.log.3']);
  for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(100);
  const lines = ['.3', '.2', '.1', ''].flatMap((age) => readFileSync(join(folder, `host.log${age}`), 'utf8').trim().split('\n'));
  expect(lines).toEqual(lines.map((_, index) => `line ${String(100 - lines.length + index).padStart(4, '0')}`));
});

it('goes on where it ended, also after a restart', () => {
  const path = join(folder, 'host.log');
  new LogFile(path, 100).write(`${'a'.repeat(80)}\n`, unexpected);
  new LogFile(path, 100).write(`${'b'.repeat(80)}\n`, unexpected);
  expect(readFileSync(path, 'utf8')).toBe(`${'b'.repeat(80)}\n`);
  expect(readFileSync(`${path}.1`, 'utf8')).toBe(`${'a'.repeat(80)}\n`);
});

it('costs the program nothing where no file can ever be', () => {
  const failures: string[] = [];
  writeFileSync(join(folder, 'file'), '');
  for (const path of [join(folder, 'file', 'host.log'), folder, join(folder, 'a'.repeat(300))]) new LogFile(path).write('lost\n', (message) => failures.push(message.split(':')[0] ?? ''));
  expect(failures).toEqual(['ENOTDIR', 'EISDIR', 'ENAMETOOLONG']);
});

it('says once that it cannot be written, throws nothing, and goes on when it can', () => {
  const failures: string[] = [];
  const log = new LogFile(join(folder, 'later', 'host.log'));
  for (let line = 0; line < 3; line += 1) log.write('lost\n', (message) => failures.push(message));
  expect(failures).toHaveLength(1);
  mkdirSync(join(folder, 'later'));
  chmodSync(join(folder, 'later'), 0o700);
  log.write('kept\n', unexpected);
  expect(readFileSync(join(folder, 'later', 'host.log'), 'utf8')).toBe('kept\n');
});
