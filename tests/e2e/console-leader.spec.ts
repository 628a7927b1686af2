import { expect, test } from 'playwright/test';
import { REGISTER } from '../../main/devices/feetech/table.ts';
import { systemClock } from '../../main/system-clock.ts';
import type { ArmHealth } from '../../shared/portal/arm-health.ts';
import type { AppEvent } from './app-process.ts';
import { resizeWindow } from './console-window.ts';
import { expectPlayingVideo } from './tile.ts';
import { ACTIVE, engageUntil, LeaderBench, photograph, sentence, word } from './leader-bench.ts';
import { watchTexts } from './seen-texts.ts';

/** A person with a leader arm at the console: real bytes on both buses, the app's own processes between them. */
test.skip(process.platform === 'win32', 'no pseudo-terminals');

const faultsOf = (event: AppEvent, motor: string): string[] => (event['arm'] as ArmHealth | null)?.motors.find((one) => one.motor === motor)?.faults ?? [];

let bench: LeaderBench;
test.beforeEach(async () => { bench = await LeaderBench.start(); });
test.afterEach(async () => { await bench.stop(); });

test('a leader arm drives from the window, is lost and comes back without a jump; every trouble of the follower is named', async ({}, testInfo) => {
  test.setTimeout(300_000);
  const host = await bench.startHost();
  const console = await bench.openConsole(`{ kind: so101_leader, port: ${bench.leaderPort}, calibration: arm.json }`);
  const { page } = console;
  const picture = (name: string): string => testInfo.outputPath(name);
  const isState = (state: string) => ({ event, ...rest }: { event: string; state?: unknown }) => event === 'metrics' && rest.state === state;
  await page.keyboard.press('l');
  await expect(page.getByTestId('leader-link')).toHaveText('live', { timeout: 30_000 });
  await expect(page.getByTestId('robot-motors-diagnosis')).toContainText('All motors are well', { timeout: 30_000 });

  await page.getByTestId('motors-switch').click();
  await expect(page.getByTestId('leader-motors-diagnosis')).toContainText('All motors are well');
  await page.getByTestId('motors-switch').click();

  await expectPlayingVideo(page, 'front', { width: 640, height: 480 });
  await expectPlayingVideo(page, 'wrist', { width: 320, height: 240 });

  // Control alone moves nothing: the leader stands elsewhere.
  for (const [id, steps] of bench.followerPose()) bench.turn(id, steps);
  bench.turn(1, bench.presentOf('follower', 1) + 500);
  const rest = bench.goalOf(1);
  await page.keyboard.press('t');
  await expect(sentence(page)).toHaveText('Bring the leader to the robot’s pose');
  await expect(page.getByTestId('joint-apart-shoulder_pan')).toContainText('44°');
  await photograph(console, picture, 'apart');
  expect(bench.goalOf(1), 'the robot has not moved').toBe(rest);

  const asked = await watchTexts(page, 'driver-sentence');
  bench.turn(1, bench.presentOf('follower', 1));
  await engageUntil(page, ACTIVE);
  expect(await asked()).toContain('Hold the leader still');
  await expect(page.getByTestId('leader-phase')).toHaveText('engaged');
  await bench.drive(page, 'the follower follows', 1, 2400);
  await photograph(console, picture, 'driving');

  // The plug is pulled.
  bench.unplugLeader();
  await expect(word(page)).toHaveText('HOLDING');
  await expect(sentence(page)).toHaveText('You have control, the leader is not there');
  await expect(page.getByTestId('leader-error')).toContainText(/Plug the arm in/u);
  const held = bench.goalOf(1);
  expect(Math.abs(held - 2400), 'held where it was').toBeLessThan(20);
  await photograph(console, picture, 'unplugged');

  // It comes back in another pose: nothing goes out before the person wants it, nor before the poses meet.
  bench.plugLeaderIn(new Map([...bench.followerPose()].map(([id, steps]) => [id, id === 1 ? steps - 600 : steps])));
  await expect(sentence(page)).toHaveText('The leader waits', { timeout: 30_000 });
  await photograph(console, picture, 'back');
  await page.getByTestId('engage-leader').click();
  await expect(sentence(page)).toHaveText('Bring the leader to the robot’s pose');
  expect(bench.goalOf(1)).toBe(held);
  const goals: number[] = [];
  bench.follower.sim.onWrite = ({ id, address, data }) => { if (id === 1 && address === REGISTER.goalPosition.address) goals.push((data[0] ?? 0) | ((data[1] ?? 0) << 8)); };
  bench.turn(1, bench.presentOf('follower', 1));
  await engageUntil(page, ACTIVE);
  expect(Math.max(...goals.map((goal) => Math.abs(goal - held))), 'no jump').toBeLessThan(60);

  // One lost reply costs nothing; a servo that stays silent makes the arm hold.
  bench.follower.sim.faults.dropNext = 1;
  await bench.drive(page, 'one lost reply', 1, 2300);
  bench.follower.sim.faults.silent.add(3);
  await expect(word(page)).toHaveText('HOLDING', { timeout: 30_000 });
  await expect(page.getByTestId('state-word').locator('..')).toContainText('motor 3');
  bench.follower.sim.faults.silent.delete(3);
  await engageUntil(page, ACTIVE);

  // Overload, by name, with what to do.
  bench.follower.sim.servos[5]?.trip();
  await expect(word(page)).toHaveText('HOLDING', { timeout: 30_000 });
  await expect(page.getByTestId('arm-trouble')).toContainText('gripper overloaded');
  await expect(page.getByTestId('robot-motors-gripper')).toContainText('overloaded');
  await expect(page.getByTestId('robot-motors-diagnosis')).toContainText('Free the joint');
  bench.follower.sim.servos[1]?.heatTo(60);
  await expect(page.getByTestId('robot-motors-shoulder_lift')).toContainText('hot');
  await photograph(console, picture, 'overload');
  // The smallest window: what is in trouble must not push STOP out.
  await resizeWindow(console, 960, 640);
  await expect(page.getByTestId('stop')).toBeInViewport({ ratio: 1 });
  await page.screenshot({ path: picture('overload-960x640.png') });
  await resizeWindow(console, 1280, 800);
  // Its metrics are a second apart, and may still be those of the hold before.
  await host.waitFor('the overload in the metrics', (event) => isState('HOLDING')(event) && faultsOf(event, 'gripper').includes('overload'));
  for (const torque of [0, 1]) bench.follower.sim.servos[5]?.write(REGISTER.torqueEnable.address, Uint8Array.of(torque), systemClock.nowUs());
  await engageUntil(page, ACTIVE);

  // STOP works wherever the focus is, and clearing it does not resume.
  await page.getByTestId('leader-change').click();
  await page.getByTestId('leader-port').focus();
  await photograph(console, picture, 'choosing');
  await page.keyboard.press('Escape');
  await expect(word(page)).toHaveText('STOPPED');
  await page.getByTestId('leader-dialog').getByLabel('Close').click();
  await page.getByTestId('clear-stop').click();
  await expect(sentence(page)).toHaveText('Nobody is driving');
  expect(bench.leader.sim.servos.some((servo) => servo.isHolding), 'a leader that is only read is never under torque').toBe(false);
});

test('a leader brings itself to the robot’s pose by its motors, lets go, and is engaged once it is held still', async () => {
  test.setTimeout(240_000);
  await bench.startHost();
  const { page } = await bench.openConsole(`{ kind: so101_leader, port: ${bench.leaderPort}, calibration: arm.json, engage: guide }`);
  await page.keyboard.press('l');
  await expect(page.getByTestId('leader-link')).toHaveText('live', { timeout: 30_000 });
  bench.turn(2, bench.presentOf('follower', 2) + 400);
  const stood = bench.presentOf('follower', 2);
  const asked = await watchTexts(page, 'driver-sentence');
  let wereAllHolding = false;
  bench.leader.sim.onWrite = () => { wereAllHolding ||= bench.leader.sim.servos.every((servo) => servo.isHolding); };
  await page.keyboard.press('t');
  await engageUntil(page, ACTIVE);
  const said = await asked();
  expect(said).toContain('The leader moves to the robot’s pose');
  expect(said.indexOf('Hold the leader still'), 'asked for after that').toBeGreaterThan(said.indexOf('The leader moves to the robot’s pose'));
  expect(wereAllHolding, 'by all of its motors').toBe(true);
  expect(bench.leader.sim.servos.some((servo) => servo.isHolding), 'it has let go').toBe(false);
  expect(Math.abs(bench.presentOf('leader', 2) - stood) * (360 / 4096)).toBeLessThan(6);
  await page.keyboard.press('r');
  await expect(word(page)).toHaveText('HOLDING');
});

test('the keyboard drives while Space is held, and a gamepad while LB is; losing the focus or the pad stops the robot', async ({}, testInfo) => {
  test.setTimeout(240_000);
  await bench.startHost();
  const console = await bench.openConsole('');
  const { page } = console;
  await page.keyboard.press('l');
  await page.getByTestId('leader-change').click();
  await page.getByTestId('leader-kind-keyboard').click();
  await page.getByTestId('leader-save').click();
  await page.keyboard.press('t');
  await expect(page.locator('.banner')).toContainText('hold Space to drive');
  await page.keyboard.press('q');
  await expect(word(page)).toHaveText('HOLDING');
  const before = bench.goalOf(1);
  await page.keyboard.down(' ');
  await expect(word(page)).toHaveText('ACTIVE');
  await page.keyboard.down('q');
  await expect.poll(() => bench.goalOf(1)).toBeGreaterThan(before + 100);
  await photograph(console, (name) => testInfo.outputPath(name), 'keyboard');
  await page.evaluate(() => window.dispatchEvent(new Event('blur')));
  await expect(word(page)).toHaveText('HOLDING');
  const held = bench.goalOf(1);
  await page.keyboard.up('q');
  await page.keyboard.up(' ');
  await page.keyboard.down(' ');
  await expect(word(page)).toHaveText('ACTIVE');
  expect(Math.abs(bench.goalOf(1) - held), 'goes on from where the robot is').toBeLessThan(30);
  await page.keyboard.up(' ');
  await expect(word(page)).toHaveText('HOLDING');

  await page.getByTestId('leader-change').click();
  await page.getByTestId('leader-kind-gamepad').click();
  await page.getByTestId('leader-save').click();
  await expect(page.getByTestId('leader-error')).toContainText('no gamepad is heard');
  await page.evaluate(() => {
    const pad = { connected: true, axes: [0, 0, 0, 0], buttons: Array.from({ length: 16 }, () => ({ pressed: false, value: 0 })) };
    Object.assign(window, { pad });
    navigator.getGamepads = () => [pad as unknown as Gamepad];
  });
  // A page that stands still for a moment loses the pad, and the person lets it drive again.
  await engageUntil(page, /hold LB to drive/u);
  const start = bench.goalOf(1);
  await page.evaluate(() => {
    const { pad } = window as unknown as { pad: { axes: number[]; buttons: { pressed: boolean; value: number }[] } };
    pad.axes[0] = 1;
    pad.buttons[4] = { pressed: true, value: 1 };
  });
  await expect(async () => {
    await engageUntil(page, ACTIVE);
    await expect.poll(() => bench.goalOf(1), { timeout: 5000 }).toBeLessThan(start - 100);
  }).toPass({ timeout: 60_000 });
  await page.evaluate(() => { navigator.getGamepads = () => []; });
  await expect(word(page)).toHaveText('HOLDING');
  await expect(sentence(page)).toHaveText('You have control, the leader is not there');

  // What was chosen is remembered.
  await bench.closeConsole();
  const again = await bench.openConsole('');
  await again.page.keyboard.press('l');
  await expect(again.page.getByTestId('leader')).toContainText('Gamepad');
});
