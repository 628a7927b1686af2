import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { withAdvice } from '../../../../shared/portal/warning-advice.ts';
import { WARNING_TAGS } from '../../../../shared/portal/warning-tags.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const HOME = ['shared', 'portal', 'warning-tags.ts'];

function rowsOfReadme(): string[] {
  const section = readFileSync(join(ROOT, 'README.md'), 'utf8').split('Warnings carry a tag that does not change:')[1]?.split('\n## ')[0] ?? '';
  return section.split('\n').filter((line) => line.startsWith('| `')).flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([a-z-]+)`/g)].map((match) => match[1] ?? ''));
}

it('every warning tag has one row in the README, and every row is of a tag', () => {
  expect(rowsOfReadme().sort()).toEqual([...WARNING_TAGS].sort());
});

it('every row says what to do or to look at', () => {
  const causes = readFileSync(join(ROOT, 'README.md'), 'utf8').split('Warnings carry a tag that does not change:')[1]?.split('\n## ')[0]?.split('\n').filter((line) => line.startsWith('| `')).map((line) => line.split('|')[2] ?? '') ?? [];
  for (const cause of causes) expect(cause.trim().length, cause).toBeGreaterThan(30);
});

it('what a transport warns of is told with its likely cause and the knob', () => {
  const folder = join(ROOT, 'main/transport');
  const code = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
  const told = WARNING_TAGS.filter((tag) => code.includes(`'${tag}'`));
  expect(told.length).toBeGreaterThan(5);
  // These two say it themselves: what to do depends on what exactly happened.
  const bare = told.filter((tag) => withAdvice(tag, 'it happened') === 'it happened' && tag !== 'encryption-failed' && tag !== 'decode-failed');
  expect(bare).toEqual([]);
  expect(withAdvice('byte-stream-idle', 'lost.')).toMatch(/^lost\. \w.*\.$/u);
});

it('no warning tag is left that nothing says', () => {
  const files = ['main', 'shared', 'electron'].flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)));
  const code = files.filter((path) => path.endsWith('.ts') && path !== join(...HOME)).map((path) => readFileSync(join(ROOT, path), 'utf8')).join('\n');
  expect(WARNING_TAGS.filter((tag) => !code.includes(`'${tag}'`))).toEqual([]);
});
