import { expect, test, type Page } from 'playwright/test';
import { startLocalServer, type LocalServer } from '../../main/server/local-server.ts';
import { SO101_JOINTS } from '../../shared/so101-joints.ts';
import { startRole, type AppProcess } from './app-process.ts';
import { makeTestFolder, type TestFolder } from './test-folder.ts';
import { captureWindow, openConsole, resizeWindow, shownJoint, type ConsoleWindow } from './console-window.ts';

const SESSION = 'methods';
/** The console says after 1 s that it hears nothing; a busy machine is given seconds more, and the room itself takes 10 at least. */
const SILENCE_SAID_MS = 8000;

let server: LocalServer;
let folder: TestFolder;
let host: AppProcess;
let console: ConsoleWindow;

test.beforeAll(async () => {
  folder = makeTestFolder();
  server = await startLocalServer();
  const env = { LIVEKIT_URL: server.url, LIVEKIT_API_KEY: server.apiKey, LIVEKIT_API_SECRET: server.apiSecret };
  host = startRole('robot-host', ['--session', SESSION, '--identity', 'robot', '--supervisor', 'you'], { ...folder.env, ...env });
  await host.waitFor('connected', (event) => event.event === 'connected');
  console = await openConsole(['--session', SESSION, '--identity', 'you'], env);
});

test.afterAll(async () => {
  await console?.close();
  await host?.kill('SIGKILL');
  await server?.stop();
  folder?.remove();
});

/** The newest call, once it is over. */
async function answered(page: Page, method: string): Promise<string> {
  const newest = page.getByTestId('call').first();
  await expect(newest).toContainText(method);
  await expect(newest.getByLabel('running')).toHaveCount(0, { timeout: 70_000 });
  return newest.innerText();
}

test('a person calls the robot’s methods: home, calibrate, one it does not have, and one while the robot is lost', async ({}, testInfo) => {
  test.setTimeout(480_000);
  const { page } = console;
  const name = page.getByTestId('method-name');
  const callButton = page.getByTestId('method-call');
  const hint = page.getByTestId('method-hint');
  await resizeWindow(console, 1280, 800);
  await expect(page.getByTestId('state-word')).toHaveText('HOLDING');

  await test.step('M shows what the robot offers, and nothing is pushed out of the window', async () => {
    await page.keyboard.press('m');
    await page.getByTestId('method-home').click();
    await expect(name).toHaveValue('home');
    await expect(hint).toContainText('take control first');
    await expect(callButton).toBeDisabled();
    for (const panel of ['methods', 'safety', 'events']) await expect(page.getByTestId(panel)).toBeInViewport({ ratio: 1 });
    await page.screenshot({ path: testInfo.outputPath('methods-without-control-1280x800.png') });
  });

  await test.step('home brings a moved arm to rest, and it stays there although a person drives', async () => {
    await page.getByTestId('take-control').click();
    await expect(page.getByTestId('state-word')).toHaveText('ACTIVE');
    await expect(async () => {
      await page.getByTestId('joint-slider-shoulder_pan').fill('60');
      await expect.poll(() => shownJoint(page, 'state', 'shoulder_pan')).toBeGreaterThan(58);
      await name.focus();
      await page.keyboard.press('Enter');
      await expect(page.getByTestId('driver-sentence')).toContainText('The robot goes home');
      expect(await answered(page, 'home')).toContain('ms');
      // Home is reached within 1; the leader then holds what was reached. A computer that is too busy ends it, as silence does.
      await expect.poll(() => shownJoint(page, 'state', 'shoulder_pan')).toBeLessThan(1.5);
    }).toPass({ timeout: 120_000 });
    await expect(page.getByTestId('state-word')).toHaveText('ACTIVE');
    expect(Math.abs(await shownJoint(page, 'state', 'shoulder_pan'))).toBeLessThan(1.5);
  });

  await test.step('calibrate shows where it is and answers with the ranges of all joints', async () => {
    await page.getByTestId('method-calibrate').click();
    await expect(async () => {
      await callButton.click();
      await expect(page.getByTestId('driver-sentence')).toContainText('The robot calibrates itself');
      await expect(page.getByText(/calibrating elbow_flex, 3 of 6/u)).toBeVisible({ timeout: 20_000 });
      await page.screenshot({ path: testInfo.outputPath('calibrating-1280x800.png') });
      // A computer that is too busy ends it, as silence does.
      expect(await answered(page, 'calibrate')).toContain('"state":"done"');
    }).toPass({ timeout: 150_000 });
    const text = await page.getByTestId('call').first().innerText();
    for (const joint of SO101_JOINTS) expect(text).toContain(joint.name);
    await resizeWindow(console, 1920, 1080);
    await page.screenshot({ path: testInfo.outputPath('calibrated-1920x1080.png') });
    await resizeWindow(console, 1280, 800);
  });

  await test.step('in the narrowest window, and at 200 %, nothing of it is cut off', async () => {
    const inside = async (): Promise<string[]> =>
      page.getByTestId('methods').evaluate((panel) =>
        [...panel.querySelectorAll('button, input, [data-testid="method-hint"]')].flatMap((element) => {
          const box = element.getBoundingClientRect();
          const isCut = box.width === 0 || box.left < 0 || box.right > innerWidth + 0.5 || element.scrollWidth > element.clientWidth + 1;
          return isCut && getComputedStyle(element).visibility !== 'hidden' ? [`${element.getAttribute('data-testid') ?? element.textContent} ${JSON.stringify(box)}`] : [];
        }),
      );
    const zoom = (factor: number): Promise<void> => console.app.evaluate(({ BrowserWindow }, by) => BrowserWindow.getAllWindows()[0]?.webContents.setZoomFactor(by), factor);
    await resizeWindow(console, 960, 640);
    expect(await inside()).toEqual([]);
    await page.screenshot({ path: testInfo.outputPath('methods-960x640.png') });
    await resizeWindow(console, 1280, 800);
    await zoom(2);
    await page.waitForFunction(() => innerWidth === 640);
    expect(await inside()).toEqual([]);
    for (const part of ['method-name', 'method-call']) {
      await page.getByTestId(part).scrollIntoViewIfNeeded();
      await expect(page.getByTestId(part)).toBeInViewport({ ratio: 1 });
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'no sideways scrolling').toBe(true);
    await captureWindow(console, testInfo.outputPath('methods-200-percent.png'));
    await zoom(1);
    await page.waitForFunction(() => innerWidth === 1280);
  });

  await test.step('STOP ends a calibration, and the answer says so', async () => {
    await callButton.click();
    await expect(page.getByTestId('driver-sentence')).toContainText('The robot calibrates itself');
    await page.keyboard.press('Escape');
    expect(await answered(page, 'calibrate')).toContain('STOP by you');
    await expect(hint).toContainText('Stopped');
    await expect(callButton).toBeDisabled();
  });

  await test.step('a method the robot does not have is a code and words', async () => {
    await name.fill('dance');
    await page.keyboard.press('Enter');
    const text = await answered(page, 'dance');
    expect(text).toContain('1400');
    expect(text).toContain('not supported');
    await page.screenshot({ path: testInfo.outputPath('unknown-method-1280x800.png') });
  });

  await test.step('a robot that dies during a call: nothing more can be called, and the call ends with an error', async () => {
    await page.getByTestId('clear-stop').click();
    await page.getByTestId('take-control').click();
    await expect(page.getByTestId('state-word')).toHaveText('ACTIVE');
    // The one that takes long enough to be under way for certain.
    await page.getByTestId('method-calibrate').click();
    await callButton.click();
    await expect(page.getByTestId('driver-sentence')).toContainText('The robot calibrates itself');
    await host.kill('SIGKILL');
    await expect(page.getByTestId('state-word')).toHaveText('DISCONNECTED', { timeout: SILENCE_SAID_MS });
    await expect(callButton).toBeDisabled();
    await expect(hint).toHaveClass(/blocked/u);
    expect(await answered(page, 'calibrate')).toMatch(/RPC_(TIMEOUT|FAILED) 150/u);
    await page.screenshot({ path: testInfo.outputPath('robot-lost-1280x800.png') });
  });
});
