import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const HEARTBEAT_MS = 5_000;
/** Long enough for a machine that slept a little; a dead owner on this host is noticed at once. */
const STALE_MS = 60_000;
const POLL_MS = 250;

/**
 * Runs `work` while no other process holds `path`. An owner that died leaves a file without heartbeat, which the next one
 * takes over. Waits at most `deadlineMs`; `onWait` is told once who is waited for.
 */
export async function withLock<T>(path: string, work: () => Promise<T>, onWait: (owner: string) => void, deadlineMs = 30 * 60_000): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const deadline = Date.now() + deadlineMs;
  const owner = `${process.pid}@${hostname()} ${randomUUID()}`;
  let waiting = false;
  while (!(await tryTake(path, owner))) {
    const holder = await readFile(path, 'utf8').catch(() => '');
    if (await isDead(path, holder)) {
      await takeAway(path);
      continue;
    }
    if (!waiting) onWait(holder.split(' ')[0] ?? 'another process');
    waiting = true;
    if (Date.now() > deadline) throw new Error(`${path} is still held by ${holder}; end that process, or delete the file if it is gone`);
    await sleep(POLL_MS);
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    // The file may be gone when someone deleted it by hand; the work goes on all the same.
    utimes(path, now, now).catch(() => undefined);
  }, HEARTBEAT_MS);
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if ((await readFile(path, 'utf8').catch(() => '')) === owner) await rm(path, { force: true });
  }
}

async function tryTake(path: string, owner: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(owner);
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function isDead(path: string, holder: string): Promise<boolean> {
  const seen = await stat(path).catch(() => null);
  if (seen === null) return false;
  if (Date.now() - seen.mtimeMs > STALE_MS) return true;
  const [, pid, host] = /^(\d+)@(\S+) /u.exec(holder) ?? [];
  if (pid === undefined || host !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** By rename, so that of two processes that see a dead owner only one takes the file away. */
async function takeAway(path: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  await rename(path, aside).catch(() => undefined);
  await rm(aside, { force: true });
}
