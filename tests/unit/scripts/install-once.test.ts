import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from '../../../scripts/setup/folder-lock.ts';
import { installOnce, isInstalled } from '../../../scripts/setup/install-once.ts';

const quiet = { say: () => undefined, done: () => undefined };
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portal-console-install-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('an installation', () => {
  it('is made once, also when several ask at the same time', async () => {
    const target = join(folder, 'thing');
    let made = 0;
    const make = async (work: string): Promise<void> => {
      made += 1;
      await writeFile(join(work, 'part'), 'whole');
    };
    await Promise.all([installOnce(target, quiet, make), installOnce(target, quiet, make), installOnce(target, quiet, make)]);
    await installOnce(target, quiet, make);
    expect(made).toBe(1);
    expect(await readFile(join(target, 'part'), 'utf8')).toBe('whole');
  });

  it('leaves nothing half done behind, and can be tried again', async () => {
    const target = join(folder, 'thing');
    const broken = installOnce(target, quiet, async (work) => {
      await writeFile(join(work, 'part'), 'half');
      throw new Error('disk full');
    });
    await expect(broken).rejects.toThrow('disk full');
    expect(isInstalled(target)).toBe(false);
    expect(existsSync(`${target}.work`)).toBe(false);
    expect(existsSync(`${target}.lock`)).toBe(false);
    await installOnce(target, quiet, (work) => writeFile(join(work, 'part'), 'whole'));
    expect(isInstalled(target)).toBe(true);
  });
});

describe('the lock', () => {
  it('is taken over from an owner that died', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => child.once('exit', resolve));
    const { hostname } = await import('node:os');
    await writeFile(join(folder, 'lock'), `${child.pid}@${hostname()} gone`);
    expect(await withLock(join(folder, 'lock'), () => Promise.resolve('mine'), () => undefined)).toBe('mine');
  });

  it('names a living owner, and gives up at the deadline', async () => {
    const { hostname } = await import('node:os');
    await writeFile(join(folder, 'lock'), `${process.pid}@${hostname()} alive`);
    const waited: string[] = [];
    await expect(withLock(join(folder, 'lock'), () => Promise.resolve(), (owner) => waited.push(owner), 1)).rejects.toThrow(/still held by/u);
    expect(waited).toEqual([`${process.pid}@${hostname()}`]);
  });
});
