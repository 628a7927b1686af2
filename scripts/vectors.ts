import { readFileSync } from 'node:fs';
import { checkSyncTrace } from './vectors-sync.ts';
import { parseVectorJson } from './vector-json.ts';
import { WireVectorChecker } from './vectors-wire.ts';

/**
 * Checks recorded vectors: `npm run vectors -- FILE…`. Each file holds `vectors` (packets, both directions) or `traces`
 * (each counts as one). One line a failure, then `N passed, M failed`. Exit code 0 = all passed, 1 = some failed,
 * 2 = nothing to check.
 */
function main(files: readonly string[]): number {
  if (files.length === 0) {
    console.error('No file given. Usage: npm run vectors -- FILE…, each a file of recorded packets (`vectors`) or traces (`traces`).');
    return 2;
  }
  const total = { passed: 0, failed: 0 };
  for (const file of files) {
    const problem = checkFile(file, files.length > 1 ? `${file}: ` : '', total);
    if (problem !== null) {
      console.error(`${file}: ${problem}`);
      return 2;
    }
  }
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 ? 0 : 1;
}

/** Adds to `total`; returns what is wrong with the file as such, or null. */
function checkFile(file: string, prefix: string, total: { passed: number; failed: number }): string | null {
  let content: unknown;
  try {
    content = parseVectorJson(readFileSync(file, 'utf8'));
  } catch (thrown) {
    return `cannot be read: ${messageOf(thrown)}`;
  }
  const { vectors, traces } = (typeof content === 'object' && content !== null ? content : {}) as { vectors?: unknown; traces?: unknown };
  if (!Array.isArray(vectors) && !Array.isArray(traces)) return 'is of an unknown format: expected an object with a list `vectors` or a list `traces`';
  const wire = new WireVectorChecker();
  const count = (index: number, kind: string, problems: readonly string[]): void => {
    if (problems.length === 0) {
      total.passed++;
      return;
    }
    total.failed++;
    console.log(`${prefix}${index} ${kind}: ${problems.join('; ').replaceAll('\n', ' ')}`);
  };
  for (const [index, vector] of (Array.isArray(vectors) ? (vectors as unknown[]) : []).entries()) count(index, kindOf(vector), guarded(() => wire.check(vector)));
  for (const [index, trace] of (Array.isArray(traces) ? (traces as unknown[]) : []).entries()) {
    count(index, 'trace', guarded(() => checkSyncTrace(trace)));
  }
  return null;
}

/** A vector that cannot even be looked at has failed; the others are still checked. */
function guarded(check: () => readonly string[]): readonly string[] {
  try {
    return check();
  } catch (thrown) {
    return [`cannot be checked: ${messageOf(thrown)}`];
  }
}

function kindOf(vector: unknown): string {
  const kind: unknown = typeof vector === 'object' && vector !== null ? (vector as { kind?: unknown }).kind : undefined;
  return typeof kind === 'string' ? kind : 'unknown';
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

process.exitCode = main(process.argv.slice(2));
