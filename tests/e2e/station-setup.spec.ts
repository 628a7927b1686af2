import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'playwright/test';
import { systemClock } from '../../main/system-clock.ts';
import { parseStationYaml } from '../../shared/station-config.ts';
import { simulatedArm, type SimulatedArm } from '../fakes/sim-so101-arm.ts';
import { openConsole, resizeWindow, type ConsoleWindow } from './console-window.ts';
import { useOwnServer } from './own-server.ts';
import { makeTestFolder, type TestFolder } from './test-folder.ts';
import { expectMovingCanvas } from './tile.ts';

/** A robot host is set up in the window, without a file: an arm behind a real serial port, and Chromium's own fake cameras. */
const FAKE_WEBCAMS = '--use-fake-device-for-media-stream=device-count=2';
test.skip(process.platform === 'win32', 'no pseudo-terminals');

const { env } = useOwnServer();
let folder: TestFolder;
let arm: SimulatedArm;
let console: ConsoleWindow;

test.beforeEach(async () => {
  folder = makeTestFolder();
  arm = simulatedArm('follower', systemClock);
  writeFileSync(join(folder.path, 'arm.json'), arm.calibrationText);
  console = await openConsole([FAKE_WEBCAMS], { ...folder.env, ...env() });
  await console.page.getByTestId('host-robot').click();
});
test.afterEach(async () => {
  await console?.close().catch(() => undefined);
  arm.terminal.close();
  folder.remove();
});

const made = (): string => join(folder.path, 'user', 'robot.yaml');
const webcam = (number: number) => console.page.getByTestId(`webcam-fake_device_${number}`);

test('arm, webcams and rules are chosen, saved as a file, hosted, and changed again without losing what else is in it', async ({}, testInfo) => {
  const { page } = console;
  await page.getByTestId('host-edit').click();
  // Every size of every webcam is tried out before the first picture.
  await expectMovingCanvas(webcam(0).locator('canvas'), 60_000);
  await expectMovingCanvas(webcam(1).locator('canvas'));
  for (const [width, height] of [[1280, 800], [1920, 1080]] as const) {
    await resizeWindow(console, width, height);
    await page.screenshot({ path: testInfo.outputPath(`new-${width}x${height}.png`) });
  }
  await webcam(1).getByTestId('webcam-use').click();
  await webcam(0).getByTestId('webcam-use').click();
  await page.getByTestId('camera-name-wrist').fill('front');
  await expect(page.getByText('Two cameras have this name').first()).toBeVisible();
  await page.getByTestId('station-save').click();
  expect(existsSync(made())).toBe(false);
  await webcam(0).locator('input').fill('overhead');
  await page.getByTestId('camera-size-front').selectOption('320×240');

  await page.getByTestId('station-real').click();
  await page.getByTestId('station-port').fill(arm.terminal.path);
  await page.getByTestId('station-calibration').fill(join(folder.path, 'arm.json'));
  await page.getByTestId('station-identities').fill('operator-1, policy');
  await page.screenshot({ path: testInfo.outputPath('filled-1920x1080.png') });
  await resizeWindow(console, 1280, 800);
  await page.screenshot({ path: testInfo.outputPath('filled-1280x800.png') });
  await page.getByTestId('station-save').click();

  await expect(page.getByTestId('host-plan')).toContainText('webcam fake_device_1, 320×240');
  await expect(page.getByTestId('host-plan')).toContainText('operator-1, policy');
  const written = readFileSync(made(), 'utf8');
  expect(parseStationYaml(written)).toMatchObject({
    role: 'robot',
    follower: { kind: 'so101_follower', port: arm.terminal.path, calibration: join(folder.path, 'arm.json') },
    cameras: { front: { kind: 'webcam', device: 'fake_device_1', width: 320, height: 240 }, overhead: { kind: 'webcam', device: 'fake_device_0', width: 640, height: 480 } },
    claim: { policy: null, identities: ['operator-1', 'policy'] },
  });

  await page.getByTestId('host-start').click();
  await expect(page.getByTestId('host-link')).toHaveText(/^in the session/u, { timeout: 60_000 });
  for (const camera of ['front', 'overhead']) await expectMovingCanvas(page.getByTestId(`preview-${camera}`).locator('canvas'));
  await expect(page.getByTestId('host-state')).toHaveText('HOLDING');
  await page.getByTestId('host-stop').click();

  writeFileSync(made(), `${written}\nsession: kitchen # by hand\n`);
  await page.getByTestId('host-edit').click();
  await expect(webcam(1).locator('input')).toHaveValue('front');
  await webcam(0).getByTestId('webcam-remove').click();
  await page.keyboard.press('Escape');
  await expect(page.getByText('What you changed is not saved.')).toBeVisible();
  await page.getByTestId('station-save').click();
  await expect(page.getByTestId('host-session')).toHaveValue('kitchen');
  const changed = readFileSync(made(), 'utf8');
  expect(Object.keys(parseStationYaml(changed).cameras ?? {})).toEqual(['front']);
  expect(changed).toContain('# by hand');
  expect(readFileSync(`${made()}.before`, 'utf8')).toContain('overhead');
});

test('nothing is written by whoever leaves; a file that cannot be read is said', async () => {
  const { page } = console;
  await page.getByTestId('host-edit').click();
  await page.getByTestId('camera-add-test').click();
  await page.keyboard.press('Escape');
  await page.getByTestId('station-discard').click();
  await expect(page.getByTestId('host-start')).toBeVisible();
  expect(existsSync(made())).toBe(false);

  writeFileSync(made(), 'cameras: [');
  await page.getByTestId('host-edit').click();
  await expect(page.getByTestId('error-notice')).toContainText('line 1');
  await expect(page.getByTestId('station-save')).toBeDisabled();
  expect(readFileSync(made(), 'utf8')).toBe('cameras: [');
});
