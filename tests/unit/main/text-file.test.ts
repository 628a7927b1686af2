import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTextFile } from '../../../main/text-file.ts';
import type { PortalError } from '../../../shared/portal/errors.ts';

let folder: string;
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'text-file-')); });
afterEach(() => rmSync(folder, { recursive: true }));

function refusal(path: string): PortalError {
  try {
    readTextFile(path);
  } catch (thrown) {
    return thrown as PortalError;
  }
  return expect.fail('it was read');
}

describe('a configuration file', () => {
  it('is read whole', () => {
    const path = join(folder, 'a.yaml');
    writeFileSync(path, `version: 1 # é\n${'x'.repeat(200_000)}`);
    expect(readTextFile(path)).toBe(`version: 1 # é\n${'x'.repeat(200_000)}`);
  });

  it('is refused where it is missing, a folder, or too large to be one', () => {
    writeFileSync(join(folder, 'large'), 'x'.repeat(1_000_001));
    expect(refusal(join(folder, 'none'))).toMatchObject({ code: 'FILE_UNREADABLE', message: expect.stringContaining('does not exist') as unknown });
    expect(refusal(folder)).toMatchObject({ code: 'FILE_UNREADABLE', message: expect.stringContaining('is a folder') as unknown });
    expect(refusal(join(folder, 'large'))).toMatchObject({ code: 'FILE_UNREADABLE', message: expect.stringContaining('too large') as unknown });
  });

  it.skipIf(process.platform === 'win32')('is refused where it never ends', () => {
    expect(refusal('/dev/zero')).toMatchObject({ code: 'FILE_UNREADABLE', message: expect.stringContaining('too large') as unknown });
  });
});
