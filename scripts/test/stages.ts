import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { binOf, ensureBuilt, ROOT } from '../app-build.ts';
import { needsVirtualDisplay, startVirtualDisplay } from '../display.ts';
import { ensureElectron } from '../setup/electron.ts';
import { ensureLerobotFiles } from '../setup/lerobot-files.ts';
import { ensureLivekitServer } from '../setup/livekit-server.ts';
import { startTask, type Task } from '../setup/progress.ts';
import { ensurePythonPeer } from '../setup/python-peer.ts';
import { ensureSystemPackages } from '../setup/system-packages.ts';
import { runShown, TOO_LATE } from './run-stage.ts';
import { failedFiles, repeatedPlaywright, withSecondRun } from './second-run.ts';
import { judge, tallyPlaywright, tallyVitest, type PlaywrightReport, type Tally, type VitestReport } from './tally.ts';

/** What a machine lacks for a stage. A user may do without; CI may not. */
export class StageUnavailable extends Error {}

export interface Stage {
  name: string;
  /** Runs it with its output shown. Throws StageUnavailable. */
  run(context: StageContext): Promise<Tally & { problem: string | null }>;
}

/** Shared by the stages of one run. `env` grows with what set-up finds, so that later stages find it too. */
export interface StageContext {
  env: NodeJS.ProcessEnv;
  ci: boolean;
}

const MINUTE_MS = 60_000;
const node = process.execPath;

/** In the order in which a mistake is found soonest. */
export const STAGES: readonly Stage[] = [
  check('lint', () => [node, binOf('eslint'), '.', '--max-warnings', '0'], 10),
  check('types', () => [node, binOf('vue-tsc'), '-b'], 10),
  vitest('unit', 15),
  vitest('conformance', 15),
  vitest('contract', 15, withServer),
  vitest('integration', 20, withServer),
  vitest('interop', 20, async (context) => {
    await withServer(context);
    context.env.PORTAL_PEER_PYTHON = await prepared('livekit-portal 0.2.8', (task) => ensurePythonPeer(task, context.env));
    context.env.LEROBOT_FILES_PYTHON = await prepared('lerobot 0.6.1, its sources', (task) => ensureLerobotFiles(task, context.env));
  }),
  { name: 'build', run: build },
  { name: 'package', run: makePackage },
  { name: 'e2e', run: endToEnd },
];

function check(name: string, command: () => readonly string[], minutes: number): Stage {
  return {
    name,
    async run({ env }) {
      const code = await runShown(command(), env, minutes * MINUTE_MS);
      return code === 0 ? one(true) : one(false, `ended with code ${code}`);
    },
  };
}

function vitest(name: string, minutes: number, prepare?: (context: StageContext) => Promise<void>): Stage {
  return {
    name,
    async run(context) {
      await prepare?.(context);
      const run = async (files: readonly string[]): Promise<{ report: VitestReport; code: number }> => {
        const file = freshReport(name);
        const command = [node, binOf('vitest'), 'run', '--project', name, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...files];
        const code = await runShown(command, context.env, minutes * MINUTE_MS);
        return { report: existsSync(file) ? readJson(file) : { testResults: [] }, code };
      };
      const first = await run([]);
      if (first.code === 0 || first.code === TOO_LATE) return judge(tallyVitest(first.report), first.code, context.ci);
      const failed = failedFiles(first.report).map((file) => relative(ROOT, file));
      console.log(`\n── ${name}, once more: ${failed.join(', ') || 'all of it'}`);
      const second = await run(failed);
      const { problem, ...tally } = judge(tallyVitest(withSecondRun(first.report, second.report)), second.code, context.ci);
      return { ...tally, problem: problem ?? (tally.failed > 0 ? null : `passed only in a second run: ${failed.join(', ') || 'all of it'}`) };
    },
  };
}

async function withServer(context: StageContext): Promise<void> {
  context.env.LIVEKIT_SERVER_BIN = await prepared('livekit-server', (task) => ensureLivekitServer(task, context.env));
}

async function build({ env }: StageContext): Promise<Tally & { problem: string | null }> {
  try {
    await ensureBuilt(env);
    console.log('out/ matches the sources');
    return one(true);
  } catch (error) {
    return one(false, messageOf(error));
  }
}

async function withRuntime(context: StageContext, virtualDisplay: boolean): Promise<void> {
  await withServer(context);
  const runtime = await prepared('Electron runtime', (task) => ensureElectron(task, context.env));
  context.env.ELECTRON_OVERRIDE_DIST_PATH = runtime.dist;
  await prepared('system packages', (task) => ensureSystemPackages(task, { runtime, virtualDisplay }, context.env));
}

async function makePackage(context: StageContext): Promise<Tally & { problem: string | null }> {
  await withRuntime(context, false);
  const code = await runShown([node, binOf('tsx'), join(ROOT, 'scripts', 'package.ts'), '--dir'], context.env, 15 * MINUTE_MS);
  return code === 0 ? one(true) : one(false, `ended with code ${code}`);
}

async function endToEnd(context: StageContext): Promise<Tally & { problem: string | null }> {
  const virtual = needsVirtualDisplay(context.env);
  await withRuntime(context, virtual);
  const display = virtual ? await startVirtualDisplay().catch(unavailable) : null;
  try {
    const report = freshReport('e2e');
    const env = { ...context.env, PLAYWRIGHT_JSON_OUTPUT_FILE: report, ...(display === null ? {} : { DISPLAY: display.name }) };
    const command = [node, binOf('playwright'), 'test', '--config', 'tests/e2e/playwright.config.ts', '--reporter=list,json'];
    const code = await runShown(command, env, 30 * MINUTE_MS);
    if (!existsSync(report)) return judge({ passed: 0, failed: 0, skipped: 0 }, code, context.ci);
    const outcome = readJson<PlaywrightReport>(report);
    const repeated = repeatedPlaywright(outcome);
    const { problem, ...tally } = judge(tallyPlaywright(outcome), code, context.ci);
    return { ...tally, problem: problem ?? (repeated.length > 0 ? `passed only in a second run: ${repeated.join(', ')}` : null) };
  } finally {
    await display?.stop();
  }
}

async function prepared<T>(title: string, run: (task: Task) => Promise<T>): Promise<T> {
  const task = startTask(title);
  try {
    return await run(task).catch(unavailable);
  } finally {
    task.done(null);
  }
}

function unavailable(error: unknown): never {
  throw new StageUnavailable(messageOf(error), { cause: error });
}

function one(passed: boolean, problem: string | null = null): Tally & { problem: string | null } {
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0, problem };
}

/** An old report would count for a run that wrote none. */
function freshReport(name: string): string {
  const folder = join(ROOT, 'out', 'reports');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.json`);
  rmSync(file, { force: true });
  return file;
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
