import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type Page, type TestInfo } from 'playwright/test';
import { readCalibrationFile, saveCalibrationFile } from '../../main/devices/feetech/calibration-file.ts';
import { MIDDLE_STEPS } from '../../main/devices/feetech/range-sweep.ts';
import { SO101_MOTORS } from '../../main/devices/feetech/so101-motors.ts';
import { REGISTER } from '../../main/devices/feetech/table.ts';
import { runBusCommand } from '../../main/devices/sim-bus/sim-bus-commands.ts';
import { SIM_TRAVEL, type SimTravel } from '../../main/devices/sim-bus/sim-so101.ts';
import { systemClock } from '../../main/system-clock.ts';
import { simulatedArm, TEST_CALIBRATION, type SimulatedArm } from '../fakes/sim-so101-arm.ts';
import { openConsole, resizeWindow, type ConsoleWindow } from './console-window.ts';
import { makeTestFolder, type TestFolder } from './test-folder.ts';

/** The page that sets up arms, on a simulated bus behind a real serial port. */
test.skip(process.platform === 'win32', 'no pseudo-terminals');

let folder: TestFolder;
let arm: SimulatedArm;
let console: ConsoleWindow | null = null;

test.beforeEach(() => {
  folder = makeTestFolder();
  arm = simulatedArm('follower', systemClock);
  mkdirSync(ports());
});
test.afterEach(async () => {
  await console?.close();
  console = null;
  arm.terminal.close();
  folder.remove();
});

const ports = (): string => join(folder.path, 'ports');
const plug = (name: string): void => { symlinkSync(arm.terminal.path, join(ports(), name)); };
const calibrations = (): string => join(folder.path, 'calibration');
const type = (line: string): string => runBusCommand(line, { bus: arm.sim, clock: systemClock, unplug: () => { arm.terminal.close(); } });

async function openPage(): Promise<Page> {
  console = await openConsole([], { ...folder.env, PORTAL_CONSOLE_SIM_PORTS: ports(), HF_LEROBOT_CALIBRATION: calibrations() });
  await resizeWindow(console, 1280, 800);
  await console.page.getByTestId('set-up-arm').click();
  return console.page;
}

/** Turns every joint by hand, and waits until the page shows it there, counted from the middle that the arm was put in. */
async function turnAll(page: Page, to: (travel: SimTravel) => number): Promise<void> {
  for (const [index, travel] of SIM_TRAVEL.entries()) arm.sim.servos[index]?.turnByHand(to(travel), systemClock.nowUs());
  for (const [index, motor] of SO101_MOTORS.entries()) {
    const travel = SIM_TRAVEL[index];
    if (travel !== undefined) await expect(page.getByTestId(`arm-position-${motor}`)).toHaveText(String(to(travel) - travel.middle + MIDDLE_STEPS));
  }
}

async function pictures(page: Page, testInfo: TestInfo, name: string): Promise<void> {
  for (const [width, height] of [[1280, 800], [1920, 1080]] as const) {
    if (console !== null) await resizeWindow(console, width, height);
    await page.screenshot({ path: testInfo.outputPath(`${name}-${width}x${height}.png`) });
  }
}

test('calibrate: plug the arm in, put it in the middle, sweep, close the gripper, see it move', async ({}, testInfo) => {
  const page = await openPage();
  await expect(page.getByTestId('arm-no-port')).toBeVisible();
  await pictures(page, testInfo, 'no-port');
  plug('SIM1');
  const port = page.getByTestId('arm-port-usb:SIM1');
  await expect(port).toContainText('just plugged in');
  await expect(port).toHaveAttribute('aria-checked', 'true');
  await page.getByTestId('arm-identify').click();
  await expect(port).toContainText('an arm, 7.4 V: probably a follower');
  await page.getByTestId('arm-calibrate').click();
  await expect(page.getByText('Give the arm a name')).toBeVisible();
  await page.getByTestId('arm-id').fill('my_follower');
  await pictures(page, testInfo, 'choose');
  await page.getByTestId('arm-calibrate').click();

  const wizard = page.getByTestId('arm-calibration');
  const next = page.getByTestId('arm-next');
  await expect(wizard).toHaveAttribute('data-phase', 'ready');
  await expect(next, 'Enter goes on').toBeFocused();
  await page.keyboard.press('Enter');
  await expect(wizard).toHaveAttribute('data-phase', 'middle');
  type('middle');
  await expect(page.getByTestId('arm-position-elbow_flex')).toHaveText('2060');
  await pictures(page, testInfo, 'middle');
  await expect(next).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(wizard).toHaveAttribute('data-phase', 'sweep');
  await expect(page.getByTestId('arm-position-elbow_flex')).toHaveText('2047');

  await next.click();
  await expect(page.getByTestId('error-notice')).toContainText('shoulder_pan, shoulder_lift, elbow_flex, wrist_flex, wrist_roll, gripper were hardly moved');
  await pictures(page, testInfo, 'refused');
  // A hand that stays at each stop until the page has seen it there.
  for (const place of ['low', 'middle', 'high', 'middle'] as const) await turnAll(page, (travel) => travel[place]);
  await expect(page.getByTestId('arm-joint-shoulder_pan')).toContainText(/\d{3}° swept/u);
  await pictures(page, testInfo, 'sweep');
  await turnAll(page, ({ middle, closed }) => closed ?? middle);
  await next.click();
  await expect(wizard).toHaveAttribute('data-phase', 'gripper');
  await page.getByTestId('arm-back').click();
  await expect(wizard).toHaveAttribute('data-phase', 'sweep');
  await next.click();
  await next.click();
  await expect(wizard).toHaveAttribute('data-phase', 'check', { timeout: 30_000 });
  const file = join(calibrations(), 'robots', 'so_follower', 'my_follower.json');
  await expect(page.getByTestId('arm-saved')).toHaveText(file);
  expect(readCalibrationFile(file)['elbow_flex']).toMatchObject({ id: 3, driveMode: 0, homingOffset: 13, rangeMin: 937, rangeMax: 3137 });
  await expect(page.getByTestId('arm-joint-elbow_flex')).toContainText('not moved yet');
  arm.sim.servos[2]?.turnByHand(2700, systemClock.nowUs());
  await expect(page.getByTestId('arm-joint-elbow_flex')).toContainText('seen moving');
  await pictures(page, testInfo, 'check');
  await next.click();
  await expect(page.getByTestId('arm-result')).toContainText('The follower my_follower is calibrated.');
  await expect(port, 'remembered').toBeVisible();
  expect(JSON.parse(readFileSync(join(folder.path, 'user', 'arms.json'), 'utf8'))).toEqual([{ port: 'usb:SIM1', kind: 'follower', id: 'my_follower' }]);

  rmSync(join(ports(), 'SIM1'));
  await expect(page.getByTestId('arm-no-port')).toBeVisible();
  plug('SIM1');
  await expect(port).toHaveAttribute('aria-checked', 'true');
  await expect(page.getByTestId('arm-id'), 'the arm is known again by its adapter').toHaveValue('my_follower');
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('set-up-arm')).toBeVisible();
});

test('leave a calibration with Escape: the arm is as it was, and its port is free', async () => {
  plug('SIM1');
  const page = await openPage();
  await page.getByTestId('arm-id').fill('arm');
  await page.getByTestId('arm-calibrate').click();
  await page.getByTestId('arm-next').click();
  await expect(page.getByTestId('arm-calibration')).toHaveAttribute('data-phase', 'middle');
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('arm-calibrate')).toBeVisible();
  expect(existsSync(calibrations())).toBe(false);
  expect(arm.sim.servos.map(({ memory }) => memory.get(REGISTER.homingOffset))).toEqual([0, 10, 20, 30, 40, 50]);
  await page.getByTestId('arm-from-motors').click();
  await expect(page.getByTestId('arm-result'), 'the port could be opened again').toContainText('The calibration that the motors hold is saved', { timeout: 30_000 });
});

test('a cable that is pulled while sweeping ends the calibration with what happened and what to do', async () => {
  plug('SIM1');
  const page = await openPage();
  await page.getByTestId('arm-id').fill('arm');
  await page.getByTestId('arm-calibrate').click();
  await page.getByTestId('arm-next').click();
  await page.getByTestId('arm-next').click();
  await expect(page.getByTestId('arm-calibration')).toHaveAttribute('data-phase', 'sweep');
  arm.terminal.close();
  await expect(page.getByTestId('arm-calibrate')).toBeVisible({ timeout: 30_000 });
  // Silence may be noticed where the end of the line is not.
  await expect(page.getByTestId('error-notice')).toContainText(/PORT_LOST|BUS_TIMEOUT/u);
  expect(existsSync(calibrations())).toBe(false);
});

test('set up new motors one by one, two at once refused, then the chain', async ({}, testInfo) => {
  for (const servo of arm.sim.servos) servo.memory.write(REGISTER.id.address, Uint8Array.of(1));
  plug('NEW');
  const page = await openPage();
  await page.getByTestId('arm-motors').click();
  const next = page.getByTestId('arm-next');
  const wizard = page.getByTestId('arm-motors-page');
  await expect(wizard).toContainText('Plug in only the gripper motor');
  await expect(next).toHaveText(/Set this motor up/u);
  await next.click();
  await expect(page.getByTestId('error-notice')).toContainText('more than one motor is on the bus', { timeout: 15_000 });
  await pictures(page, testInfo, 'several-motors');
  const order = ['gripper', 'wrist_roll', 'wrist_flex', 'elbow_flex', 'shoulder_lift', 'shoulder_pan'];
  for (const [index, motor] of order.entries()) {
    await expect(wizard).toContainText(`Plug in only the ${motor} motor`);
    type(`only ${6 - index}`);
    const following = order[index + 1] === undefined ? 'Plug all motors together' : `Plug in only the ${order[index + 1] ?? ''} motor`;
    // A machine that is very busy may not hear a motor; then a person tries again, too.
    await expect(async () => {
      await next.click({ timeout: 15_000 });
      if (index === 3) await pictures(page, testInfo, 'motors');
      await expect(wizard).toContainText(following, { timeout: 15_000 });
    }).toPass({ timeout: 60_000 });
  }
  await pictures(page, testInfo, 'chain');
  type('chain');
  await expect(async () => {
    await next.click({ timeout: 15_000 });
    await expect(wizard).toContainText('All six motors answer', { timeout: 15_000 });
  }).toPass({ timeout: 60_000 });
  expect(arm.sim.servos.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6]);
  await next.click();
  await expect(page.getByTestId('arm-result')).toContainText('All six motors are set up.');
});

test('take over a file, and see where file and motors differ', async ({}, testInfo) => {
  saveCalibrationFile(join(calibrations(), 'robots', 'so101_follower', 'old_one.json'), { ...TEST_CALIBRATION, gripper: { id: 6, driveMode: 1, homingOffset: -7, rangeMin: 1100, rangeMax: 2200 } }, 0);
  plug('SIM1');
  const page = await openPage();
  await page.getByTestId('arm-id').fill('old_one');
  await page.getByTestId('arm-check').click();
  await expect(page.getByTestId('arm-result')).toContainText('gripper.homing_offset: file -7, motor 50', { timeout: 30_000 });
  await pictures(page, testInfo, 'differs');
  await page.getByTestId('arm-import-old_one').click();
  await expect(page.getByTestId('arm-confirm')).toContainText('Torque goes off');
  expect(arm.sim.servos[5]?.memory.get(REGISTER.homingOffset), 'nothing before the person goes on').toBe(50);
  await pictures(page, testInfo, 'confirm');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('arm-result')).toContainText('The calibration is in the motors', { timeout: 30_000 });
  expect(arm.sim.servos[5]?.memory.get(REGISTER.homingOffset)).toBe(-7);
  await page.getByTestId('arm-check').click();
  await expect(page.getByTestId('arm-result')).toContainText('the same calibration', { timeout: 30_000 });

  // What a file replaced is offered as the way back.
  saveCalibrationFile(join(calibrations(), 'robots', 'so101_follower', 'old_one.json'), TEST_CALIBRATION, systemClock.nowUs());
  await page.keyboard.press('Escape');
  await page.getByTestId('set-up-arm').click();
  await page.getByTestId('arm-import-old_one-before').click();
  await page.getByTestId('arm-next').click();
  await expect(page.getByTestId('arm-result')).toContainText('The calibration is in the motors', { timeout: 30_000 });
  expect(arm.sim.servos[5]?.memory.get(REGISTER.homingOffset)).toBe(-7);
});

test('servos of another model are set up as well, and the page says what to check', async ({}, testInfo) => {
  for (const { id } of arm.sim.servos) type(`model ${id} 778`);
  const page = await openPage();
  plug('SIM1');
  await page.getByTestId('arm-identify').click();
  await expect(page.getByTestId('arm-port-usb:SIM1')).toContainText('an arm, 7.4 V: probably a follower');
  await page.getByTestId('arm-id').fill('clone');
  await page.getByTestId('arm-calibrate').click();
  await expect(page.getByTestId('arm-calibration')).toHaveAttribute('data-phase', 'ready');
  await expect(page.getByTestId('arm-warning')).toHaveText(/^motors 1 \(shoulder_pan\), .*say they are model 778.*4096 steps a turn/u);
  await pictures(page, testInfo, 'model');
});
