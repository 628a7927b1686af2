import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, link, mkdir, readdir, readFile, rm, symlink, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAsar } from './asar.ts';
import { cacheFolder } from '../../main/server/cache-folder.ts';
import { runtimeIn, type ElectronRuntime } from './electron-runtime.ts';
import { installOnce } from './install-once.ts';
import type { Task } from './progress.ts';

/** Puts our stand-in for Electron's default app where Electron keeps its own: packagers know that it is no part of an app. */
export async function installDefaultApp(dist: string): Promise<void> {
  await writeAsar(join(dist, 'resources', 'default_app.asar'), {
    'package.json': Buffer.from(JSON.stringify({ name: 'electron-default-app', private: true, type: 'module', main: 'main.js' })),
    'main.js': await readFile(join(import.meta.dirname, 'default-app.js')),
  });
}

/**
 * A runtime somebody put together may carry a default app that does not wait for ours to load; Electron is then ready too
 * early for what has to be registered before. Such a runtime is mirrored into the cache, by links where they are possible,
 * with our default app in it. Any other is given back as it is.
 */
export async function withPatientDefaultApp(runtime: ElectronRuntime, task: Task, env: NodeJS.ProcessEnv): Promise<ElectronRuntime> {
  const foreign = join(runtime.dist, 'resources', 'app', 'package.json');
  if (!existsSync(foreign) || isModule(readFileSync(foreign, 'utf8'))) return runtime;
  const name = createHash('sha256').update(runtime.dist).digest('hex').slice(0, 12);
  const folder = join(cacheFolder(env), `electron-${runtime.version}-mirror-${name}`);
  await installOnce(folder, task, async (work) => {
    task.say(`mirroring ${runtime.dist}, whose default app loads too late`);
    await mirror(runtime.dist, join(work, 'dist'));
    await rm(join(work, 'dist', 'resources', 'app'), { recursive: true });
    await installDefaultApp(join(work, 'dist'));
  });
  const mirrored = runtimeIn(join(folder, 'dist'));
  if (mirrored === null) throw new Error(`${folder} has no Electron in it`);
  return { ...mirrored, version: runtime.version };
}

function isModule(manifest: string): boolean {
  return (JSON.parse(manifest) as { type?: string }).type === 'module';
}

async function mirror(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await mirror(source, target);
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
    // On another file system there are no hard links to it.
    else await link(source, target).catch(() => copyFile(source, target));
  }
}
