import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { _electron, expect, test } from 'playwright/test';
import { startLocalServer, type LocalServer } from '../../main/server/local-server.ts';
import { SO101_JOINTS } from '../../shared/so101-joints.ts';
import { makeFilm, type FilmFolder } from '../fakes/film-pictures.ts';
import { appEnv, electronExecutable, electronSwitches, PROJECT_ROOT, startHeadless, type AppProcess } from './app-process.ts';
import { openConsole, resizeWindow } from './console-window.ts';
import { processesBelow } from './processes.ts';
import { makeTestFolder, type TestFolder } from './test-folder.ts';
import { expectPlayingVideo } from './tile.ts';

/** A headless robot host with Chromium's own fake camera and with a program as camera, watched in the console. */
const FAKE_WEBCAMS = '--use-fake-device-for-media-stream=device-count=2';
/** Electron starts, and a hidden page that has the webcams. */
const START_WITHIN_MS = 60_000;

let folder: TestFolder;
let server: LocalServer;
let film: FilmFolder;
let running: AppProcess[] = [];

test.beforeAll(async () => {
  folder = makeTestFolder();
  server = await startLocalServer();
  film = await makeFilm(160, 120);
});
test.afterAll(async () => {
  await server?.stop();
  film?.remove();
  folder?.remove();
});
test.afterEach(async () => {
  await Promise.all(running.map((one) => one.kill('SIGKILL')));
  running = [];
});

function host(...args: string[]): AppProcess {
  const env = { ...folder.env, LIVEKIT_URL: server.url, LIVEKIT_API_KEY: server.apiKey, LIVEKIT_API_SECRET: server.apiSecret };
  const started = startHeadless(['robot-host', FAKE_WEBCAMS, ...args, '--json'], env);
  running.push(started);
  return started;
}

/** The process of the host whose command line has this word. */
function killBelow(robot: AppProcess, word: string): void {
  const { pid } = robot.child;
  const found = pid === undefined ? undefined : processesBelow(pid).find(({ command }) => command.includes(word));
  if (found === undefined) throw new Error(`no process of ${word}`);
  process.kill(found.pid, 'SIGKILL');
}

function write(name: string, text: string): string {
  const path = join(folder.path, name);
  writeFileSync(path, text);
  return path;
}

test('the webcams of the machine are listed with their sizes, by the same ids each time', async () => {
  const listed = [];
  for (let run = 0; run < 2; run += 1) {
    const lister = host('--list-cameras');
    listed.push((await lister.waitFor('the list', ({ event }) => event === 'cameras', START_WITHIN_MS))['cameras']);
    expect((await lister.ended()).code).toBe(0);
  }
  expect(listed[0]).toMatchObject([{ label: 'fake_device_0' }, { label: 'fake_device_1' }]);
  expect(listed[0]).toMatchObject([{ sizes: expect.arrayContaining([{ width: 640, height: 480, maxFps: 20 }]) as unknown }, {}]);
  expect(listed[1]).toEqual(listed[0]);
});

test('the webcams are there without processes that stand by, which is how headless roles start for root', async () => {
  // Chromium lets go of those only together with the sandbox, which root has not.
  const lister = host('--no-sandbox', '--no-zygote', '--list-cameras');
  expect((await lister.waitFor('the list', ({ event }) => event === 'cameras', START_WITHIN_MS))['cameras']).toMatchObject([{ label: 'fake_device_0' }, { label: 'fake_device_1' }]);
  expect((await lister.ended()).code).toBe(0);
});

test('a webcam that is not there ends the host before it joins, with the names of those that are', async () => {
  const lonely = host('--session', 'missing', '--config', write('missing.yaml', 'cameras:\n  front: { kind: webcam, device: Logitech }\n'));
  const error = await lonely.waitFor('the error', ({ event }) => event === 'error', START_WITHIN_MS);
  expect(error).toMatchObject({ code: 'CAMERA_MISSING', expected: 'Logitech', got: 'fake_device_0, fake_device_1', message: expect.stringContaining('front') as unknown });
  expect((await lonely.ended()).code).toBe(1);
  expect(lonely.events.some(({ event }) => event === 'connected')).toBe(false);
});

test('a size that no webcam has is said with what was asked for', async () => {
  const lonely = host('--config', write('size.yaml', 'cameras:\n  front: { kind: webcam, width: 4094, height: 4096 }\n'));
  expect(await lonely.waitFor('the error', ({ event }) => event === 'error', START_WITHIN_MS)).toMatchObject({ code: 'CAMERA_FAILED', expected: expect.stringContaining('4094x4096') as unknown, fix: expect.stringContaining('--list-cameras') as unknown });
});

test('the page that has the webcams may see pictures and nothing else', async () => {
  const config = write('alone.yaml', 'cameras:\n  front: { kind: webcam, width: 320, height: 240 }\n');
  const env = appEnv({ ...folder.env, LIVEKIT_URL: server.url, LIVEKIT_API_KEY: server.apiKey, LIVEKIT_API_SECRET: server.apiSecret });
  const app = await _electron.launch({ executablePath: electronExecutable(), args: [...electronSwitches(true), FAKE_WEBCAMS, PROJECT_ROOT, 'robot-host', '--session', 'alone', '--config', config], cwd: PROJECT_ROOT, env, timeout: START_WITHIN_MS });
  try {
    const pages = (): Promise<string[]> => app.evaluate(({ webContents }) => webContents.getAllWebContents().map((contents) => (contents.isLoading() ? '' : contents.getURL())));
    await expect.poll(pages, { timeout: START_WITHIN_MS }).toEqual(['app://console/media/index.html']);
    const found = await app.evaluate(({ webContents }) =>
      webContents.getAllWebContents()[0]?.executeJavaScript(`(async () => {
        const ask = (what) => what().then(() => 'granted', ({ name }) => name);
        const { mediaDevices } = navigator;
        return {
          pictures: await ask(() => mediaDevices.getUserMedia({ video: true })),
          sound: await ask(() => mediaDevices.getUserMedia({ audio: true })),
          both: await ask(() => mediaDevices.getUserMedia({ video: true, audio: true })),
          screen: await ask(() => mediaDevices.getDisplayMedia({ video: true })),
          notifications: await Notification.requestPermission(),
          names: ['require', 'process', 'portal', 'electron'].filter((name) => name in globalThis),
        };
      })()`) as Promise<Record<string, unknown>>,
    );
    expect(found).toMatchObject({ pictures: 'granted', sound: 'NotAllowedError', both: 'NotAllowedError', notifications: 'denied', names: [] });
    expect(found?.['screen']).not.toBe('granted');
  } finally {
    await app.close();
  }
});

test('a webcam and a program as cameras, each lost and back, and what a person sees of it', async ({}, testInfo) => {
  const hold = join(folder.path, 'hold');
  const fields = SO101_JOINTS.map(({ name }) => `  - { name: ${name}, dtype: f32 }\n`).join('');
  const portal = write('portal.yaml', `version: 1\nfps: 20\nvideos:\n  - { name: front, codec: h264 }\n  - { name: wrist, codec: h264, stall_behavior: freeze, max_lag_ms: 200 }\nstate:\n${fields}action:\n${fields}`);
  const run = JSON.stringify(film.run('mjpeg', '--fps', '20', '--hold', hold));
  const config = write('robot.yaml', `role: robot\ncameras:\n  front: { kind: webcam, device: fake_device_0, width: 640, height: 480 }\n  wrist: { kind: command, run: ${run}, format: mjpeg }\n`);
  const robot = host('--session', 'cams', '--portal', portal, '--config', config);
  await robot.waitFor('connection', ({ event }) => event === 'connected', START_WITHIN_MS);
  const console = await openConsole(['--session', 'cams', '--identity', 'you', '--portal', portal], { LIVEKIT_URL: server.url, LIVEKIT_API_KEY: server.apiKey, LIVEKIT_API_SECRET: server.apiSecret });
  const { page } = console;
  const warning = (tag: string, camera: string) => ({ event, tag: found, message }: { event: string; tag?: unknown; message?: unknown }) => event === 'warning' && found === tag && String(message).includes(camera);
  try {
    await resizeWindow(console, 1280, 800);
    await expectPlayingVideo(page, 'front', { width: 640, height: 480 });
    await expectPlayingVideo(page, 'wrist', { width: 160, height: 120 });
    await page.keyboard.press('o');
    const observed = (track: string) => page.getByTestId(`observed-${track}`);
    await expect(observed('wrist')).toContainText('live');

    // The program dies, and its successor has nothing to show yet.
    writeFileSync(hold, '');
    const lost = robot.waitForNext('the loss', warning('camera-lost', 'wrist'));
    killBelow(robot, 'film-program');
    expect((await lost)['message']).toContain('SIGKILL');
    const tile = page.getByTestId('tile-wrist');
    await expect(tile).toContainText('FROZEN');
    await expect(observed('wrist')).toContainText('stale');
    await expect(observed('front')).toContainText('live');
    await expect(page.getByTestId('tile-front')).not.toHaveClass(/frozen/u);
    await page.screenshot({ path: testInfo.outputPath('lost-1280x800.png') });
    const back = robot.waitForNext('the return', warning('camera-back', 'wrist'), 60_000);
    rmSync(hold);
    await back;
    await expect(tile).not.toHaveClass(/frozen/u);
    await expect(observed('wrist')).toContainText('live');

    // The page that has the webcams dies; states go on, and the picture comes back.
    const backAgain = robot.waitForNext('the return', warning('camera-back', 'front'), 60_000);
    // A machine that stood still may have kept a picture back for so long that this camera counted as lost before.
    const before = robot.events.length;
    killBelow(robot, '--type=renderer');
    const returned = robot.events.indexOf(await backAgain);
    expect(robot.events.slice(before, returned).filter(warning('camera-lost', 'front')), 'said once').toHaveLength(1);
    await expect(page.getByTestId('tile-front')).not.toHaveClass(/frozen/u);
    await expectPlayingVideo(page, 'front', { width: 640, height: 480 });
  } finally {
    await console.close();
  }
  expect(await robot.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  expect(processesBelow(process.pid).filter(({ command }) => command.includes('film-program'))).toEqual([]);
});

test('a camera whose program cannot be killed does not keep the host from ending, and is named', async () => {
  test.skip(process.platform !== 'linux');
  const holder = join(folder.path, 'holder');
  const run = JSON.stringify(film.run('mjpeg', '--fps', '20', '--hang', holder));
  const robot = host('--session', 'hangs', '--config', write('hangs.yaml', `cameras:\n  front: { kind: command, run: ${run}, format: mjpeg }\n`));
  await robot.waitFor('connection', ({ event }) => event === 'connected');
  try {
    expect(await robot.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  } finally {
    process.kill(Number(readFileSync(holder, 'utf8')), 'SIGKILL');
  }
  expect(robot.events.filter(({ tag }) => tag === 'camera-stuck')).toMatchObject([{ message: expect.stringMatching(/^camera front: .* process \d+, .*left behind\.$/u) as unknown }]);
});

test('the page that has the webcams is replaced when it hangs, and the picture comes back', async () => {
  const config = write('hung.yaml', 'cameras:\n  front: { kind: webcam, device: fake_device_0, width: 320, height: 240 }\n');
  const env = appEnv({ ...folder.env, LIVEKIT_URL: server.url, LIVEKIT_API_KEY: server.apiKey, LIVEKIT_API_SECRET: server.apiSecret });
  const app = await _electron.launch({ executablePath: electronExecutable(), args: [...electronSwitches(true), FAKE_WEBCAMS, PROJECT_ROOT, 'robot-host', '--session', 'hung', '--config', config, '--json'], cwd: PROJECT_ROOT, env });
  try {
    let said = '';
    app.process().stdout?.on('data', (bytes: Buffer) => (said += bytes.toString()));
    await expect.poll(() => said, { timeout: 30_000 }).toContain('"event":"metrics"');
    const pids = (): Promise<number[]> => app.evaluate(({ webContents }) => webContents.getAllWebContents().map((contents) => contents.getOSProcessId()));
    const [hung = 0] = await pids();
    // It never answers, of course.
    await app.evaluate(({ webContents }) => void webContents.getAllWebContents()[0]?.executeJavaScript('for (;;) {}').catch(() => undefined));
    await expect.poll(() => said, { timeout: 10_000 }).toContain('"tag":"camera-lost"');
    await expect.poll(() => said, { timeout: 30_000 }).toContain('"tag":"camera-back"');
    expect((await pids()).length).toBe(1);
    expect(await pids()).not.toContain(hung);
    await expect.poll(() => processesBelow(app.process().pid ?? 0).map(({ pid }) => pid)).not.toContain(hung);
  } finally {
    await app.close();
  }
});
