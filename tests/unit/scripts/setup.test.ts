import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseDemoOptions } from '../../../scripts/demo/demo-options.ts';
import { appSwitches } from '../../../scripts/app-switches.ts';
import { cacheFolder } from '../../../main/server/cache-folder.ts';
import { download } from '../../../scripts/setup/download.ts';
import { ensureElectron } from '../../../scripts/setup/electron.ts';
import { electronExecutable } from '../../../scripts/setup/electron-runtime.ts';
import { ensureLivekitServer } from '../../../scripts/setup/livekit-server.ts';
import { startTask } from '../../../scripts/setup/progress.ts';
import { ensurePythonPeer } from '../../../scripts/setup/python-peer.ts';
import { runCommand } from '../../../scripts/setup/run-command.ts';

const quiet = { say: () => undefined, done: () => undefined };
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portal-console-setup-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('overrides', () => {
  it('take a runtime as it is', async () => {
    await mkdir(join(electronExecutable(folder), '..'), { recursive: true });
    await writeFile(electronExecutable(folder), '');
    await writeFile(join(folder, 'version'), 'v99.1.2\n');
    expect(await ensureElectron(quiet, { ELECTRON_OVERRIDE_DIST_PATH: folder })).toMatchObject({ dist: folder, version: '99.1.2' });
  });

  it('are named when they lead nowhere, with what to do', async () => {
    await expect(ensureElectron(quiet, { ELECTRON_OVERRIDE_DIST_PATH: folder })).rejects.toMatchObject({ code: 'RUNTIME_MISSING', details: { fix: expect.stringContaining('unset') } });
    await expect(ensureLivekitServer(quiet, { LIVEKIT_SERVER_BIN: join(folder, 'none') })).rejects.toMatchObject({ code: 'SERVER_MISSING', details: { fix: expect.stringContaining('unset') } });
    await expect(ensurePythonPeer(quiet, { PORTAL_PEER_PYTHON: join(folder, 'none') })).rejects.toMatchObject({ code: 'RUNTIME_MISSING' });
  });

  it.skipIf(process.platform === 'win32')('find a server on the PATH', async () => {
    const program = join(folder, 'livekit-server');
    await writeFile(program, '#!/bin/sh\n');
    await chmod(program, 0o755);
    expect(await ensureLivekitServer(quiet, { PATH: `/nowhere:${folder}`, PORTAL_CONSOLE_CACHE: folder })).toBe(program);
  });

  it('move the cache', () => {
    expect(cacheFolder({ PORTAL_CONSOLE_CACHE: '/x' })).toBe('/x');
    expect(cacheFolder({ XDG_CACHE_HOME: '/c' }, 'linux')).toBe(join('/c', 'portal-console'));
    expect(cacheFolder({ LOCALAPPDATA: '/l' }, 'win32')).toBe(join('/l', 'portal-console', 'Cache'));
  });
});

describe('a download', () => {
  let server: Server;
  let url = '';
  beforeEach(async () => {
    server = createServer((request, response) => {
      if (request.url === '/there') response.end('content');
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  it('is kept when its checksum is right', async () => {
    const file = join(folder, 'a');
    await download(`${url}/there`, file, createHash('sha256').update('content').digest('hex'), quiet);
    expect(await readFile(file, 'utf8')).toBe('content');
  });

  it('leaves no file when the checksum is wrong, the page missing or the host away', async () => {
    const file = join(folder, 'a');
    await expect(download(`${url}/there`, file, '00', quiet)).rejects.toThrow(/SHA-256/u);
    await expect(download(`${url}/missing`, file, '00', quiet)).rejects.toThrow(/404/u);
    await expect(download('http://127.0.0.1:9/', file, '00', quiet)).rejects.toThrow(/out of reach/u);
    expect(existsSync(file)).toBe(false);
  });
});

describe('a program that is run', () => {
  it('gives its output, and its last words when it fails', async () => {
    expect(await runCommand(process.execPath, ['-e', 'console.log(1)'], { timeoutMs: 30_000 })).toBe('1\n');
    await expect(runCommand(process.execPath, ['-e', 'console.error("no luck"); process.exit(3)'], { timeoutMs: 30_000 })).rejects.toThrow(/ended with 3:\nno luck/u);
    await expect(runCommand(join(folder, 'none'), [], { timeoutMs: 30_000 })).rejects.toThrow(/cannot be started/u);
  });

  it('is ended with everything it started when it takes too long', async () => {
    await expect(runCommand(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { timeoutMs: 200 })).rejects.toThrow(/took longer/u);
  });
});

describe('progress', () => {
  it('is a line at the start and at the end where there is no terminal, and nothing when nothing was done', () => {
    const written: string[] = [];
    const stream = { write: (text: string) => written.push(text) > 0 } as unknown as NodeJS.WritableStream;
    const task = startTask('thing', { stream });
    task.say('1 %');
    task.say('2 %');
    task.done('there');
    startTask('other', { stream }).done(null);
    expect(written).toEqual([expect.stringMatching(/^  thing: 1 % \(\d s\)\n$/u), expect.stringMatching(/^✓ thing: there \(\d s\)\n$/u)]);
  });
});

describe('switches of the runtime', () => {
  it.runIf(process.platform === 'linux')('take a headless role off the display, and leave a display alone', () => {
    expect(appSwitches(true, {})).toEqual(expect.arrayContaining(['--ozone-platform=headless', '--disable-gpu']));
    expect(appSwitches(false, { DISPLAY: ':1' })).not.toContain('--ozone-platform=headless');
    expect(appSwitches(true, { DISPLAY: ':1' })).not.toContain('--ozone-platform=headless');
  });

  it.runIf(process.platform === 'linux')('start no processes for windows that do not come, where the sandbox does not need them', () => {
    expect(appSwitches(true, {}).includes('--no-zygote')).toBe(appSwitches(true, {}).includes('--no-sandbox'));
    expect(appSwitches(false, { DISPLAY: ':1' })).not.toContain('--no-zygote');
  });
});

describe('options of the demo', () => {
  it('are read, with a picture inside the checkout by default', () => {
    expect(parseDemoOptions(['--seconds', '30'], '/root')).toMatchObject({ seconds: 30, screenshot: join('/root', 'out', 'demo.png') });
    expect(parseDemoOptions([], '/root').seconds).toBeNull();
  });

  it.each([['--second', '3'], ['--seconds', 'many'], ['--seconds', '1'], ['extra']])('refuse %s', (...argv) => {
    expect(() => parseDemoOptions(argv, '/root')).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});
