import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { PortalError } from '../../shared/portal/errors.ts';
import type { ElectronRuntime } from './electron-runtime.ts';
import { withLock } from './folder-lock.ts';
import { cacheFolder } from '../../main/server/cache-folder.ts';
import type { Task } from './progress.ts';
import { runCommand } from './run-command.ts';

/** Debian's packages by the library they bring; newer releases renamed some. */
const LIBRARY_PACKAGES: readonly (readonly [library: string, packages: readonly string[]])[] = [
  ['libgtk-3.so', ['libgtk-3-0t64', 'libgtk-3-0']],
  ['libgdk-3.so', ['libgtk-3-0t64', 'libgtk-3-0']],
  ['libnss3.so', ['libnss3']],
  ['libnssutil3.so', ['libnss3']],
  ['libsmime3.so', ['libnss3']],
  ['libnspr4.so', ['libnspr4']],
  ['libasound.so', ['libasound2t64', 'libasound2']],
  ['libgbm.so', ['libgbm1']],
  ['libdrm.so', ['libdrm2']],
  ['libatk-1.0.so', ['libatk1.0-0t64', 'libatk1.0-0']],
  ['libatk-bridge-2.0.so', ['libatk-bridge2.0-0t64', 'libatk-bridge2.0-0']],
  ['libatspi.so', ['libatspi2.0-0t64', 'libatspi2.0-0']],
  ['libcups.so', ['libcups2t64', 'libcups2']],
  ['libdbus-1.so', ['libdbus-1-3']],
  ['libcairo.so', ['libcairo2']],
  ['libpango-1.0.so', ['libpango-1.0-0']],
  ['libglib-2.0.so', ['libglib2.0-0t64', 'libglib2.0-0']],
  ['libgobject-2.0.so', ['libglib2.0-0t64', 'libglib2.0-0']],
  ['libgio-2.0.so', ['libglib2.0-0t64', 'libglib2.0-0']],
  ['libX11.so', ['libx11-6']],
  ['libxcb.so', ['libxcb1']],
  ['libXcomposite.so', ['libxcomposite1']],
  ['libXdamage.so', ['libxdamage1']],
  ['libXext.so', ['libxext6']],
  ['libXfixes.so', ['libxfixes3']],
  ['libXrandr.so', ['libxrandr2']],
  ['libxkbcommon.so', ['libxkbcommon0']],
  ['libexpat.so', ['libexpat1']],
];

export interface SystemNeeds {
  runtime: ElectronRuntime;
  /** A window will be shown where there is no display. */
  virtualDisplay: boolean;
}

/**
 * What Linux needs besides: the libraries Electron is linked to, fonts, and Xvfb where a window has to do without a display.
 * Installed by apt as root, else named together with the command. Throws RUNTIME_MISSING. Nothing to do on other systems.
 */
export async function ensureSystemPackages(task: Task, { runtime, virtualDisplay }: SystemNeeds, env: NodeJS.ProcessEnv = process.env): Promise<readonly string[]> {
  if (process.platform !== 'linux') return [];
  const missing = await missingPackages(runtime, virtualDisplay, env);
  if (missing.length === 0) return [];
  const first = missing.map((names) => names.at(-1) ?? '');
  if (!onPath('apt-get', env)) {
    throw new PortalError('RUNTIME_MISSING', `This system lacks what Debian calls ${first.join(', ')}`, { fix: 'Install these with your package manager and run this again.' });
  }
  if (process.getuid?.() !== 0) {
    throw new PortalError('RUNTIME_MISSING', `This system lacks ${first.join(', ')}`, { fix: `Run: sudo apt-get update && sudo apt-get install -y --no-install-recommends ${first.join(' ')}` });
  }
  return withLock(
    join(cacheFolder(env), 'apt.lock'),
    () => install(task, runtime, virtualDisplay, env),
    (owner) => task.say(`waiting for ${owner}, which is at it`),
  );
}

async function install(task: Task, runtime: ElectronRuntime, virtualDisplay: boolean, env: NodeJS.ProcessEnv): Promise<string[]> {
  const missing = await missingPackages(runtime, virtualDisplay, env);
  if (missing.length === 0) return [];
  const apt = (args: string[], what: string): Promise<string> =>
    runCommand('apt-get', ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=2', '-o', 'Acquire::http::Timeout=30', ...args], {
      env: { ...env, DEBIAN_FRONTEND: 'noninteractive' },
      timeoutMs: 15 * 60_000,
      onLine: (line) => task.say(`${what}: ${line.slice(0, 80)}`),
    });
  try {
    task.say('apt-get update');
    await apt(['update'], 'apt-get update');
    const names = new Set<string>();
    for (const candidates of missing) names.add(await firstKnown(candidates));
    task.say(`installing ${[...names].join(' ')}`);
    await apt(['install', '-y', '--no-install-recommends', ...names], 'installing');
  } catch (error) {
    throw new PortalError('RUNTIME_MISSING', error instanceof Error ? error.message : String(error), { fix: 'Install these packages by hand and run this again.', cause: error });
  }
  const still = await missingPackages(runtime, virtualDisplay, env);
  if (still.length > 0) throw new PortalError('RUNTIME_MISSING', `Still missing after apt-get install: ${still.map((names) => names.at(-1)).join(', ')}`);
  return missing.map((names) => names.at(-1) ?? '');
}

async function missingPackages(runtime: ElectronRuntime, virtualDisplay: boolean, env: NodeJS.ProcessEnv): Promise<(readonly string[])[]> {
  const linked = await runCommand('ldd', [runtime.executable], { timeoutMs: 20_000 }).catch(() => '');
  const libraries = [...linked.matchAll(/^\s*(\S+) => not found/gmu)].map((match) => match[1] ?? '');
  const found = new Map<string, readonly string[]>();
  for (const library of libraries) {
    const packages = LIBRARY_PACKAGES.find(([name]) => library.startsWith(name.replace(/\.so$/u, '')))?.[1] ?? [library];
    found.set(packages[0] ?? library, packages);
  }
  if (virtualDisplay && !onPath('Xvfb', env)) found.set('xvfb', ['xvfb']);
  if (!hasFonts()) found.set('fonts', ['fonts-dejavu-core']);
  return [...found.values()];
}

/** Without a font every letter in the window is a box. */
function hasFonts(): boolean {
  return ['/usr/share/fonts', '/usr/local/share/fonts'].some((folder) => existsSync(folder) && readdirSync(folder, { recursive: true }).some((name) => /\.(ttf|otf|ttc)$/iu.test(String(name))));
}

async function firstKnown(candidates: readonly string[]): Promise<string> {
  for (const name of candidates.slice(0, -1)) {
    const known = await runCommand('apt-cache', ['show', name], { timeoutMs: 30_000 }).then(
      () => true,
      () => false,
    );
    if (known) return name;
  }
  return candidates.at(-1) ?? '';
}

function onPath(program: string, env: NodeJS.ProcessEnv): boolean {
  return (env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));
}
