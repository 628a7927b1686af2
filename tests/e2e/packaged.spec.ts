import { existsSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'playwright/test';
import { unpackedFolder, unpackedProgram } from '../../scripts/package/check-unpacked.ts';
import { electronSwitches, startApp, type AppProcess } from './app-process.ts';
import { expectGone, processesBelow } from './processes.ts';
import { makeTestFolder, type TestFolder } from './test-folder.ts';

/** The packaged app with nothing but what is in its folder. */

const program = unpackedProgram();
const isThere = existsSync(program);
test.skip(!isThere && process.env['CI'] !== 'true', `needs the packaged app: run \`npm run package -- --dir\`, or \`npm test\``);

let folder: TestFolder;
let running: AppProcess[] = [];

test.beforeAll(() => {
  expect(isThere, `${program} is there`).toBe(true);
  folder = makeTestFolder();
});
test.afterAll(() => folder?.remove());
test.afterEach(async () => {
  await Promise.all(running.map((one) => one.kill('SIGTERM')));
  running = [];
});

/** Without a server program from anywhere else: not from the environment, the PATH or the cache. */
function start(args: readonly string[], { headless, env = {} }: { headless: boolean; env?: Readonly<Record<string, string>> }): AppProcess {
  return startIn(program, [...electronSwitches(headless), ...args], env);
}

function launch(args: readonly string[]): AppProcess {
  return startIn(join(unpackedFolder(), 'portal-console-headless'), args, {});
}

function startIn(command: string, args: readonly string[], env: Readonly<Record<string, string>>): AppProcess {
  const path = (process.env['PATH'] ?? '').split(':').filter((place) => !existsSync(join(place, 'livekit-server')));
  const started = startApp(command, args, {
    ...folder.env,
    LIVEKIT_SERVER_BIN: undefined,
    ELECTRON_OVERRIDE_DIST_PATH: undefined,
    PATH: path.join(':'),
    PORTAL_CONSOLE_CACHE: join(folder.path, 'cache'),
    XDG_CACHE_HOME: join(folder.path, 'cache'),
    ...env,
  });
  running.push(started);
  return started;
}

test('the packaged robot host and the packaged window meet on the packaged server', async () => {
  const host = start(['robot-host', '--session', 'packaged', '--json'], { headless: true });
  await host.waitFor('connected', ({ event }) => event === 'connected', 40_000);
  const server = processesBelow(host.child.pid ?? 0).find(({ command }) => /livekit-server$/u.test(command.split(' ')[0] ?? ''));
  expect(server, 'a server below the robot host').toBeDefined();
  expect(dirname(dirname(readlinkSync(`/proc/${server?.pid}/exe`)))).toBe(unpackedFolder());

  const window = start(['console', '--session', 'packaged', '--json', '--seconds', '40'], { headless: false });
  await window.waitFor('connected', ({ event, robot }) => event === 'connected' && robot !== undefined, 40_000);
  // An observation needs a state that main received and a picture that the window decoded, drew and reported.
  const seen = await window.waitFor('observations', (event) => event.event === 'metrics' && Number((event['sync'] as Record<string, number>)['observations_emitted']) > 10, 30_000);
  expect(seen).toMatchObject({ role: 'console', state: 'HOLDING' });
  const frames = await host.waitFor('frames', ({ event }) => event === 'metrics');
  expect(frames['transport']).toMatchObject({ frames_sent: { front: expect.any(Number) as unknown } });
  const below = processesBelow(window.child.pid ?? 0);
  expect(below.some(({ command }) => command.includes('--type=renderer'))).toBe(true);

  expect(await window.kill('SIGTERM'), window.stderr()).toEqual({ code: 0, signal: null });
  expect(window.events.filter(({ event }) => event === 'error')).toEqual([]);
  await expectGone(below);
  expect(await host.kill('SIGTERM'), host.stderr()).toEqual({ code: 0, signal: null });
});

test('packaged roles end by themselves after --seconds, headless and with a window', async () => {
  // Counted from the start of the process, which on a busy machine takes its time.
  const seconds = '25';
  // Where there is a launcher for machines without a display, it is the way to start there.
  const host = process.platform === 'linux' ? launch(['--seconds', seconds, '--json']) : start(['robot-host', '--seconds', seconds, '--json'], { headless: true });
  const window = start(['console', '--seconds', seconds, '--json'], { headless: false });
  expect(await window.ended(60_000), window.stderr()).toEqual({ code: 0, signal: null });
  expect(window.events.at(-1)).toMatchObject({ event: 'exit', code: 0, reason: `${seconds} s are over` });
  expect(await host.ended(60_000), host.stderr()).toEqual({ code: 0, signal: null });
  expect(host.events.map(({ event }) => event)).toContain('connected');
  expect(host.events.at(-1)).toMatchObject({ event: 'exit', code: 0, reason: `${seconds} s are over` });
});

test('the packaged program is itself and nothing else: no plain Node, no debugger, no options for Node', async () => {
  const asNode = start(['--version'], { headless: true, env: { ELECTRON_RUN_AS_NODE: '1' } });
  const debugged = start(['--inspect=0', 'robot-host', '--version'], { headless: true, env: { NODE_OPTIONS: '--throw-deprecation --title=changed' } });
  expect(await asNode.ended()).toEqual({ code: 0, signal: null });
  expect(asNode.lines.join('')).toMatch(/^\d+\.\d+\.\d+$/u);
  expect(await debugged.ended()).toEqual({ code: 0, signal: null });
  expect(debugged.stderr()).not.toContain('Debugger listening');
});
