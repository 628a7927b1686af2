import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLocalServer, type LocalServer } from '../../main/server/local-server.ts';
import { useLocalServer } from '../../main/server/rendezvous.ts';
import { isServerOurs, type ServerAddress } from '../../main/server/server-check.ts';
import { PortalError } from '../../shared/portal/errors.ts';
import { missingServer } from '../fakes/livekit-server.ts';

const missing = missingServer();
const describeIfPresent = missing !== null && process.env['CI'] !== 'true' ? describe.skip : describe;

describeIfPresent('the local LiveKit server', () => {
  let folder: string;
  const running: LocalServer[] = [];
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'local-server-')); });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((server) => server.stop()));
    rmSync(folder, { recursive: true, force: true });
  });
  async function keep<T extends LocalServer>(starting: Promise<T>): Promise<T> {
    const server = await starting;
    running.push(server);
    return server;
  }

  it('answers on loopback with a key of its own, and not to another key', async () => {
    const server = await keep(startLocalServer());
    expect(server.url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/);
    await answers(server);
    expect(await isServerOurs({ ...server, apiKey: 'devkey', apiSecret: 'secret' })).toBe(false);
    expect(server.apiSecret.length).toBeGreaterThanOrEqual(32);
  });

  it('can be opened to the network on purpose, and still answers here', async () => {
    const server = await keep(startLocalServer({ bind: '0.0.0.0' }));
    expect(server.url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/);
    await answers(server);
  });

  it('is gone when stop has resolved, and stop may be called again', async () => {
    const server = await startLocalServer();
    await server.stop();
    await server.stop();
    expect(server.hasExited()).toBe(true);
    expect(await isServerOurs(server)).toBe(false);
  });

  it('names a taken port and what to do', async () => {
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
    const { port } = squatter.address() as AddressInfo;
    const error: unknown = await startLocalServer({ port }).catch((thrown: unknown) => thrown);
    squatter.close();
    expect(error).toBeInstanceOf(PortalError);
    expect((error as PortalError).code).toBe('PORT_IN_USE');
    expect((error as PortalError).message).toContain(String(port));
  });

  it('tells the end of its log when the program fails', async () => {
    const program = join(folder, 'broken');
    writeFileSync(program, '#!/bin/sh\necho cannot find my leg >&2\nexit 3\n', { mode: 0o755 });
    const error: unknown = await startLocalServer({ env: { ...process.env, LIVEKIT_SERVER_BIN: program } }).catch((thrown: unknown) => thrown);
    expect((error as PortalError).code).toBe('SERVER_FAILED');
    expect((error as PortalError).details.got).toContain('cannot find my leg');
  });

  it('dies with the process that started it, even when that is killed', async () => {
    const script = `
      import { startLocalServer } from ${JSON.stringify(new URL('../../main/server/local-server.ts', import.meta.url).href)};
      const { url, apiKey, apiSecret } = await startLocalServer();
      console.log(JSON.stringify({ url, apiKey, apiSecret }));
      setInterval(() => undefined, 1000);`;
    const path = join(folder, 'owner.mts');
    writeFileSync(path, script);
    const owner = spawn(process.execPath, ['--import', 'tsx', path], { cwd: process.cwd(), stdio: ['ignore', 'pipe', 'inherit'] });
    const line = await new Promise<string>((resolve) => owner.stdout.setEncoding('utf8').once('data', resolve));
    const address = JSON.parse(line) as { url: string; apiKey: string; apiSecret: string };
    await answers(address);
    owner.kill('SIGKILL');
    await waitUntil(async () => !(await isServerOurs(address)), 20_000);
  });

  it('is shared by those who ask at the same moment, and ended by the one who started it', async () => {
    const env = { ...process.env, XDG_RUNTIME_DIR: folder };
    const servers = await Promise.all(Array.from({ length: 4 }, () => keep(useLocalServer(env))));
    expect(new Set(servers.map((server) => server.url)).size).toBe(1);
    const path = join(folder, 'portal-console', 'server.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'portal-console')).mode & 0o777).toBe(0o700);
    await Promise.all(servers.map((server) => server.stop()));
    expect(await isServerOurs(servers[0] as LocalServer)).toBe(false);
    expect(() => readFileSync(path)).toThrow();
  });

  it('is not taken from a file that a dead process left behind', async () => {
    const env = { ...process.env, XDG_RUNTIME_DIR: folder };
    const first = await useLocalServer(env);
    const left = readFileSync(join(folder, 'portal-console', 'server.json'), 'utf8');
    await first.stop();
    writeFileSync(join(folder, 'portal-console', 'server.json'), left);
    writeFileSync(join(folder, 'portal-console', 'server.lock'), '999999999');
    const second = await keep(useLocalServer(env));
    expect(second.apiKey).not.toBe(first.apiKey);
    await answers(second);
  });

  it('is not kept from starting by a lock of before the machine’s last start, whose number somebody else has now', async () => {
    const env = { ...process.env, XDG_RUNTIME_DIR: folder };
    mkdirSync(join(folder, 'portal-console'), { mode: 0o700 });
    const lock = join(folder, 'portal-console', 'server.lock');
    writeFileSync(lock, String(process.pid));
    utimesSync(lock, new Date('2020-01-01'), new Date('2020-01-01'));
    await answers(await keep(useLocalServer(env)));
  });
});

/** One check gives up after 2 s, which a busy machine may take. */
async function answers(server: ServerAddress): Promise<void> {
  await waitUntil(() => isServerOurs(server), 20_000);
}

async function waitUntil(condition: () => Promise<boolean>, deadlineMs: number): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`still not so after ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
