import { accessSync, constants, existsSync } from 'node:fs';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { LIVEKIT_SERVER_VERSION, serverFileName } from '../../main/server/server-release.ts';
import { PortalError } from '../../shared/portal/errors.ts';
import { cacheFolder } from '../../main/server/cache-folder.ts';
import { download, fetchText } from './download.ts';
import { installOnce, isInstalled } from './install-once.ts';
import type { Task } from './progress.ts';
import { runCommand } from './run-command.ts';
import { unzip } from './unzip.ts';

const RELEASES = 'https://github.com/livekit/livekit/releases/download';
const PROGRAM = serverFileName();
const GO_MODULE = 'github.com/livekit/livekit-server/cmd/server';

/**
 * The livekit-server program, in this order: `LIVEKIT_SERVER_BIN`; the PATH; our cache; the official release for this
 * platform, checked against its published SHA-256; `go install`. Throws SERVER_MISSING with what to do.
 */
export async function ensureLivekitServer(task: Task, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const override = env.LIVEKIT_SERVER_BIN;
  if (override) {
    if (isProgram(override)) return override;
    throw new PortalError('SERVER_MISSING', `LIVEKIT_SERVER_BIN names ${override}, which is no program`, { fix: 'Point it at livekit-server, or unset it to have one set up.' });
  }
  const onPath = (env.PATH ?? '').split(delimiter).map((folder) => join(folder, PROGRAM)).find(isProgram);
  if (onPath !== undefined) return onPath;
  const folder = join(cacheFolder(env), 'livekit-server', LIVEKIT_SERVER_VERSION);
  const program = join(folder, PROGRAM);
  if (isInstalled(folder) && isProgram(program)) return program;

  const failures: string[] = [];
  const ways = [
    ['release', installRelease],
    ['go install', installByGo],
  ] as const;
  for (const [name, way] of ways) {
    try {
      await installOnce(folder, task, async (work) => {
        await way(work, task);
        await runCommand(join(work, PROGRAM), ['--version'], { timeoutMs: 20_000 });
      });
      return program;
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      task.say(`${failures.at(-1) ?? ''}; trying another way`);
    }
  }
  throw new PortalError('SERVER_MISSING', `livekit-server cannot be set up: ${failures.join('; ')}`, {
    fix: `Install livekit-server (https://github.com/livekit/livekit/releases) on the PATH or set LIVEKIT_SERVER_BIN to it; or install Go (https://go.dev/dl) and run this again.`,
  });
}

async function installRelease(work: string, task: Task): Promise<void> {
  const architecture = { x64: 'amd64', arm64: 'arm64', arm: 'armv7' }[process.arch as string];
  const system = { linux: 'linux', win32: 'windows' }[process.platform as string];
  if (architecture === undefined || system === undefined) throw new Error(`LiveKit publishes no release for ${process.platform}-${process.arch}`);
  const archive = `livekit_${LIVEKIT_SERVER_VERSION.replace(/^v/u, '')}_${system}_${architecture}.${system === 'windows' ? 'zip' : 'tar.gz'}`;
  const base = `${RELEASES}/${LIVEKIT_SERVER_VERSION}`;
  task.say(`asking ${new URL(base).host} for ${archive}`);
  const sums = await fetchText(`${base}/checksums.txt`);
  const sha256 = sums.split('\n').map((line) => line.trim().split(/\s+/u)).find(([, name]) => name?.replace(/^\*/u, '') === archive)?.[0];
  if (sha256 === undefined) throw new Error(`the published checksums do not name ${archive}`);
  const file = join(work, archive);
  await download(`${base}/${archive}`, file, sha256, task);
  if (system === 'windows') await unzip(file, work);
  else await runCommand('tar', ['-xzf', file, '-C', work], { timeoutMs: 60_000 });
  await rm(file);
  if (process.platform !== 'win32') await chmod(join(work, PROGRAM), 0o755);
}

/** Three minutes on a small machine, the first time: what is compiled is counted aloud. */
async function installByGo(work: string, task: Task): Promise<void> {
  const target = `${GO_MODULE}@${LIVEKIT_SERVER_VERSION}`;
  const bin = join(work, 'bin');
  await mkdir(bin);
  await runCommand('go', ['version'], { timeoutMs: 20_000 });
  let compiled = 0;
  task.say(`building with go install ${target}; takes a few minutes`);
  await runCommand('go', ['install', '-v', '-ldflags', '-s -w', target], {
    env: { ...process.env, GOBIN: bin },
    timeoutMs: 30 * 60_000,
    onLine: (line) => {
      if (line.startsWith('go: downloading')) task.say(`building with go: ${line.slice(4)}`);
      else if (/^[\w./-]+$/u.test(line)) task.say(`building with go: ${(compiled += 1)} packages compiled`);
    },
  });
  await rename(join(bin, process.platform === 'win32' ? 'server.exe' : 'server'), join(work, PROGRAM));
  await rm(bin, { recursive: true });
}

function isProgram(file: string): boolean {
  if (!existsSync(file)) return false;
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
