import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'playwright/test';
import { systemClock } from '../../main/system-clock.ts';
import { simulatedArm } from '../fakes/sim-so101-arm.ts';
import { openConsole, resizeWindow } from './console-window.ts';
import { makeTestFolder } from './test-folder.ts';

test.skip(process.platform === 'win32', 'no pseudo-terminals');

test('the leader is chosen on the start screen: ports come and go while one looks, what is missing is said, the choice is kept', async ({}, testInfo) => {
  const folder = makeTestFolder();
  const arm = simulatedArm('leader', systemClock);
  const ports = join(folder.path, 'ports');
  mkdirSync(ports);
  const calibrations = join(folder.path, 'calibration', 'teleoperators', 'so_leader');
  mkdirSync(calibrations, { recursive: true });
  writeFileSync(join(calibrations, 'desk.json'), arm.calibrationText);
  mkdirSync(join(folder.path, 'user'));
  writeFileSync(join(folder.path, 'user', 'arms.json'), JSON.stringify([{ port: 'usb:AB12', kind: 'leader', id: 'desk' }]));
  const env = { ...folder.env, PORTAL_CONSOLE_USER_DATA: join(folder.path, 'user'), PORTAL_CONSOLE_SIM_PORTS: ports, HF_LEROBOT_CALIBRATION: join(folder.path, 'calibration') };
  let console = await openConsole([], env);
  try {
    const { page } = console;
    await resizeWindow(console, 1280, 800);
    await expect(page.getByTestId('leader-chosen')).toHaveText('Simulated leader');
    await page.screenshot({ path: testInfo.outputPath('start-1280x800.png') });
    await page.getByTestId('leader-change').click();
    await page.getByTestId('leader-kind-so101').click();
    await page.getByTestId('leader-save').click();
    await expect(page.getByTestId('leader-dialog')).toContainText('Choose the port of the arm.');
    symlinkSync(arm.terminal.path, join(ports, 'AB12'));
    const port = page.getByRole('button', { name: /desk · simulated AB12/u });
    await port.click();
    await expect(page.getByTestId('leader-port')).toHaveValue('usb:AB12');
    await expect(page.getByTestId('leader-calibration'), 'an arm that was set up here brings its calibration along').toHaveValue(join(calibrations, 'desk.json'));
    await page.getByTestId('leader-engage-guide').click();
    await page.screenshot({ path: testInfo.outputPath('choosing-1280x800.png') });
    await page.getByTestId('leader-save').click();
    await expect(page.getByTestId('leader-chosen')).toHaveText('SO-101 leader arm · usb:AB12');
    await console.close();

    console = await openConsole([], env);
    await expect(console.page.getByTestId('leader-chosen')).toHaveText('SO-101 leader arm · usb:AB12');
    await console.page.getByTestId('leader-change').click();
    await expect(console.page.getByTestId('leader-engage-guide')).toBeChecked();
  } finally {
    await console.close();
    arm.terminal.close();
    folder.remove();
  }
});
