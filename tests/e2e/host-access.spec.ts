import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'playwright/test';
import { mintToken } from '../../main/transport/token.ts';
import type { PortalBridge } from '../../shared/ipc.ts';
import { startTokenEndpoint } from '../fakes/token-endpoint.ts';
import { startRole, type AppProcess } from './app-process.ts';
import { resizeWindow } from './console-window.ts';
import { START_WITHIN_MS, useHostBench } from './host-bench.ts';
import { processesBelow } from './processes.ts';

/** How a robot that is hosted in the window comes into its session. */
const bench = useHostBench();

test('a wrong secret or token is said on the page with its fix, what was typed stays, and nothing moves', async ({}, testInfo) => {
  const { page } = bench.console;
  const stood = bench.arm.sim.servos.map(({ actual }) => actual);
  await page.getByTestId('host-robot').click();
  await bench.choose(bench.write('robot.yaml', bench.robotYaml()));
  await expect(page.getByTestId('host-session')).toHaveValue('bench');
  await page.getByTestId('host-auth-key').click();
  await page.getByTestId('host-url').fill(bench.server.url);
  await page.getByTestId('host-key').fill(bench.server.apiKey);
  await page.getByTestId('host-start').click();
  await expect(page.getByText('The secret is missing.')).toBeVisible();
  await page.getByTestId('host-secret').fill('not the secret of this server');
  await page.getByTestId('host-secret').press('Enter');
  await expect(page.getByTestId('error-notice')).toContainText('TOKEN_REFUSED', { timeout: START_WITHIN_MS });
  await expect(page.getByTestId('host-secret')).toHaveValue('not the secret of this server');
  await page.screenshot({ path: testInfo.outputPath('wrong-secret-1280x800.png') });

  // The arrow keys choose as in any group of radio buttons.
  await page.getByTestId('host-auth-key').press('ArrowRight', { delay: 100 });
  await expect(page.getByTestId('host-auth-token')).toBeFocused();
  await page.getByTestId('host-token').fill('a.b.c');
  await page.getByTestId('host-start').click();
  await expect(page.getByTestId('error-notice')).toContainText('This is no access token');
  const tokenFor = (session: string) => mintToken({ apiKey: bench.server.apiKey, apiSecret: bench.server.apiSecret, session, identity: 'robot-7', grants: 'robot' });
  await page.getByTestId('host-token').fill(await tokenFor('elsewhere'));
  await page.getByTestId('host-start').click();
  await expect(page.getByTestId('error-notice')).toContainText('Leave Session empty to join elsewhere');
  expect(bench.arm.sim.servos.map(({ actual }) => actual), 'nothing moved').toEqual(stood);

  // A session that nobody named does not stand against the token's.
  await page.getByTestId('host-no-file').click();
  await page.getByTestId('host-auth-configured').click();
  await expect(page.getByTestId('host-session')).toHaveValue('demo');
  await page.getByTestId('host-auth-token').click();
  await expect(page.getByTestId('host-session')).toHaveValue('');
  await page.getByTestId('host-token').fill(await tokenFor('from-a-token'));
  await page.getByTestId('host-start').click();
  await expect(page.getByTestId('host-link')).toHaveText(/^in the session/u, { timeout: START_WITHIN_MS });
  await expect(page.getByTestId('host-events')).toContainText('Joined from-a-token as robot-7');
});

test('hosts by a token endpoint, sealed with a typed key that is nowhere to be read; another key is said', async ({}, testInfo) => {
  const { page, app } = bench.console;
  const endpoint = await startTokenEndpoint(bench.server);
  const key = 'a key that nobody must ever read 4711';
  let said = '';
  app.process().stdout?.on('data', (text: Buffer) => (said += text.toString()));
  app.process().stderr?.on('data', (text: Buffer) => (said += text.toString()));
  page.on('console', (message) => (said += message.text()));
  try {
    await page.getByTestId('host-robot').click();
    await bench.choose(bench.write('robot.yaml', bench.robotYaml()));
    await expect(page.getByTestId('host-session')).toHaveValue('bench');
    await page.getByTestId('host-auth-endpoint').click();
    await page.getByTestId('host-endpoint').fill(endpoint.url);
    await page.getByTestId('host-bearer').fill('sesame');
    await page.getByTestId('host-e2ee').fill(key);
    await page.screenshot({ path: testInfo.outputPath('endpoint-1280x800.png') });
    await page.getByTestId('host-start').click();
    await expect(page.getByTestId('host-link')).toHaveText(/^in the session/u, { timeout: START_WITHIN_MS });
    expect(endpoint.calls.map(({ authorization, body }) => [authorization, body.participant_identity])).toEqual([['Bearer sesame', 'robot']]);

    const drive = (identity: string, theirKey: string): AppProcess => {
      const started = startRole('operator', ['--session', 'bench', '--identity', identity, '--leader', 'scripted', '--claim'], { ...bench.folder.env, ...bench.account(), PORTAL_E2EE_KEY: theirKey });
      bench.running.push(started);
      return started;
    };
    const stranger = drive('stranger', 'another key altogether 0815');
    await expect(page.getByTestId('host-encryption')).toContainText(/stranger.*key/u, { timeout: START_WITHIN_MS });
    await page.screenshot({ path: testInfo.outputPath('keys-differ-1280x800.png') });
    await stranger.kill('SIGTERM');
    await expect(page.getByTestId('host-encryption')).toHaveCount(0);
    drive('policy', key);
    await expect(page.getByTestId('host-state')).toHaveText('ACTIVE', { timeout: START_WITHIN_MS });

    const view = await page.evaluate(async () => JSON.stringify(await (window as unknown as { portal: PortalBridge }).portal.call('hosting', { do: 'look' })));
    const commands = processesBelow(bench.console.pid).map(({ command }) => command).join('\n');
    expect(commands).toContain('robot-host');
    for (const [where, text] of [['the view', view], ['a command line', commands], ['what it said', said]] as const) {
      for (const secret of [key, 'sesame']) expect(text.includes(secret), `${where} holds ${secret.slice(0, 5)}…`).toBe(false);
    }
  } finally {
    await endpoint.close();
  }
});

test('how it signed in is remembered without being shown, and forgotten when asked to', async ({}, testInfo) => {
  const { page } = bench.console;
  await page.getByTestId('host-robot').click();
  await page.getByTestId('host-auth-key').click();
  await page.getByTestId('host-url').fill(bench.server.url);
  await page.getByTestId('host-key').fill(bench.server.apiKey);
  await page.getByTestId('host-secret').fill(bench.server.apiSecret);
  await page.getByTestId('host-e2ee').fill('nobody must ever read 4711');
  await expect(page.getByTestId('host-remember')).toBeChecked();
  const host = async (): Promise<void> => {
    await page.getByTestId('host-start').click();
    await expect(page.getByTestId('host-link')).toHaveText(/^in the session/u, { timeout: START_WITHIN_MS });
    await page.getByTestId('host-stop').click();
    await expect(page.getByTestId('host-start')).toBeEnabled({ timeout: 30_000 });
  };
  await host();
  await expect(page.getByTestId('host-remembered')).toContainText(`API key and secret for ${bench.server.url}, with an end-to-end key`);
  await expect(page.getByTestId('host-secret')).toHaveCount(0);
  await resizeWindow(bench.console, 1280, 800);
  await page.screenshot({ path: testInfo.outputPath('remembered-dark-1280x800.png') });
  await page.getByTestId('theme').click();
  await page.screenshot({ path: testInfo.outputPath('remembered-light-1280x800.png') });
  await host();
  // This machine has no keyring: nothing of it is on the disk.
  for (const file of readdirSync(bench.data.path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())) {
    expect(readFileSync(join(file.parentPath, file.name)).includes(bench.server.apiSecret), file.name).toBe(false);
  }
  await page.getByTestId('host-forget-access').click();
  await expect(page.getByTestId('host-remembered')).toHaveCount(0);
  await expect(page.getByTestId('host-auth-remembered')).toHaveCount(0);
  await page.getByTestId('host-auth-key').click();
  await expect(page.getByTestId('host-secret')).toHaveValue('');
});
