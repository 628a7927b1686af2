import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const TESTS = join(import.meta.dirname, '../..');
const TABLE = readFileSync(join(TESTS, 'README.md'), 'utf8');

/** The sections of the table: what the peer's file is called, how many tests it has, and the rows under it. */
function sections(): { heading: string; count: number; rows: string[][] }[] {
  return TABLE.split('\n### ').slice(1).map((section) => {
    const [heading = '', ...lines] = section.split('\n');
    const rows = lines.filter((line) => line.startsWith('| ')).slice(1).map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()));
    return { heading, count: Number(/\((\d+)\)/.exec(heading)?.[1]), rows };
  });
}

/** Whether a test of this title, or a row of its `it.each`, is in the file. */
function isThere(file: string, title: string): boolean {
  const path = join(TESTS, file);
  if (!existsSync(path)) return false;
  const code = readFileSync(path, 'utf8');
  return code.includes(title) || code.includes(title.replaceAll("'", "\\'"));
}

/** What of a row's test cell names no test that is there. */
function missing(here: string): string[] {
  return here.split('<br>').filter((named) => {
    const [, file = '', title = ''] = /^`([^`]+)`: (.+)$/.exec(named) ?? [];
    return !/^(n\/a|open): .+/.test(named) && !(file !== '' && isThere(file, title));
  });
}

it('the table of attacks names tests that are there', () => {
  const section = TABLE.split('## Attacks, one by one')[1]?.split('\n## ')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| ')).slice(1).map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()));
  expect(rows.length).toBeGreaterThanOrEqual(15);
  expect(rows.flatMap(([, here = '']) => missing(here))).toEqual([]);
});

it('the table of the peer\'s tests names, for each of the 225, a test that is there, or why there is none', () => {
  const wrong: string[] = [];
  let total = 0;
  for (const { heading, count, rows } of sections()) {
    if (rows.length !== count) wrong.push(`${heading}: ${rows.length} rows`);
    total += rows.length;
    for (const [there = '', here = ''] of rows) {
      wrong.push(...missing(here).map((named) => `${heading} › ${there} › ${named}`));
    }
  }
  expect(wrong).toEqual([]);
  expect(total).toBe(225);
});
