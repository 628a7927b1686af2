import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'playwright/test';
import { resizeWindow } from './console-window.ts';
import { START_WITHIN_MS, useHostBench } from './host-bench.ts';
import { expectGone } from './processes.ts';

/** How hosting in the window begins and ends: stopped, failed, its page dead, its console killed. */
const bench = useHostBench();

test('stopping shows that it is under way, also in the middle of starting; a host that hangs is ended by force and its arm held', async ({}, testInfo) => {
  const { page } = bench.console;
  const mute = createServer();
  await new Promise<void>((listening) => mute.listen(0, '127.0.0.1', listening));
  try {
    await page.getByTestId('host-robot').click();
    await bench.choose(bench.write('robot.yaml', bench.robotYaml()));
    await page.getByTestId('host-auth-key').click();
    await page.getByTestId('host-url').fill(`ws://127.0.0.1:${(mute.address() as AddressInfo).port}`);
    await page.getByTestId('host-key').fill('key');
    await page.getByTestId('host-secret').fill('secret');
    await page.getByTestId('host-start').click();
    // It listens by then: one that has not come so far is ended by force, and the page says so.
    await expect(page.getByTestId('host-joint-gripper')).toContainText('%', { timeout: START_WITHIN_MS });
    await page.screenshot({ path: testInfo.outputPath('starting-1280x800.png') });
    await page.getByTestId('host-stop').click();
    await expect(page.getByTestId('host-start')).toBeEnabled({ timeout: 30_000 });
    await expect(page.getByTestId('error-notice')).toHaveCount(0);
  } finally {
    mute.close();
  }

  await page.getByTestId('host-auth-configured').click();
  await page.getByTestId('host-start').click();
  await expect(page.getByTestId('stop')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('host-link')).toHaveText(/^in the session/u, { timeout: START_WITHIN_MS });
  await expect(page.getByTestId('host-state'), 'STOP before there was an arm').toHaveText('STOPPED');
  const processes = bench.hostProcesses();
  process.kill(bench.hostProcess('robot-host').pid, 'SIGSTOP');
  await page.getByTestId('host-stop').click();
  await expect(page.getByTestId('host-sentence')).toHaveText('Hosting ends');
  await expect(page.getByTestId('host-stop')).toBeDisabled();
  await page.screenshot({ path: testInfo.outputPath('stopping-1280x800.png') });
  await expect(page.getByTestId('error-notice')).toContainText('was ended by force: the arm holds', { timeout: 30_000 });
  await expect(page.getByTestId('host-start')).toBeEnabled();
  await page.screenshot({ path: testInfo.outputPath('forced-1280x800.png') });
  await expectGone(processes);
  expect(bench.arm.sim.servos.map((servo) => servo.isHolding), 'torque stays').toEqual(Array(6).fill(true));
});

test('an arm that is held instead of parked is said after the end, with why and what to do', async ({}, testInfo) => {
  const { page } = bench.console;
  await page.getByTestId('host-robot').click();
  await bench.choose(bench.write('parks.yaml', bench.robotYaml({ parks: true })));
  await expect(page.getByTestId('host-plan')).toContainText('parks when hosting ends');
  await page.getByTestId('host-start').click();
  await expect(page.getByTestId('host-link')).toHaveText(/^in the session/u, { timeout: START_WITHIN_MS });
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('host-state')).toHaveText('STOPPED');
  await page.getByTestId('host-stop').click();
  const notice = page.getByTestId('host-arm-left');
  await expect(notice).toContainText('The arm is held, not parked', { timeout: 30_000 });
  await expect(notice).toContainText('STOP by host.');
  await expect(notice).toContainText('support the arm before you cut its power');
  await expect(page.getByTestId('host-start')).toBeEnabled();
  expect(bench.arm.sim.servos.map((servo) => servo.isHolding), 'torque stays').toEqual(Array(6).fill(true));
  await resizeWindow(bench.console, 1280, 800);
  await page.screenshot({ path: testInfo.outputPath('held-dark-1280x800.png') });
  await page.getByTestId('theme').click();
  await page.screenshot({ path: testInfo.outputPath('held-light-1280x800.png') });
  await page.getByTestId('host-arm-left-dismiss').click();
  await expect(notice).toHaveCount(0);
});

test('an arm that is not there is said with its fix, on the page', async () => {
  const { page } = bench.console;
  await page.getByTestId('host-robot').click();
  await bench.choose(bench.write('robot.yaml', bench.robotYaml({ port: '/dev/ttyNOWHERE' })));
  await page.getByTestId('host-start').click();
  await expect(page.getByTestId('error-notice')).toContainText('PORT_MISSING', { timeout: START_WITHIN_MS });
  await expect(page.getByTestId('error-notice')).toContainText('Plug the arm in');
  await expect(page.getByTestId('host-start')).toBeEnabled();
});

test('a page that dies leaves the robot hosted and finds it again', async () => {
  const { page, app } = bench.console;
  await bench.startHosting(page);
  const [host] = bench.hostProcesses();
  // The test driver keeps no hold on a page that crashed, and nothing that is asked of it then is ever answered.
  await app.evaluate(async ({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents;
    const loaded = new Promise((resolve) => contents?.once('did-finish-load', () => resolve(undefined)));
    contents?.forcefullyCrashRenderer();
    await loaded;
  });
  const shown = (): Promise<string> =>
    app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript("document.querySelector('[data-testid=host-link]')?.textContent ?? ''") as Promise<string>);
  await expect.poll(shown, { timeout: 30_000 }).toMatch(/^in the session/u);
  expect(bench.hostProcesses()[0]?.pid).toBe(host?.pid);
});

test('a console that is killed leaves the arm held, and nobody behind', async () => {
  await bench.startHosting(bench.console.page);
  const processes = bench.hostProcesses();
  process.kill(bench.console.pid, 'SIGKILL');
  await expectGone(processes, 30_000);
  expect(bench.arm.sim.servos.map((servo) => servo.isHolding), 'torque stays').toEqual(Array(6).fill(true));
});
