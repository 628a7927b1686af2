import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { expect, test, type Page, type TestInfo } from 'playwright/test';
import { startLocalServer, type LocalServer } from '../../main/server/local-server.ts';
import { freeTcpPort } from '../../main/server/free-port.ts';
import { mintToken } from '../../main/transport/token.ts';
import { PROJECT_ROOT, startRole, type AppProcess } from './app-process.ts';
import { openConsole, resizeWindow, shownJoint, type ConsoleWindow } from './console-window.ts';
import { expectGone, processesBelow, type FoundProcess } from './processes.ts';
import { makeTestFolder, type TestFolder } from './test-folder.ts';
import { expectMovingPictureThroughMain, expectPlayingVideo } from './tile.ts';

let console: ConsoleWindow | null = null;

async function open(env: Readonly<Record<string, string | undefined>> = {}, args: readonly string[] = []): Promise<ConsoleWindow> {
  console = await openConsole(args, env);
  await resizeWindow(console, 1280, 800);
  await expect(console.page.getByTestId('try-simulated')).toBeVisible();
  return console;
}

async function close(): Promise<void> {
  const open = console;
  console = null;
  await open?.close();
}

test.afterEach(close);

async function screenshot(page: Page, testInfo: TestInfo, name: string): Promise<void> {
  await page.screenshot({ path: testInfo.outputPath(`${name}-1280x800.png`) });
}

interface Join {
  url: string;
  session: string;
  identity: string;
  apiKey: string;
  apiSecret: string;
}

async function fillIn(page: Page, { url, session, identity, apiKey, apiSecret }: Join): Promise<void> {
  await page.getByTestId('join-url').fill(url);
  await page.getByTestId('join-session').fill(session);
  await page.getByTestId('join-identity').fill(identity);
  await page.getByTestId('join-key').fill(apiKey);
  await page.getByTestId('join-secret').fill(apiSecret);
}

/** The start screen as a person finds it: everything can be pressed. */
async function expectUsable(page: Page): Promise<void> {
  await expect(page.getByTestId('try-simulated')).toBeEnabled({ timeout: 20_000 });
  await expect(page.getByTestId('join-submit')).toBeEnabled();
}

test('try it with a simulated robot: drive, leave, quit, and nothing stays behind', async ({}, testInfo) => {
  const { page, pid } = await open();
  await screenshot(page, testInfo, 'start');
  await page.getByTestId('try-simulated').click();
  await expect(page.getByTestId('setup')).toBeVisible();
  await screenshot(page, testInfo, 'setting-up');
  await expect(page.getByTestId('state-word')).toHaveText('HOLDING', { timeout: 40_000 });
  await expect(page.getByTestId('driver-sentence')).toContainText('Nobody is driving');
  await expectPlayingVideo(page, 'front', { width: 640, height: 480 });
  const started = processesBelow(pid).filter(({ command }) => /robot-host|livekit-server/u.test(command));
  expect(started.some(({ command }) => command.includes('robot-host')), 'a robot host of its own').toBe(true);
  expect(started.some(({ command }) => command.includes('livekit-server')), 'a server of its own').toBe(true);

  await page.getByTestId('take-control').click();
  await expect(page.getByTestId('driver-sentence')).toContainText('You are driving');
  await expect(page.getByTestId('state-word')).toHaveText('ACTIVE');
  const target = (await shownJoint(page, 'state', 'shoulder_pan')) > 0 ? -25 : 25;
  await page.getByTestId('joint-slider-shoulder_pan').fill(String(target));
  await expect.poll(() => shownJoint(page, 'state', 'shoulder_pan')).toBeCloseTo(target, -0.5);
  await screenshot(page, testInfo, 'driving');

  await page.getByTestId('leave').click();
  await expect(page.getByTestId('leave-anyway')).toBeVisible();
  await screenshot(page, testInfo, 'leave-asks');
  await page.getByTestId('leave-anyway').click();
  await expectUsable(page);
  await expectGone(started);
  await screenshot(page, testInfo, 'left');

  await page.getByTestId('try-simulated').click();
  await expect(page.getByTestId('state-word')).toHaveText('HOLDING', { timeout: 40_000 });
  const all = [{ pid, command: '' }, ...processesBelow(pid)].filter(({ command }) => command !== '');
  expect(all.some(({ command }) => command.includes('robot-host'))).toBe(true);
  await close();
  await expectGone(all);
});

test('a simulated robot that is given up half way leaves nothing running', async () => {
  const folder = makeTestFolder();
  try {
    // Stays at that stage, so that giving up cannot come too late.
    for (const { stage, server } of [{ stage: 'Starting a LiveKit server', server: '' }, { stage: 'Starting a robot', server: 'rooms' }]) {
      const { page, pid } = await open({ LIVEKIT_SERVER_BIN: muteServer(folder, server) });
      const started = (): FoundProcess[] => processesBelow(pid).filter(({ command }) => /robot-host|livekit-server/u.test(command));
      await page.getByTestId('try-simulated').click();
      await expect(page.getByTestId('setup')).toContainText(stage);
      await expect.poll(() => started().some(({ command }) => command.includes(server === 'rooms' ? 'robot-host' : 'livekit-server')), { timeout: 20_000 }).toBe(true);
      await page.getByTestId('cancel').click();
      await expectUsable(page);
      await expect(page.getByTestId('error-notice')).toBeHidden();
      await expect.poll(started, { message: `left behind when given up at “${stage}”`, timeout: 20_000 }).toEqual([]);
      await close();
    }
  } finally {
    folder.remove();
  }
});

/** A program in the place of livekit-server; see there for `says`. */
function muteServer(folder: TestFolder, says: string): string {
  const program = join(folder.path, `livekit-server-${says}`);
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${join(PROJECT_ROOT, 'tests/fakes/mute-livekit-server.mjs')}' ${says}\n`, { mode: 0o755 });
  return program;
}

test.describe('on a server with a robot', () => {
  let server: LocalServer;
  let host: AppProcess;
  let folder: TestFolder;
  const session = 'start-screen';

  test.beforeAll(async () => {
    folder = makeTestFolder();
    server = await startLocalServer();
    host = startRole('robot-host', ['--session', session, '--identity', 'robot'], {
      ...folder.env,
      LIVEKIT_URL: server.url,
      LIVEKIT_API_KEY: server.apiKey,
      LIVEKIT_API_SECRET: server.apiSecret,
    });
    await host.waitFor('connected', ({ event }) => event === 'connected');
  });
  test.afterAll(async () => {
    await host?.kill('SIGTERM');
    await server?.stop();
    folder?.remove();
  });

  const place = (): Join => ({ url: server.url, session, identity: 'me', apiKey: server.apiKey, apiSecret: server.apiSecret });

  test('joins by URL, key and secret, and remembers the session beyond a restart', async ({}, testInfo) => {
    const memory = makeTestFolder();
    try {
      const { page } = await open(memory.env);
      await fillIn(page, place());
      await screenshot(page, testInfo, 'filled-in');
      await page.getByTestId('join-submit').click();
      await expect(page.getByTestId('state-word')).toHaveText('HOLDING');
      await expectPlayingVideo(page, 'front', { width: 640, height: 480 });
      await page.getByTestId('leave').click();

      await page.getByTestId(`recent-${session}`).click();
      await expect(page.getByTestId('state-word')).toHaveText('HOLDING');
      await close();

      const again = await open(memory.env);
      const entry = again.page.getByTestId(`recent-${session}`);
      await expect(entry).toBeVisible();
      await expect(again.page.getByTestId('recent')).toContainText('as me');
      await screenshot(again.page, testInfo, 'remembered');
      await entry.click();
      // With a keyring one click is enough; without one the secret is never written down, and is all that has to be typed.
      if (await again.page.getByText('This computer has no keyring').isVisible()) {
        await expect(again.page.getByTestId('join-url')).toHaveValue(server.url);
        await expect(again.page.getByTestId('join-session')).toHaveValue(session);
        await expect(again.page.getByTestId('join-key')).toBeFocused();
        await again.page.getByTestId('join-key').fill(server.apiKey);
        await again.page.getByTestId('join-secret').fill(server.apiSecret);
        await again.page.getByTestId('join-submit').click();
      }
      await expect(again.page.getByTestId('state-word')).toHaveText('HOLDING');
    } finally {
      await close();
      memory.remove();
    }
  });

  test('joins by token, and shows the pictures that then come through main', async ({}, testInfo) => {
    const { page } = await open();
    const token = await mintToken({ apiKey: server.apiKey, apiSecret: server.apiSecret, session, identity: 'by-token', grants: 'operator' });
    await page.getByTestId('join-url').fill(server.url);
    await page.getByTestId('join-auth-token').click();
    await page.getByTestId('join-token').fill(token);
    await page.getByTestId('join-submit').click();
    await expect(page.getByTestId('state-word')).toHaveText('HOLDING');
    await expectMovingPictureThroughMain(page, 'front', { width: 640, height: 480, colours: 20 });
    await expect(page.getByTestId('tile-age-front')).toContainText('ms');
    await page.getByTestId('take-control').click();
    await expect(page.getByTestId('driver-sentence')).toContainText('You are driving');
    await host.waitFor('the claim of the name in the token', ({ event, identity }) => event === 'active_operator' && identity === 'by-token');
    await screenshot(page, testInfo, 'by-token');
  });

  test('a token for another room than the one typed is said, and joins nothing', async ({}, testInfo) => {
    const { page } = await open();
    const request = { apiKey: server.apiKey, apiSecret: server.apiSecret, identity: 'me', grants: 'operator' } as const;
    await page.getByTestId('join-auth-token').click();
    await page.getByTestId('join-url').fill(server.url);
    await page.getByTestId('join-session').fill(session);
    await page.getByTestId('join-token').fill(await mintToken({ ...request, session: 'another-lab' }));
    await page.getByTestId('join-submit').click();
    const notice = page.getByTestId('error-notice');
    await expect(notice).toContainText('The token is for another session: another-lab');
    await expect(notice).toContainText('Leave Session empty');
    await screenshot(page, testInfo, 'token-for-another-room');
    await expectUsable(page);
    await page.getByTestId('join-token').fill(await mintToken({ ...request, session }));
    await page.getByTestId('join-submit').click();
    await expect(page.getByTestId('state-word')).toHaveText('HOLDING');
  });

  test('a token that is over, or allows too little, is said with what to do about it', async ({}, testInfo) => {
    const { page } = await open();
    await page.getByTestId('join-auth-token').click();
    await page.getByTestId('join-url').fill(server.url);
    const request = { apiKey: server.apiKey, apiSecret: server.apiSecret, session, identity: 'late' };
    const notice = page.getByTestId('error-notice');
    await page.getByTestId('join-token').fill(await mintToken({ ...request, grants: 'operator', ttlS: -3600 }));
    await page.getByTestId('join-submit').click();
    await expect(notice).toContainText('TOKEN_REFUSED');
    await expect(notice).toContainText('Ask for a new token');
    await screenshot(page, testInfo, 'expired-token');
    await expectUsable(page);
    // A viewer's token names no role and allows to set none.
    await page.getByTestId('join-token').fill(await mintToken({ ...request, grants: 'viewer' }));
    await page.getByTestId('join-submit').click();
    await expect(notice).toContainText('ROLE_NOT_SET');
    await expect(notice).toContainText('canUpdateOwnMetadata');
    await expect(notice).not.toContainText('eyJ');
    await expectUsable(page);
  });

  test('a wrong secret is said with what to do about it', async ({}, testInfo) => {
    const { page } = await open();
    await fillIn(page, { ...place(), apiSecret: 'not-the-secret-of-this-server-at-all' });
    await page.getByTestId('join-submit').click();
    const notice = page.getByTestId('error-notice');
    await expect(notice).toContainText('TOKEN_REFUSED');
    await expect(notice).toContainText('Check the API key and the API secret');
    await expect(notice).not.toContainText('eyJ');
    await screenshot(page, testInfo, 'wrong-secret');
    await expectUsable(page);

    await page.getByTestId('join-secret').fill(server.apiSecret);
    await page.getByTestId('join-submit').click();
    await expect(page.getByTestId('state-word')).toHaveText('HOLDING');
    await expect(page.getByTestId('error-notice')).toBeHidden();
  });

  test('a mistake in portal.yaml is said with its line and column', async ({}, testInfo) => {
    const file = join(folder.path, 'a-folder-with-a-name-of-some-length', 'broken-portal.yaml');
    mkdirSync(dirname(file));
    writeFileSync(file, 'version: 1\nfps: 30\nvideos:\n  - { name: front, codec: h266 }\nstate: []\naction: []\n');
    const { app, page } = await open();
    await app.evaluate(({ dialog }, path) => {
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [path] });
    }, file);
    await fillIn(page, place());
    await page.getByTestId('join-file').click();
    await expect(page.getByTestId('join-form')).toContainText('broken-portal.yaml');
    await page.getByTestId('join-submit').click();
    const notice = page.getByTestId('error-notice');
    await expect(notice).toContainText('YAML_INVALID');
    await expect(notice).toContainText('broken-portal.yaml, line 4, column 27');
    await expect(notice).toContainText('h264');
    await screenshot(page, testInfo, 'broken-yaml');
    // A long path must not push the form out of its card.
    const [form, submit] = [await page.getByTestId('join-form').boundingBox(), await page.getByTestId('join-submit').boundingBox()];
    expect((submit?.x ?? 0) + (submit?.width ?? 0)).toBeLessThanOrEqual((form?.x ?? 0) + (form?.width ?? 0));
    expect(await page.getByTestId('join-form').evaluate((element) => element.scrollWidth - element.clientWidth)).toBeLessThanOrEqual(0);
    await expectUsable(page);
  });
});

test('a server that is not there is said, and one that never answers can be given up', async ({}, testInfo) => {
  const { page } = await open();
  const closedPort = await freeTcpPort('127.0.0.1');
  const nowhere = { session: 's', identity: 'me', apiKey: 'key', apiSecret: 'a-secret-that-is-long-enough-for-a-token' };
  await fillIn(page, { ...nowhere, url: `ws://127.0.0.1:${closedPort}` });
  await page.getByTestId('join-submit').click();
  const notice = page.getByTestId('error-notice');
  await expect(notice).toContainText('SERVER_UNREACHABLE', { timeout: 20_000 });
  await expect(notice).toContainText('Check the URL');
  await screenshot(page, testInfo, 'unreachable');
  await expectUsable(page);

  const { port, server } = await silentServer();
  try {
    await page.getByTestId('join-url').fill(`ws://127.0.0.1:${port}`);
    await page.getByTestId('join-submit').click();
    await expect(page.getByTestId('setup')).toContainText('Joining s');
    await screenshot(page, testInfo, 'connecting');
    await page.getByTestId('cancel').click();
    await expectUsable(page);
    await screenshot(page, testInfo, 'cancelled');
    await expect(notice).toBeHidden();
    await expect(page.getByTestId('join-url')).toHaveValue(`ws://127.0.0.1:${port}`);
  } finally {
    server.close();
  }
});

/** Takes every connection and never says a word. */
async function silentServer(): Promise<{ port: number; server: Server }> {
  const server = createServer((socket) => socket.on('error', () => undefined));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0, server };
}
