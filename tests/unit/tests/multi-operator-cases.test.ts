import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const TESTS = join(import.meta.dirname, '../..');
/** The cases of a session with several operators, by number. */
const CASES = [...Array.from({ length: 51 }, (_, i) => String(i + 1)), '7b'];

/** Numbers that the titles of tests on a real server carry: `case 12: …`, `case 1, 5: …`. */
function coveredCases(): string[] {
  return ['integration', 'interop'].flatMap((folder) =>
    readdirSync(join(TESTS, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.test.ts'))
      .flatMap((file) => [...readFileSync(join(TESTS, folder, file), 'utf8').matchAll(/'case (\d+b?(?:, \d+b?)*): /gu)])
      .flatMap((match) => (match[1] ?? '').split(', ')),
  );
}

it('every case of a session with several operators has a test on a real server, and every number is of a case', () => {
  const covered = new Set(coveredCases());
  expect(CASES.filter((one) => !covered.has(one)), 'without a test').toEqual([]);
  expect([...covered].filter((one) => !CASES.includes(one)), 'of no case').toEqual([]);
});
