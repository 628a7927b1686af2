import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'playwright/test';
import { startLocalServer, type LocalServer } from '../../main/server/local-server.ts';
import { mintToken } from '../../main/transport/token.ts';
import { scrape } from '../fakes/prometheus-text.ts';
import { startHeadless, startRole, type AppEnd, type AppProcess } from './app-process.ts';
import { expectGone, processesBelow } from './processes.ts';
import { makeTestFolder, type TestFolder } from './test-folder.ts';

/** What headless roles promise to scripts: events as JSON and nothing else, a last word, an exit code, and an end. */

type Env = Readonly<Record<string, string | undefined>>;

let folder: TestFolder;
let server: LocalServer;
let onServer: Env;
let running: AppProcess[] = [];

test.beforeAll(async () => {
  folder = makeTestFolder();
  server = await startLocalServer();
  onServer = { ...folder.env, LIVEKIT_URL: server.url, LIVEKIT_API_KEY: server.apiKey, LIVEKIT_API_SECRET: server.apiSecret };
});
test.afterAll(async () => {
  await server?.stop();
  folder?.remove();
});
test.afterEach(async () => {
  await Promise.all(running.map((one) => one.kill('SIGKILL')));
  running = [];
});

function run(args: readonly string[], env: Env = folder.env): AppProcess {
  const started = startHeadless(args, env);
  running.push(started);
  return started;
}

function role(name: 'robot-host' | 'operator', args: readonly string[], env: Env): AppProcess {
  const started = startRole(name, args, env);
  running.push(started);
  return started;
}

function file(name: string, text: string): string {
  const path = join(folder.path, name);
  writeFileSync(path, text);
  return path;
}

/** Standard output of a `--json` role: every line an event with a time, and the last one its end. */
function expectEventsOnly({ lines, events }: AppProcess, code: number): void {
  expect(lines.filter((line) => !line.startsWith('{'))).toEqual([]);
  expect(events).toHaveLength(lines.length);
  for (const { event, timestamp_us } of events) {
    expect(['connected', 'disconnected', 'limits', 'host_state', 'arm_left', 'metrics_endpoint', 'leader', 'active_operator', 'operator_joined', 'operator_left', 'metrics', 'warning', 'error', 'exit']).toContain(event);
    expect(Number.isSafeInteger(timestamp_us)).toBe(true);
  }
  expect(events.at(-1)).toMatchObject({ event: 'exit', code });
}

interface Mistake {
  name: string;
  args: () => readonly string[];
  env?: () => Env;
  code: 1 | 2;
  error: Record<string, unknown>;
  /** What the readable line must hold. */
  says: RegExp;
}

/** `--seconds` runs from the start of the process: a busy machine needs several of them before it is connected. */
const SECONDS = 20;
const SECRET = 'a-secret-that-is-long-enough-to-sign-with';
const NO_SERVER_PROGRAM: Env = { LIVEKIT_SERVER_BIN: '/nowhere/livekit-server' };

const MISTAKES: readonly Mistake[] = [
  { name: 'an unknown flag', args: () => ['robot-host', '--sesion', 'x'], code: 2, error: { code: 'USAGE', got: '--sesion' }, says: /--sesion.*Did you mean --session\?/u },
  {
    name: 'a mistake in portal.yaml',
    args: () => ['robot-host', '--portal', file('portal.yaml', 'version: 1\nvideos:\n  - { name: front, codec: h266 }\n')],
    code: 2,
    error: { code: 'YAML_INVALID', line: 3, column: 27, expected: expect.stringContaining('h264, vp8, vp9, av1, h265') as unknown },
    says: /portal\.yaml:3:27: .*h266.*h264, vp8/u,
  },
  {
    name: 'a mistake in station.yaml',
    args: () => ['operator', '--config', file('station.yaml', 'version: 1\nsesion: lab\n')],
    code: 2,
    error: { code: 'CONFIG_INVALID', line: 2, column: 1, got: 'sesion' },
    says: /station\.yaml:2:1: .*sesion.*session/u,
  },
  { name: 'a livekit-server that is missing', args: () => ['robot-host'], env: () => NO_SERVER_PROGRAM, code: 1, error: { code: 'SERVER_MISSING', got: '/nowhere/livekit-server' }, says: /Correct LIVEKIT_SERVER_BIN/u },
  {
    name: 'a wrong secret',
    args: () => ['operator'],
    env: () => ({ LIVEKIT_URL: server.url, LIVEKIT_API_KEY: server.apiKey, LIVEKIT_API_SECRET: SECRET }),
    code: 1,
    error: { code: 'TOKEN_REFUSED' },
    says: /Check the API key and the API secret/u,
  },
  { name: 'a token endpoint that cannot be used', args: () => ['operator', '--token-endpoint', 'http://example.com/token'], code: 2, error: { code: 'USAGE', got: 'http://example.com' }, says: /https/u },
  {
    name: 'a server that is not there',
    args: () => ['robot-host'],
    env: () => ({ LIVEKIT_URL: 'ws://127.0.0.1:9', LIVEKIT_API_KEY: 'key', LIVEKIT_API_SECRET: SECRET }),
    code: 1,
    error: { code: 'SERVER_UNREACHABLE' },
    says: /Check the URL/u,
  },
];

for (const { name, args, env, code, error, says } of MISTAKES) {
  test(`${name} is said in words and as an event, and ends the process with code ${code}`, async () => {
    const readable = run(args(), { ...folder.env, ...env?.() });
    const json = run([...args(), '--json'], { ...folder.env, ...env?.() });
    const [said, told] = await Promise.all([readable.ended(), json.ended()]);

    expect(told, json.stderr()).toEqual({ code, signal: null });
    expectEventsOnly(json, code);
    expect(json.events.filter(({ event }) => event === 'error')).toMatchObject([error]);

    expect(said).toEqual({ code, signal: null });
    expect(readable.stderr()).toMatch(says);
    expect(readable.stderr()).not.toMatch(/\n\s+at .*:\d+:\d+/u);
    expect(readable.stderr()).not.toContain('eyJ');
  });
}

test('a robot host tells a scraper what it does, and another one says that its port is taken', async () => {
  const host = role('robot-host', ['--session', 'scraped', '--metrics-port', '0'], onServer);
  const { url, port } = await host.waitFor('where it serves', ({ event }) => event === 'metrics_endpoint');
  role('operator', ['--session', 'scraped', '--leader', 'scripted', '--claim'], onServer);
  await host.waitFor('executed actions', ({ event, executed }) => event === 'metrics' && Number(executed) > 20);
  let figures = await scrape(String(url));
  // A driver that was silent for a moment is HOLDING for as long.
  await expect.poll(async () => (figures = await scrape(String(url))).get('portal_host_state{state="ACTIVE"}')).toBe(1);
  expect(figures.get('portal_executed_total')).toBeGreaterThan(20);
  expect(figures.get('portal_transport_frames_sent_total{track="front"}')).toBeGreaterThan(0);
  expect(figures.get('process_cpu_seconds_total')).toBeGreaterThan(0);

  const second = role('operator', ['--session', 'scraped', '--identity', 'late', '--metrics-port', String(port)], onServer);
  expect(await second.ended()).toEqual({ code: 1, signal: null });
  expect(second.events.at(-2)).toMatchObject({ event: 'error', code: 'PORT_IN_USE' });
  expect(await host.kill('SIGTERM')).toEqual({ code: 0, signal: null });
});

test('a signal also ends a role that is still connecting', async () => {
  const silent = await silentServer();
  try {
    const host = role('operator', [], { ...folder.env, LIVEKIT_URL: silent.url, LIVEKIT_API_KEY: 'key', LIVEKIT_API_SECRET: SECRET });
    await silent.firstGuest;
    expect(await host.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expectEventsOnly(host, 0);
    expect(host.events.filter(({ event }) => event === 'error')).toEqual([]);
  } finally {
    silent.stop();
  }
});

test('--help and --version are said on standard output, also where there is no server', async () => {
  const help = run(['--help'], { ...folder.env, ...NO_SERVER_PROGRAM });
  const version = run(['robot-host', '--version'], { ...folder.env, ...NO_SERVER_PROGRAM });
  expect(await help.ended()).toEqual({ code: 0, signal: null });
  expect(await version.ended()).toEqual({ code: 0, signal: null });
  expect(version.lines.join('\n').trim()).toMatch(/^\d+\.\d+\.\d+$/u);
  const text = help.lines.join('\n');
  for (const word of ['robot-host', 'operator', '--session', '--identity', '--portal', '--config', '--seconds', '--json', 'LIVEKIT_URL', 'LIVEKIT_API_KEY', 'LIVEKIT_TOKEN', 'Exit codes']) expect(text).toContain(word);
});

test('--seconds ends a role by itself, with its own server, and leaves nothing behind', async () => {
  const host = role('robot-host', ['--seconds', String(SECONDS)], folder.env);
  const connected = await host.waitFor('connected', ({ event }) => event === 'connected');
  expect(connected).toMatchObject({ identity: 'robot', session: 'demo', url: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+$/u) as unknown });
  const below = processesBelow(host.child.pid ?? 0);
  expect(below.some(({ command }) => command.includes('livekit-server'))).toBe(true);
  expect(await host.ended(60_000)).toEqual({ code: 0, signal: null });
  expectEventsOnly(host, 0);
  expect(host.events.slice(-3)).toMatchObject([{ event: 'disconnected', reason: 'left' }, { event: 'arm_left', torque: 'on', instead_of: null }, { event: 'exit' }]);
  expect(host.events.at(-1)).toMatchObject({ reason: `${SECONDS} s are over` });
  await expectGone(below);
});

test('a second role finds the local server of the first, and metrics come every second', async () => {
  const host = role('robot-host', [], folder.env);
  const { url } = await host.waitFor('connected', ({ event }) => event === 'connected');
  const policy = role('operator', ['--leader', 'scripted', '--claim', '--identity', 'policy'], folder.env);
  const connected = await policy.waitFor('connected', ({ event }) => event === 'connected');
  expect(connected).toMatchObject({ url, identity: 'policy' });
  await host.waitFor('the operator', ({ event, identity }) => event === 'operator_joined' && identity === 'policy');
  await host.waitFor('the claim', ({ event, identity }) => event === 'active_operator' && identity === 'policy');
  const busy = await host.waitFor('executed actions', ({ event, state, executed }) => event === 'metrics' && state === 'ACTIVE' && Number(executed) > 20);
  expect(busy).toMatchObject({ role: 'robot-host', transport: { states_sent: expect.any(Number) as unknown }, rtt: {}, sync: {}, policy: {} });
  await host.waitForNext('the next metrics', ({ event }) => event === 'metrics');
  await host.waitForNext('and the ones after', ({ event }) => event === 'metrics');
  await policy.waitFor('correlated observations', ({ event, state }) => event === 'metrics' && state === 'ACTIVE');
  expect(await policy.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  expectEventsOnly(policy, 0);
  await host.waitFor('the operator leaving', ({ event, identity }) => event === 'operator_left' && identity === 'policy');
  await host.waitForNext('the hold', ({ event, state }) => event === 'metrics' && state === 'HOLDING');
  expect(await host.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  expectEventsOnly(host, 0);
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} is an orderly end`, async () => {
    const host = role('robot-host', ['--session', `end-${signal}`], onServer);
    await host.waitFor('connected', ({ event }) => event === 'connected');
    const end: AppEnd = await host.kill(signal);
    expect(end, host.stderr()).toEqual({ code: 0, signal: null });
    expectEventsOnly(host, 0);
    expect(host.events.at(-1)).toMatchObject({ reason: signal });
  });
}

test('the same signal twice, as from a terminal and a launcher, is still one orderly end', async () => {
  const host = role('robot-host', ['--session', 'end-twice'], onServer);
  await host.waitFor('connected', ({ event }) => event === 'connected');
  host.child.kill('SIGINT');
  expect(await host.kill('SIGINT'), host.stderr()).toEqual({ code: 0, signal: null });
  expectEventsOnly(host, 0);
});

test('a token decides names, and a contradiction is a mistake', async () => {
  const token = await mintToken({ apiKey: server.apiKey, apiSecret: server.apiSecret, session: 'by-token', identity: 'arm-7', grants: 'robot' });
  const env = { ...folder.env, LIVEKIT_URL: server.url, LIVEKIT_TOKEN: token };
  const host = role('robot-host', [], env);
  const wrong = role('robot-host', ['--identity', 'somebody-else'], env);
  expect(await host.waitFor('connected', ({ event }) => event === 'connected')).toMatchObject({ identity: 'arm-7', session: 'by-token' });
  expect(await wrong.ended()).toEqual({ code: 2, signal: null });
  expect(wrong.events.filter(({ event }) => event === 'error')).toMatchObject([{ code: 'USAGE', expected: 'arm-7', got: 'somebody-else' }]);
  expect(await host.kill('SIGTERM')).toEqual({ code: 0, signal: null });
});

test('the second of two with one name takes the place, and the first one ends with the reason', async () => {
  const first = role('robot-host', ['--session', 'double', '--identity', 'arm'], onServer);
  await first.waitFor('connected', ({ event }) => event === 'connected');
  const second = role('robot-host', ['--session', 'double', '--identity', 'arm'], { ...onServer, ...{ PORTAL_CONSOLE_USER_DATA: join(folder.path, 'second') } });
  await second.waitFor('connected', ({ event }) => event === 'connected');
  expect(await first.ended()).toEqual({ code: 2, signal: null });
  expect(first.events.find(({ event }) => event === 'error')).toMatchObject({ code: 'DUPLICATE_IDENTITY', fix: expect.stringContaining('--identity') as unknown });
  expectEventsOnly(first, 2);
  expect(second.child.exitCode).toBeNull();
});

interface SilentServer {
  url: string;
  /** Resolves once somebody has connected. */
  firstGuest: Promise<void>;
  stop(): void;
}

/** Takes every connection and never says a word. */
async function silentServer(): Promise<SilentServer> {
  let seen: () => void = () => undefined;
  const firstGuest = new Promise<void>((resolve) => (seen = resolve));
  const silent: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    seen();
  });
  await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening));
  const address = silent.address();
  return { url: `ws://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`, firstGuest, stop: () => silent.close() };
}

test('a second Ctrl-C in the middle of parking ends the host at once, and its last word is that the arm is held', async () => {
  test.skip(process.platform === 'win32', 'no signals');
  const host = role('robot-host', ['--session', 'twice', '--config', file('parks.yaml', 'safety: { on_exit: park, align_ms: 30000 }\n')], onServer);
  await host.waitFor('the session', ({ event }) => event === 'connected', 60_000);
  const parking = host.waitForNext('parking', ({ event, state }) => event === 'host_state' && state === 'ALIGNING');
  host.child.kill('SIGINT');
  await parking;
  // One that comes within a second of the first counts as the same.
  const again = setInterval(() => host.child.kill('SIGINT'), 250);
  try {
    expect(await host.ended()).toEqual({ code: 130, signal: null });
  } finally {
    clearInterval(again);
  }
  expect(host.events.at(-1)).toMatchObject({ event: 'arm_left', torque: 'on', instead_of: 'park', reason: 'it was asked a second time to end' });
});
