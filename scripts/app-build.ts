import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { withLock } from './setup/folder-lock.ts';
import { startTask } from './setup/progress.ts';
import { runCommand } from './setup/run-command.ts';

export const ROOT = resolve(import.meta.dirname, '..');
const SOURCES = ['shared', 'main', 'electron', 'renderer', 'electron.vite.config.ts', 'library.vite.config.ts', 'package.json', 'tsconfig.json'];
const STAMP = join(ROOT, 'out', 'build-stamp');

/**
 * Makes `out/` match the sources: builds only when a source was added, changed or removed since. `PORTAL_CONSOLE_NO_BUILD=1`
 * takes what is there. Throws with the builder's words when the sources do not build.
 */
export async function ensureBuilt(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  if (env.PORTAL_CONSOLE_NO_BUILD === '1' || isFresh()) return;
  const task = startTask('build');
  await mkdir(join(ROOT, 'out'), { recursive: true });
  try {
    await withLock(
      join(ROOT, 'out', 'build.lock'),
      async () => {
        if (isFresh()) return task.done(null);
        const fingerprint = sourceFingerprint();
        task.say('building the app from its sources');
        await runCommand(process.execPath, [binOf('electron-vite'), 'build', '--logLevel', 'warn'], { cwd: ROOT, env: { ...env, NO_COLOR: '1' }, timeoutMs: 5 * 60_000 });
        await buildLibrary(env);
        writeFileSync(STAMP, fingerprint);
        task.done('up to date');
      },
      (owner) => task.say(`waiting for ${owner}, which is building`),
    );
  } catch (error) {
    task.done(null);
    throw error;
  }
}

/** What programs import as `portal-console`: `out/library`, without its types. */
export async function buildLibrary(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  await runCommand(process.execPath, [binOf('vite'), 'build', '--config', 'library.vite.config.ts', '--logLevel', 'warn'], { cwd: ROOT, env: { ...env, NO_COLOR: '1' }, timeoutMs: 5 * 60_000 });
}

/** The script behind a package's command, to be run with our own node: no shell, no npx, the same on every system. */
export function binOf(packageName: string, command = packageName): string {
  const manifest = join(packageFolder(packageName), 'package.json');
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: string | Record<string, string> };
  const file = typeof bin === 'string' ? bin : bin[command];
  if (file === undefined) throw new Error(`${packageName} has no command ${command}`);
  return join(dirname(manifest), file);
}

/** A package's folder, also where its `exports` hide its package.json. */
function packageFolder(name: string): string {
  const paths = createRequire(import.meta.url).resolve.paths(name) ?? [];
  const folder = paths.map((path) => join(path, name)).find((path) => existsSync(join(path, 'package.json')));
  if (folder === undefined) throw new Error(`${name} is not installed; run npm ci`);
  return folder;
}

function isFresh(): boolean {
  return [join('main', 'index.js'), join('library', 'portal-console.js')].every((file) => existsSync(join(ROOT, 'out', file))) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === sourceFingerprint();
}

/** Names, sizes and times of every source: cheap to take, and it notices a file that is gone. */
function sourceFingerprint(): string {
  const hash = createHash('sha256');
  const add = (path: string): void => {
    const seen = statSync(join(ROOT, path));
    if (seen.isDirectory()) for (const name of readdirSync(join(ROOT, path)).sort()) add(join(path, name));
    else hash.update(`${path}\0${seen.size}\0${seen.mtimeMs}\n`);
  };
  for (const source of SOURCES) add(source);
  return hash.digest('hex');
}
