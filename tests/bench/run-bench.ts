import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePythonPeer } from '../../scripts/setup/python-peer.ts';
import type { RunningServer } from '../../main/ports.ts';
import { describeError, toPortalError } from '../../shared/portal/errors.ts';
import { prepareApp, type BenchApp } from './bench-app.ts';
import { openBenchServer } from './bench-server.ts';
import type { BenchContext, Row } from './context.ts';
import { benchHelp } from './help.ts';
import { parseBenchOptions, type BenchOptions } from './options.ts';
import { buildOurPrograms, createPrograms } from './programs.ts';
import { failedResult, toResult, type BenchResult } from './result.ts';
import { ALL_ROWS } from './rows/all-rows.ts';
import { setUp } from './set-up.ts';
import { benchTable } from './table.ts';

/** The whole command. Resolves with the exit code: 0 all rows measured · 1 a row failed · 2 wrong usage. */
export async function runBench(argv: readonly string[]): Promise<number> {
  const parsed = parseBenchOptions(argv, ALL_ROWS.map((row) => row.name));
  if (!parsed.ok) {
    console.error(`bench: ${parsed.message}\nSee npm run bench -- --help`);
    return 2;
  }
  const { options } = parsed;
  if (options.help) { console.log(benchHelp(ALL_ROWS)); return 0; }
  if (options.list) { console.log(ALL_ROWS.map((row) => `${row.name}\t${row.about}`).join('\n')); return 0; }
  // Find out at the start that it cannot be written.
  if (options.json !== null && !canWrite(options.json)) return 2;
  const keep = (results: readonly BenchResult[]): void => {
    if (options.json !== null) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
  };
  const results = await measureAll(options, keep);
  keep(results);
  console.log(benchTable(results));
  return results.every((result) => result.error === undefined) ? 0 : 1;
}

/** `keep` hears the results so far after each row: a run that is cut short keeps what it has. */
async function measureAll(options: BenchOptions, keep: (results: readonly BenchResult[]) => void): Promise<BenchResult[]> {
  const rows = ALL_ROWS.filter((row) => options.only === null || options.only.includes(row.name));
  const say = (line: string): void => console.error(`bench: ${line}`);
  const folder = mkdtempSync(join(tmpdir(), 'portal-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  // What this process started ends with its pipes.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  let server: RunningServer | null = null;
  try {
    const peerPython = await setUp('livekit-portal 0.2.8', ensurePythonPeer);
    say('bundling our programs');
    const ourPrograms = await buildOurPrograms();
    server = await openBenchServer(process.env);
    let app: Promise<BenchApp> | null = null;
    const context: BenchContext = {
      server, ourPrograms, folder, seconds: options.seconds, say,
      programs: createPrograms(ourPrograms, peerPython),
      app: () => (app ??= prepareApp()),
    };
    const results: BenchResult[] = [];
    for (const row of rows) {
      results.push(await measureRow(row, context));
      keep(results);
    }
    return results;
  } catch (thrown) {
    const reason = describeError(toPortalError(thrown));
    return rows.map((row) => failedResult(row.name, row.unit, reason));
  } finally {
    await server?.stop();
  }
}

/** A row that fails says so in its result; the others still run. */
async function measureRow(row: Row, context: BenchContext): Promise<BenchResult> {
  try {
    return toResult(row.name, row.unit, await row.measure(context));
  } catch (thrown) {
    return failedResult(row.name, row.unit, thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function canWrite(file: string): boolean {
  try {
    writeFileSync(file, '[]\n');
    return true;
  } catch (thrown) {
    console.error(`bench: cannot write ${file}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    return false;
  }
}
