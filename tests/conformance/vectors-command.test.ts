import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const WIRE = fileURLToPath(new URL('./vectors/wire-0.2.8.json', import.meta.url));
const SYNC = fileURLToPath(new URL('./vectors/sync-0.2.8.json', import.meta.url));
const DIRECTORY = mkdtempSync(join(tmpdir(), 'portal-vectors-'));

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs what `npm run vectors -- FILE…` runs. */
function vectors(...files: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', 'scripts/vectors.ts', ...files], { cwd: ROOT, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr });
    });
  });
}

function file(name: string, content: string): string {
  const path = join(DIRECTORY, name);
  writeFileSync(path, content);
  return path;
}

afterAll(() => rmSync(DIRECTORY, { recursive: true }));

describe('npm run vectors', { timeout: 90_000 }, () => {
  it('passes the recorded packets and traces, a trace counting as one', async () => {
    expect(await vectors(WIRE)).toMatchObject({ code: 0, stdout: '84 passed, 0 failed\n' });
    expect(await vectors(SYNC)).toMatchObject({ code: 0, stdout: '40 passed, 0 failed\n' });
    expect(await vectors(WIRE, SYNC)).toMatchObject({ code: 0, stdout: '124 passed, 0 failed\n' });
  });

  it('prints one line a failure with index and kind, and still checks the rest', async () => {
    // Changed as text: JSON.stringify would lose the sign of -0.0.
    const text = readFileSync(WIRE, 'utf8');
    const hexOf = (index: number): string => (JSON.parse(text) as { vectors: { hex: string }[] }).vectors[index]?.hex ?? '';
    const broken = text.replace(`"${hexOf(4)}"`, '"00"').replace(`"${hexOf(6)}"`, '"", "kind": "rtt"').replace(`"${hexOf(10)}"`, '"xy"');
    const { code, stdout } = await vectors(file('broken.json', broken));
    const lines = stdout.trimEnd().split('\n');
    expect(code).toBe(1);
    expect(lines[0]).toMatch(/^4 chunk: encode: expected 00, got 7e64/);
    expect(lines[1]).toMatch(/^6 rtt: unknown kind/);
    expect(lines[2]).toMatch(/^10 chunk: cannot be checked: hex is no hex text/);
    expect(lines.slice(0, -1).map((line) => Number(line.split(' ')[0]))).toEqual([4, 6, 10]);
    expect(lines.at(-1)).toBe('81 passed, 3 failed');
  });

  it("reads Python's bare NaN and infinities", async () => {
    const path = file('bare.json', '{"vectors": [{"kind": "chunk", "name": "NaN", "horizon": 1, "schema": [["a", "F32"]], "values": {"a": [-Infinity]}, "timestamp_us": 0, "hex": ""}]}');
    const { code, stdout } = await vectors(path);
    expect(code).toBe(1);
    expect(stdout).toContain('0 chunk: encode');
  });

  it('ends with code 2 and a reason where there is nothing to check', async () => {
    expect(await vectors()).toMatchObject({ code: 2, stderr: expect.stringContaining('Usage') as string });
    expect(await vectors(join(DIRECTORY, 'none.json'))).toMatchObject({ code: 2, stderr: expect.stringContaining('none.json') as string });
    expect(await vectors(file('text.json', 'no json'))).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be read') as string });
    expect(await vectors(file('other.json', '{"rows": []}'))).toMatchObject({ code: 2, stderr: expect.stringContaining('unknown format') as string });
    expect(await vectors(DIRECTORY)).toMatchObject({ code: 2 });
  });
});
