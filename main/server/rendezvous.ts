import { closeSync, linkSync, lstatSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, uptime, userInfo } from 'node:os';
import { join } from 'node:path';
import { PortalError } from '../../shared/portal/errors.ts';
import { startLocalServer, type LocalServer, type OwnedServer } from './local-server.ts';
import { isServerOurs, type ServerAddress } from './server-check.ts';

/** What the owner of a running server leaves for this user's other processes. */
interface Rendezvous extends ServerAddress {
  ownerPid: number;
}

const WAIT_MS = 100;
const PATIENCE_MS = 30_000;

/**
 * The local server of this user: the one that another process of ours runs, or a new one that others then find. Only
 * whoever started it ends it with `stop`. Two processes that ask at the same moment get the same server.
 */
export async function useLocalServer(env: NodeJS.ProcessEnv = process.env): Promise<LocalServer> {
  const folder = privateFolder(env);
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const running = await findRunning(folder);
    if (running !== null) return running;
    const release = takeLock(folder);
    if (release !== null) {
      try {
        return (await findRunning(folder)) ?? (await startShared(folder, env));
      } finally {
        release();
      }
    }
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
  throw new PortalError('SERVER_FAILED', 'another process has been starting the local server for too long', {
    expected: `a server within ${PATIENCE_MS / 1000} s`,
    got: 'none',
    fix: `End the other process, or remove ${lockPath(folder)}.`,
  });
}

/** The local server that another process of this user runs; null when there is none. */
export function findLocalServer(env: NodeJS.ProcessEnv = process.env): Promise<LocalServer | null> {
  return findRunning(privateFolder(env));
}

/** A server of one's own in any case; others find it, unless they find another one already. */
export async function startFindableServer(env: NodeJS.ProcessEnv = process.env): Promise<LocalServer> {
  const folder = privateFolder(env);
  return (await findRunning(folder)) === null ? startShared(folder, env) : startLocalServer({ env });
}

async function findRunning(folder: string): Promise<LocalServer | null> {
  const address = readRendezvous(folder);
  if (address === null || !(await isServerOurs(address))) return null;
  const { url, apiKey, apiSecret } = address;
  return { url, apiKey, apiSecret, stop: () => Promise.resolve() };
}

async function startShared(folder: string, env: NodeJS.ProcessEnv): Promise<LocalServer> {
  const server = await startLocalServer({ env });
  const { url, apiKey, apiSecret } = server;
  writeRendezvous(folder, { url, apiKey, apiSecret, ownerPid: process.pid });
  return { url, apiKey, apiSecret, stop: () => stopShared(folder, server) };
}

async function stopShared(folder: string, server: OwnedServer): Promise<void> {
  if (readRendezvous(folder)?.apiKey === server.apiKey) rmSync(rendezvousPath(folder), { force: true });
  await server.stop();
}

function rendezvousPath(folder: string): string {
  return join(folder, 'server.json');
}

function lockPath(folder: string): string {
  return join(folder, 'server.lock');
}

/** A folder that nobody else on the machine can read or prepare for us; the file in it holds a secret. */
function privateFolder(env: NodeJS.ProcessEnv): string {
  const runtimeDir = env['XDG_RUNTIME_DIR'];
  const folder = runtimeDir ? join(runtimeDir, 'portal-console') : join(tmpdir(), `portal-console-${process.getuid?.() ?? userInfo().username}`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (thrown) {
    throw unusable(folder, thrown instanceof Error ? thrown.message : String(thrown));
  }
  const status = lstatSync(folder);
  const isPrivate = process.getuid === undefined || (status.uid === process.getuid() && (status.mode & 0o077) === 0);
  if (!status.isDirectory() || !isPrivate) throw unusable(folder, 'a folder that others may use');
  return folder;
}

function unusable(folder: string, got: string): PortalError {
  return new PortalError('SERVER_FAILED', `the folder ${folder} cannot be used`, {
    expected: 'a folder of this user alone (mode 0700)',
    got,
    fix: `Remove ${folder}, or set XDG_RUNTIME_DIR to a private folder.`,
  });
}

function readRendezvous(folder: string): Rendezvous | null {
  try {
    const content: unknown = JSON.parse(readFileSync(rendezvousPath(folder), 'utf8'));
    return isRendezvous(content) ? content : null;
  } catch {
    // Absent, or half written by a process that died: as if there were none.
    return null;
  }
}

function isRendezvous(content: unknown): content is Rendezvous {
  if (typeof content !== 'object' || content === null) return false;
  const { url, apiKey, apiSecret, ownerPid } = content as Record<string, unknown>;
  return typeof url === 'string' && typeof apiKey === 'string' && typeof apiSecret === 'string' && typeof ownerPid === 'number';
}

/** Written whole or not at all: a reader never sees half of it. */
function writeRendezvous(folder: string, content: Rendezvous): void {
  const draft = join(folder, `server.${process.pid}.tmp`);
  writeFileSync(draft, JSON.stringify(content), { mode: 0o600 });
  renameSync(draft, rendezvousPath(folder));
}

/** The right to start the server, or null while somebody alive has it. Returns how to give it back. */
function takeLock(folder: string): (() => void) | null {
  const path = lockPath(folder);
  try {
    const file = openSync(path, 'wx', 0o600);
    writeFileSync(file, String(process.pid));
    closeSync(file);
    return () => rmSync(path, { force: true });
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
    breakDeadLock(path);
    return null;
  }
}

/** A lock whose holder died would keep everybody out for ever. Renamed first, so that only one of several waiters removes it. */
function breakDeadLock(path: string): void {
  try {
    const holder = Number(readFileSync(path, 'utf8'));
    const writtenMs = lstatSync(path).mtimeMs;
    const isBeingWritten = holder === 0 && Date.now() - writtenMs < 2_000;
    // After a loss of power another program may have the holder's number.
    const isOfThisBoot = writtenMs > Date.now() - uptime() * 1000 - 5_000;
    if (isBeingWritten || (isOfThisBoot && isAlive(holder))) return;
    const grave = `${path}.${process.pid}`;
    renameSync(path, grave);
    // Broken and taken anew in between: that one is alive and gets it back.
    if (Number(readFileSync(grave, 'utf8')) !== holder) linkSync(grave, path);
    rmSync(grave, { force: true });
  } catch (thrown) {
    // Given back or broken by somebody else in between.
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    // EPERM: it lives, and belongs to somebody else.
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}
