import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { expect, test, type Page } from 'playwright/test';
import { startLocalServer, type LocalServer } from '../../main/server/local-server.ts';
import type { PortalBridge } from '../../shared/ipc.ts';
import { startRole, type AppEvent, type AppProcess } from './app-process.ts';
import { openConsole, resizeWindow, type ConsoleWindow } from './console-window.ts';
import { makeTestFolder, type TestFolder } from './test-folder.ts';
import { expectPlayingVideo } from './tile.ts';
import { startTokenEndpoint } from '../fakes/token-endpoint.ts';

/** End-to-end encryption as a person meets it: pictures with the right key, and words instead of silence without it. */

const KEY = 'a key that nobody must ever read 4711';
/** By when a key that does not fit is said: two pings a second apart after the first packet, which may be a ping itself. */
const SAID_MS = 4000;
/** For a machine that is busy with other work; that two pings are enough is proven on a clock of its own (unit/shared/portal/key-proof). */
const SLACK_MS = 4000;
const OTHER_KEY = 'another key altogether 0815';

let server: LocalServer;
let folder: TestFolder;
let session: string;
let host: AppProcess | null = null;
let console: ConsoleWindow | null = null;

test.beforeAll(async () => {
  folder = makeTestFolder();
  server = await startLocalServer();
});
test.afterAll(async () => {
  await server?.stop();
  folder?.remove();
});
test.beforeEach(() => {
  session = `sealed-${randomUUID().slice(0, 8)}`;
});
test.afterEach(async () => {
  await console?.close();
  console = null;
  await host?.kill('SIGTERM');
  host = null;
});

const env = (key: string | null): Record<string, string> => ({
  LIVEKIT_URL: server.url,
  LIVEKIT_API_KEY: server.apiKey,
  LIVEKIT_API_SECRET: server.apiSecret,
  PORTAL_CONSOLE_LOG: 'info',
  ...(key === null ? {} : { PORTAL_E2EE_KEY: key }),
});

async function startHost(key: string | null): Promise<AppProcess> {
  host = startRole('robot-host', ['--session', session, '--identity', 'robot'], { ...folder.env, ...env(key) });
  await host.waitFor('connected', ({ event }) => event === 'connected');
  return host;
}

async function open(key: string | null): Promise<ConsoleWindow> {
  console = await openConsole(['--session', session, '--identity', 'you', '--json'], env(key));
  await resizeWindow(console, 1280, 800);
  return console;
}

const saysEncryption = ({ event, tag }: AppEvent): boolean => event === 'warning' && tag === 'encryption-failed';

/** Every regular file in a folder and below. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => joinPath(entry.parentPath, entry.name));
}

/** The key as text, and as the engine's own log writes bytes. */
const spellings = (key: string): string[] => [key, JSON.stringify(key).slice(1, -1), [...Buffer.from(key)].join(','), Buffer.from(key).toString('base64'), Buffer.from(key).toString('hex')];

test('with the right key the live view shows the picture and its age, and the key is nowhere to be read', async ({}, testInfo) => {
  const robot = await startHost(KEY);
  const { page, app } = await open(KEY);
  let said = '';
  app.process().stdout?.on('data', (text: Buffer) => (said += text.toString()));
  app.process().stderr?.on('data', (text: Buffer) => (said += text.toString()));
  page.on('console', (message) => (said += message.text()));
  await expect(page.getByTestId('state-word')).toHaveText('HOLDING');
  await expectPlayingVideo(page, 'front', { width: 640, height: 480 });
  await expect(page.getByTestId('tile-age-front')).toContainText('ms');
  await expect.poll(async () => Number.parseFloat(await page.getByTestId('obs-rate').innerText())).toBeGreaterThan(5);
  await page.getByTestId('take-control').click();
  await expect(page.getByTestId('driver-sentence')).toContainText('You are driving');
  await page.screenshot({ path: testInfo.outputPath('right-key-1280x800.png') });
  const state = await page.evaluate(async () => JSON.stringify(await (window as unknown as { portal: PortalBridge }).portal.call('getState', undefined)));
  await console?.close();
  console = null;
  await host?.kill('SIGTERM');
  for (const spelling of spellings(KEY)) {
    for (const [where, text] of [['the state', state], ['the console', said], ['the robot host', robot.lines.join('\n')], ['its log', robot.stderr()]] as const) {
      expect(text.includes(spelling), `${where} holds the key as ${spelling.slice(0, 6)}…`).toBe(false);
    }
  }
  expect(robot.events.filter(saysEncryption)).toEqual([]);
});

test('joins by a token endpoint with a key typed into the form, and the live view decrypts', async ({}, testInfo) => {
  await startHost(KEY);
  const endpoint = await startTokenEndpoint(server);
  try {
    console = await openConsole([], {});
    const { page } = console;
    await resizeWindow(console, 1280, 800);
    await page.getByTestId('join-auth-endpoint').click();
    await page.getByTestId('join-endpoint').fill(endpoint.url);
    await page.getByTestId('join-session').fill(session);
    await page.getByTestId('join-identity').fill('by-endpoint');
    await page.getByTestId('join-bearer').fill('sesame');
    await page.getByTestId('join-e2ee').fill(KEY);
    await page.screenshot({ path: testInfo.outputPath('endpoint-form-1280x800.png') });
    await page.getByTestId('join-submit').click();
    await expect(page.getByTestId('state-word')).toHaveText('HOLDING');
    await expectPlayingVideo(page, 'front', { width: 640, height: 480 });
    await expect(page.getByText('end-to-end')).toBeVisible();
    expect(endpoint.calls.map(({ authorization, body }) => [authorization, body.participant_identity])).toEqual([
      ['Bearer sesame', 'by-endpoint'],
      ['Bearer sesame', 'by-endpoint#view'],
    ]);
    await page.screenshot({ path: testInfo.outputPath('endpoint-joined-1280x800.png') });
  } finally {
    await endpoint.close();
  }
});

test('a typed key is remembered for a session when asked to, and found in no file; when not asked, neither is the session', async ({}, testInfo) => {
  await startHost(KEY);
  const memory = makeTestFolder();
  const join = async (page: Page, identity: string): Promise<void> => {
    await page.getByTestId('join-url').fill(server.url);
    await page.getByTestId('join-session').fill(session);
    await page.getByTestId('join-identity').fill(identity);
    await page.getByTestId('join-key').fill(server.apiKey);
    await page.getByTestId('join-secret').fill(server.apiSecret);
    await page.getByTestId('join-e2ee').fill(KEY);
    await page.getByTestId('join-submit').click();
    await expectPlayingVideo(page, 'front', { width: 640, height: 480 });
    await page.getByTestId('leave').click();
    await expect(page.getByTestId('join-submit')).toBeEnabled({ timeout: 20_000 });
  };
  try {
    console = await openConsole([], memory.env);
    await resizeWindow(console, 1280, 800);
    await console.page.getByTestId('join-remember').uncheck();
    await join(console.page, 'not-asked');
    await expect(console.page.getByTestId(`recent-${session}`)).toBeHidden();
    await console.page.getByTestId('join-remember').check();
    await join(console.page, 'asked');
    await console.page.getByTestId(`recent-${session}`).click();
    await expectPlayingVideo(console.page, 'front', { width: 640, height: 480 });
    await console.close();

    for (const file of filesBelow(memory.path)) {
      const text = readFileSync(file, 'latin1');
      for (const spelling of spellings(KEY)) expect(text.includes(spelling), `${file} holds the key`).toBe(false);
    }
    console = await openConsole([], memory.env);
    await resizeWindow(console, 1280, 800);
    const { page } = console;
    await expect(page.getByTestId('recent')).toContainText('as asked');
    await expect(page.getByTestId('recent')).not.toContainText('not-asked');
    const hasKeyring = !(await page.getByText('This computer has no keyring').isVisible());
    await page.getByTestId(`recent-${session}`).click();
    if (hasKeyring) await expectPlayingVideo(page, 'front', { width: 640, height: 480 });
    else await expect(page.getByTestId('join-e2ee'), 'without a keyring it is forgotten').toHaveValue('');
    await page.screenshot({ path: testInfo.outputPath('remembered-key-1280x800.png') });
  } finally {
    await console?.close();
    console = null;
    memory.remove();
  }
});

test.describe('a key that does not fit is said within 4 s, here and there', () => {
  for (const { name, there, here, words } of [
    { name: 'another key', there: KEY, here: OTHER_KEY, words: /keys differ/u },
    { name: 'a key only there', there: KEY, here: null, words: /no key is set here/u },
    { name: 'a key only here', there: null, here: KEY, words: /without end-to-end encryption/u },
  ]) {
    test(name, async ({}, testInfo) => {
      const robot = await startHost(there);
      const { page } = await open(here);
      await expect(page.getByTestId('tile-front')).toBeVisible();
      await expect(page.getByTestId('tile-front')).toContainText(words, { timeout: SAID_MS + SLACK_MS });
      await expect(page.getByTestId('events')).toContainText(words);
      await expect(page.getByTestId('tile-front')).toContainText(/set the (same|session's) key/u);
      // Both by the robot's own clock, however late we read them.
      const joined = await robot.waitFor('the console', ({ event, identity }) => event === 'operator_joined' && identity === 'you');
      const said = await robot.waitFor('its word', saysEncryption);
      expect((said.timestamp_us - joined.timestamp_us) / 1000).toBeLessThan(SAID_MS + SLACK_MS);
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the words fit into the window').toBe(true);
      await page.screenshot({ path: testInfo.outputPath(`${name.replaceAll(' ', '-')}-1280x800.png`) });
    });
  }
});
