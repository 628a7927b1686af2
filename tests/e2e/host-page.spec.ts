import { rmSync, writeFileSync } from 'node:fs';
import { expect, test, type Locator, type Page } from 'playwright/test';
import { REGISTER } from '../../main/devices/feetech/table.ts';
import { systemClock } from '../../main/system-clock.ts';
import { startRole } from './app-process.ts';
import { openConsole, resizeWindow } from './console-window.ts';
import { START_WITHIN_MS, useHostBench } from './host-bench.ts';
import { expectGone } from './processes.ts';
import { expectMovingCanvas } from './tile.ts';

/** The page that hosts a robot: its file, its arm and cameras, and an operator from outside. */
const bench = useHostBench();

/** A motion that a test looks at lasts longer than the pause between two looks on a busy machine. */
const LONG_MS = 5000;

const preview = (page: Page, camera: string): Locator => page.getByTestId(`preview-${camera}`).locator('canvas');

test('says what a file means before anything moves, and what is wrong with it', async ({}, testInfo) => {
  const { page } = bench.console;
  await page.getByTestId('host-robot').click();
  await expect(page.getByTestId('host-plan')).toContainText('simulated SO-101');
  for (const [width, height] of [[1280, 800], [1920, 1080]] as const) {
    await resizeWindow(bench.console, width, height);
    await page.screenshot({ path: testInfo.outputPath(`empty-${width}x${height}.png`) });
  }
  await bench.choose(bench.write('broken.yaml', 'role: robot\ncameras:\n  front: { kind: webcam, devise: USB }\n'));
  await expect(page.getByTestId('error-notice')).toContainText('line 3, column 26');
  await expect(page.getByTestId('error-notice')).toContainText('Did you mean device?');
  await expect(page.getByTestId('host-start')).toBeDisabled();
  await page.screenshot({ path: testInfo.outputPath('broken-1920x1080.png') });
  // Mended in an editor, it need not be looked for again.
  bench.write('broken.yaml', 'role: robot\ncameras:\n  front: { kind: webcam, device: USB }\n');
  await page.getByTestId('host-read-again').click();
  await expect(page.getByTestId('host-plan')).toContainText('webcam USB');
  await expect(page.getByTestId('error-notice')).toHaveCount(0);
  await bench.choose(bench.write('console.yaml', 'role: console\n'));
  await expect(page.getByTestId('error-notice')).toContainText('for the role console');
  await bench.choose(bench.write('robot.yaml', bench.robotYaml()));
  const plan = page.getByTestId('host-plan');
  for (const text of ['SO-101 follower on', 'test picture, 640×480', 'mjpeg', 'policy', 'holds after 300 ms']) await expect(plan).toContainText(text);
  await expect(page.getByTestId('error-notice')).toHaveCount(0);
  await expect(page.getByTestId('host-start')).toBeEnabled();
  await page.getByTestId('host-session').fill(' ');
  await page.getByTestId('host-start').click();
  await expect(page.getByText('A session needs a name.')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('try-simulated')).toBeVisible();
});

test('the file of last time is offered again, said when it is gone, and forgotten', async ({}, testInfo) => {
  const path = bench.write('robot.yaml', bench.robotYaml());
  const reopen = async (): Promise<Page> => {
    await bench.console.close();
    bench.console = await openConsole([], bench.env());
    await bench.console.page.getByTestId('host-robot').click();
    return bench.console.page;
  };
  await bench.console.page.getByTestId('host-robot').click();
  await expect(bench.console.page.getByTestId('host-file')).toContainText('No file');
  await bench.choose(path);
  await expect(bench.console.page.getByTestId('host-plan')).toContainText('SO-101 follower on');

  let page = await reopen();
  await expect(page.getByTestId('host-file')).toContainText('robot.yaml');
  await expect(page.getByTestId('host-plan')).toContainText('SO-101 follower on');
  await expect(page.getByTestId('host-session')).toHaveValue('bench');
  await expect(page.getByTestId('host-start')).toBeEnabled();

  rmSync(path);
  page = await reopen();
  await expect(page.getByTestId('error-notice')).toContainText('does not exist');
  await expect(page.getByTestId('error-notice')).toContainText('Choose the file where it is now, or forget it.');
  await expect(page.getByTestId('host-start')).toBeDisabled();
  await page.screenshot({ path: testInfo.outputPath('gone-1280x800.png') });
  // Back where it was, it is read again as the page is opened.
  bench.write('robot.yaml', bench.robotYaml());
  await page.getByTestId('host-back').click();
  await page.getByTestId('host-robot').click();
  await expect(page.getByTestId('error-notice')).toHaveCount(0);
  await expect(page.getByTestId('host-start')).toBeEnabled();
  await page.getByTestId('host-no-file').click();
  await expect(page.getByTestId('host-file')).toContainText('No file');

  page = await reopen();
  await expect(page.getByTestId('host-file')).toContainText('No file');
  await expect(page.getByTestId('host-plan')).toContainText('simulated SO-101');
});

test('hosts an arm and cameras: pictures, joints, motors, who drives, a lost camera, STOP, and the end', async ({}, testInfo) => {
  const { page } = bench.console;
  await bench.startHosting(page, { alignMs: LONG_MS });
  await expect(page.getByTestId('host-state')).toHaveText('HOLDING');
  await expectMovingCanvas(preview(page, 'front'));
  await expectMovingCanvas(preview(page, 'wrist'));
  await expect(page.getByTestId('host-joint-gripper')).toContainText('%');
  await expect(page.getByTestId('host-motors')).toContainText('shoulder_pan');

  const policy = startRole('operator', ['--session', 'bench', '--identity', 'policy', '--leader', 'scripted', '--claim'], { ...bench.folder.env, ...bench.account() });
  bench.running.push(policy);
  await expect(page.getByTestId('host-sentence')).toContainText('policy', { timeout: START_WITHIN_MS });
  await expect(page.getByTestId('host-state')).toHaveText(/ACTIVE|ALIGNING/u);
  for (const [width, height] of [[1280, 800], [1920, 1080]] as const) {
    await resizeWindow(bench.console, width, height);
    await page.screenshot({ path: testInfo.outputPath(`hosting-${width}x${height}.png`) });
  }
  await resizeWindow(bench.console, 1280, 800);

  writeFileSync(bench.hold(), '');
  process.kill(bench.hostProcess('film-program').pid, 'SIGKILL');
  await expect(page.getByTestId('preview-wrist')).toContainText('lost');
  await expect(page.getByTestId('preview-wrist')).toContainText('SIGKILL');
  await page.screenshot({ path: testInfo.outputPath('lost-1280x800.png') });
  rmSync(bench.hold());
  await expect(page.getByTestId('preview-wrist')).toContainText('live', { timeout: START_WITHIN_MS });

  await page.keyboard.press('Escape');
  await expect(page.getByTestId('host-state')).toHaveText('STOPPED');
  await page.screenshot({ path: testInfo.outputPath('stopped-1280x800.png') });
  await expect(page.getByTestId('host-home')).toHaveCount(0);
  await policy.kill('SIGTERM');
  await page.keyboard.press('c');
  await expect(page.getByTestId('host-state')).toHaveText('HOLDING');
  await page.keyboard.press('h');
  await expect(page.getByTestId('host-state')).toHaveText('ALIGNING');

  const processes = bench.hostProcesses();
  expect(processes.length).toBeGreaterThanOrEqual(2);
  await page.getByTestId('host-stop').press('Enter');
  await expect(page.getByTestId('host-back')).toBeFocused({ timeout: START_WITHIN_MS });
  await expectGone(processes);
  expect(bench.arm.sim.servos.map((servo) => servo.isHolding), 'torque stays').toEqual(Array(6).fill(true));
});

test('a servo that started anew is said, and taken hold of where it stands', async ({}, testInfo) => {
  const { page } = bench.console;
  await bench.startHosting(page);
  await expect(page.getByTestId('host-rearm')).toHaveCount(0);
  const policy = startRole('operator', ['--session', 'bench', '--identity', 'policy', '--leader', 'scripted', '--claim'], { ...bench.folder.env, ...bench.account() });
  bench.running.push(policy);
  await expect(page.getByTestId('host-state')).toHaveText('ACTIVE', { timeout: START_WITHIN_MS });

  const servo = bench.arm.sim.servos[3];
  if (servo === undefined) throw new Error('no fourth servo');
  servo.powerCycle(systemClock.nowUs());
  await expect(page.getByTestId('host-sentence')).toContainText('Motor 4 (wrist_flex) let go');
  await expect(page.getByTestId('host-state')).toHaveText('HOLDING');
  await expect(page.getByTestId('host-motors-wrist_flex')).toHaveText('let go');
  await page.screenshot({ path: testInfo.outputPath('let-go-1280x800.png') });
  await policy.kill('SIGTERM');
  await expect(page.getByTestId('host-events')).toContainText('policy left');
  await expect(page.getByTestId('host-rearm')).toBeVisible();
  servo.turnByHand(servo.actual + 300, systemClock.nowUs());
  expect(servo.isHolding, 'it gets no goals by itself').toBe(false);

  const stood = bench.arm.sim.servos.map(({ memory }) => memory.get(REGISTER.presentPosition));
  const goals = new Map<number, number[]>();
  bench.arm.sim.onWrite = ({ id, address, data }) => {
    const at = REGISTER.goalPosition.address - address;
    if (at >= 0 && at + 2 <= data.length) goals.set(id, [...(goals.get(id) ?? []), (data[at] ?? 0) | ((data[at + 1] ?? 0) << 8)]);
  };
  await page.getByTestId('host-rearm').click();
  await expect(page.getByTestId('host-rearm')).toHaveCount(0);
  await expect(page.getByTestId('host-events')).toContainText('every joint holds where it is');
  await expect.poll(() => bench.arm.sim.servos.map(({ isHolding }) => isHolding)).toEqual(Array(6).fill(true));
  await expect(page.getByTestId('host-sentence')).not.toContainText('let go');
  const furthest = Math.max(...[...goals].flatMap(([id, told]) => told.map((goal) => Math.abs(goal - (stood[id - 1] ?? 0)))));
  expect(furthest, 'no jump, steps').toBeLessThanOrEqual(20);
});

test('a webcam of this machine is hosted, and one that is not there is said with those that are', async ({}, testInfo) => {
  await bench.console.close();
  bench.console = await openConsole(['--use-fake-device-for-media-stream=device-count=2'], bench.env());
  const { page } = bench.console;
  await page.getByTestId('host-robot').click();
  const yaml = (device: string): string => `role: robot\nsession: bench\ncameras:\n  desk: { kind: webcam, device: ${device}, width: 640, height: 480 }\n`;
  await bench.choose(bench.write('webcam.yaml', yaml('Logitech')));
  await expect(page.getByTestId('host-plan')).toContainText('webcam Logitech, 640×480');
  await page.getByTestId('host-start').click();
  await expect(page.getByTestId('error-notice')).toContainText('fake_device_0, fake_device_1', { timeout: START_WITHIN_MS });
  await expect(page.getByTestId('error-notice')).toContainText('CAMERA_MISSING');
  await bench.choose(bench.write('webcam.yaml', yaml('fake_device_1')));
  await page.getByTestId('host-start').click();
  await expect(page.getByTestId('host-link')).toHaveText(/^in the session/u, { timeout: START_WITHIN_MS });
  await expect(page.getByTestId('preview-desk')).toContainText('640×480');
  await expectMovingCanvas(preview(page, 'desk'));
  await page.screenshot({ path: testInfo.outputPath('webcam-1280x800.png') });
});

test('the pose the arm stands in is kept as its rest pose, parked at when hosting ends, and forgotten', async ({}, testInfo) => {
  const { page } = bench.console;
  await bench.startHosting(page, { alignMs: LONG_MS });
  await expect(page.getByTestId('host-leaving')).toHaveText('The arm holds where it is, torque on.');
  await expect(page.getByTestId('host-rest-forget')).toHaveCount(0);
  await page.getByTestId('host-rest-keep').click();
  await expect(page.getByTestId('host-rest')).toContainText('it must stand by itself there');
  await expect(page.getByTestId('host-rest-sure')).toBeFocused();
  await page.screenshot({ path: testInfo.outputPath('sure-1280x800.png') });
  await page.getByTestId('host-rest-cancel').click();
  await expect(page.getByTestId('host-rest-keep')).toBeFocused();
  await expect(page.getByTestId('host-leaving')).toHaveText('The arm holds where it is, torque on.');
  const kept = bench.arm.sim.servos.map(({ actual }) => actual);
  // Keyboard alone: the button, then the confirmation that has taken the focus.
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('host-leaving')).toContainText('the rest pose that was kept here, and is let go there');
  await expect(page.getByTestId('host-rest-answer')).toContainText('This is the rest pose now');
  await page.screenshot({ path: testInfo.outputPath('kept-1280x800.png') });

  const policy = startRole('operator', ['--session', 'bench', '--identity', 'policy', '--leader', 'scripted', '--claim'], { ...bench.folder.env, ...bench.account() });
  bench.running.push(policy);
  await expect(page.getByTestId('host-state')).toHaveText(/ACTIVE|ALIGNING/u, { timeout: START_WITHIN_MS });
  await expect(page.getByTestId('host-rest-keep'), 'not while it moves').toBeDisabled();
  const away = (): number => Math.max(...bench.arm.sim.servos.map(({ actual }, index) => Math.abs(actual - (kept[index] ?? 0))));
  await expect.poll(away, { timeout: 30_000 }).toBeGreaterThan(60);
  await policy.kill('SIGKILL');
  await expect(page.getByTestId('host-state')).toHaveText('HOLDING');
  await page.getByTestId('host-stop').click();
  await expect(page.getByTestId('host-sentence')).toHaveText('The arm parks, then hosting ends');
  await page.screenshot({ path: testInfo.outputPath('parking-1280x800.png') });
  await expect(page.getByTestId('host-start')).toBeVisible({ timeout: START_WITHIN_MS });
  expect(away(), 'parked where it was kept').toBeLessThan(30);
  expect(bench.arm.sim.servos.map((servo) => servo.isHolding), 'let go there').toEqual(Array(6).fill(false));

  await expect(page.getByTestId('host-arm-left')).toHaveCount(0);

  // The next host finds it again; forgotten, the arm holds as before.
  await page.getByTestId('host-start').click();
  await expect(page.getByTestId('host-leaving')).toContainText('that was kept here', { timeout: START_WITHIN_MS });
  await page.getByTestId('host-rest-forget').click();
  await page.getByTestId('host-rest-sure').click();
  await expect(page.getByTestId('host-leaving')).toHaveText('The arm holds where it is, torque on.');
  await expect(page.getByTestId('host-rest-answer')).toContainText('forgotten');
});
