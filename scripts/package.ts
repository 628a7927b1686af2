import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError, PortalError, toPortalError } from '../shared/portal/errors.ts';
import { binOf, ensureBuilt, ROOT } from './app-build.ts';
import { writeNotices } from './notices.ts';
import { writeBuilderConfig } from './package/builder-config.ts';
import { checkUnpacked, unpackedFolder } from './package/check-unpacked.ts';
import { makeDeb, makeTarball } from './package/linux-archives.ts';
import { ensureElectron } from './setup/electron.ts';
import { ensureLivekitServer } from './setup/livekit-server.ts';
import { startTask, type Task } from './setup/progress.ts';
import { runCommand } from './setup/run-command.ts';
import { ensureSystemPackages } from './setup/system-packages.ts';

/**
 * `npm run package [-- --dir]`: the unpacked app, checked and started once, then every archive and installer this machine
 * can make; what it cannot make is named with the reason. `--dir` stops after the unpacked app.
 */
const TARGETS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = { linux: ['AppImage'], darwin: ['zip', 'dmg'], win32: ['zip', 'nsis'] };
const SYSTEM_FLAG: Readonly<Partial<Record<NodeJS.Platform, string>>> = { linux: '--linux', darwin: '--mac', win32: '--win' };
const MINUTE_MS = 60_000;

async function makePackages(onlyFolder: boolean): Promise<void> {
  const system = SYSTEM_FLAG[process.platform];
  if (system === undefined) throw new PortalError('NOT_SUPPORTED', `There is no package for ${process.platform}`, { expected: Object.keys(SYSTEM_FLAG).join(', ') });
  const runtime = await step('Electron runtime', (task) => ensureElectron(task));
  await step('system packages', (task) => ensureSystemPackages(task, { runtime, virtualDisplay: false }));
  const server = await step('livekit-server', (task) => ensureLivekitServer(task));
  await ensureBuilt();
  console.log(`THIRD_PARTY_NOTICES.txt names ${writeNotices(server)} packages`);

  const config = writeBuilderConfig();
  const env = { ...process.env, PORTAL_CONSOLE_SERVER_PROGRAM: server, CSC_IDENTITY_AUTO_DISCOVERY: process.env.CSC_IDENTITY_AUTO_DISCOVERY ?? 'false' };
  const builder = (target: string, more: readonly string[], minutes: number): Promise<string> =>
    step(`package ${target}`, (task) => {
      task.say('running electron-builder');
      return runCommand(process.execPath, [binOf('electron-builder'), '--config', config, system, target, '--publish', 'never', `-c.electronDist=${runtime.dist}`, `-c.electronVersion=${runtime.version}`, ...more], {
        cwd: ROOT,
        env,
        timeoutMs: minutes * MINUTE_MS,
        onLine: (line) => task.say(line.trim().slice(0, 100)),
      });
    });
  await rm(unpackedFolder(), { recursive: true, force: true });
  await builder('dir', [], 10);
  await checkUnpacked(runtime.version);
  console.log(`✓ ${unpackedFolder()}`);
  if (onlyFolder) return;
  const dist = join(ROOT, 'dist');
  if (process.platform === 'linux') {
    const { version, description, author } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string; description: string; author: string };
    const app = { folder: unpackedFolder(), output: dist, icon: join(ROOT, 'resources', 'icons', 'icon.png'), version, description, maintainer: author };
    await attempt('tar.gz', () => makeTarball(app));
    await attempt('deb', () => makeDeb(app));
  }
  for (const target of TARGETS[process.platform] ?? []) {
    await attempt(target, async () => {
      await builder(target, ['--prepackaged', unpackedFolder()], 10);
      return dist;
    });
  }
}

/** A machine that cannot make one kind may still make the next. */
async function attempt(target: string, make: () => Promise<string>): Promise<void> {
  const task = startTask(target);
  task.say('packing');
  try {
    const made = await make();
    task.done(made);
  } catch (error) {
    task.done(null);
    console.log(`– ${target} is skipped: ${reasonOf(error)}`);
  }
}

/** The line that says why, out of pages of output. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n').find((line) => /⨯|cannot|failed|error|ENOTFOUND|getaddrinfo/iu.test(line) && !line.includes('electron-builder/'))?.trim().slice(0, 300) ?? text.slice(0, 300);
}

async function step<T>(title: string, run: (task: Task) => Promise<T>): Promise<T> {
  const task = startTask(title);
  try {
    return await run(task);
  } finally {
    task.done(null);
  }
}

const flags = process.argv.slice(2);
const unknown = flags.find((flag) => flag !== '--dir');
try {
  if (unknown !== undefined) throw new PortalError('USAGE', `Unknown flag ${unknown}`, { expected: '--dir' });
  await makePackages(flags.includes('--dir'));
} catch (error) {
  console.error(describeError(toPortalError(error)));
  process.exitCode = unknown === undefined ? 1 : 2;
}
