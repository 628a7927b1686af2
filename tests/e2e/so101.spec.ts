import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'playwright/test';
import { bindArm } from '../../main/devices/feetech/arm-bindings.ts';
import { saveCalibrationFile } from '../../main/devices/feetech/calibration-file.ts';
import { calibrationPath } from '../../main/devices/feetech/calibration-places.ts';
import { REGISTER } from '../../main/devices/feetech/table.ts';
import { startLocalServer, type LocalServer } from '../../main/server/local-server.ts';
import { systemClock } from '../../main/system-clock.ts';
import { simulatedArm, TEST_CALIBRATION, type SimulatedArm } from '../fakes/sim-so101-arm.ts';
import { startRole, type AppProcess } from './app-process.ts';
import { makeTestFolder, type TestFolder } from './test-folder.ts';

/** Leader and follower on a bus each, real bytes through real serial ports; the app's own processes between them. */
test.skip(process.platform === 'win32', 'no pseudo-terminals');

let folder: TestFolder;
let server: LocalServer;
let leader: SimulatedArm;
let follower: SimulatedArm;
let running: AppProcess[] = [];

test.beforeAll(async () => {
  folder = makeTestFolder();
  server = await startLocalServer();
});
test.afterAll(async () => {
  await server?.stop();
  folder?.remove();
});
test.beforeEach(() => {
  leader = simulatedArm('leader', systemClock);
  follower = simulatedArm('follower', systemClock);
  writeFileSync(join(folder.path, 'arm.json'), follower.calibrationText);
  writeFileSync(join(folder.path, 'robot.yaml'), `role: robot\nfollower: { kind: so101_follower, port: ${follower.terminal.path}, calibration: arm.json }\n`);
  writeFileSync(join(folder.path, 'desk.yaml'), `role: operator\nleader: { kind: so101_leader, port: ${leader.terminal.path}, calibration: arm.json, claim: true }\n`);
});
test.afterEach(async () => {
  await Promise.all(running.map((one) => one.kill('SIGKILL')));
  running = [];
  leader.terminal.close();
  follower.terminal.close();
});

function role(name: 'robot-host' | 'operator', config: string, more: Readonly<Record<string, string>> = {}): AppProcess {
  const env = { ...folder.env, ...more, LIVEKIT_URL: server.url, LIVEKIT_API_KEY: server.apiKey, LIVEKIT_API_SECRET: server.apiSecret };
  const started = startRole(name, ['--session', 'arms', '--config', join(folder.path, config)], env);
  running.push(started);
  return started;
}

const memoryOf = (arm: SimulatedArm, id: number) => arm.sim.servos.find((servo) => servo.id === id)?.memory;

function turn(id: number, told: number): void {
  const servo = leader.sim.servos.find((one) => one.id === id);
  servo?.turnByHand(told + (servo.memory.get(REGISTER.homingOffset) ?? 0), systemClock.nowUs());
}

const goalOf = (id: number): number => memoryOf(follower, id)?.get(REGISTER.goalPosition) ?? -1;

/** Values travel as f32 and are cut towards zero, so the follower may be told one step less than the leader stands at. */
async function expectGoal(what: string, steps: number): Promise<void> {
  await expect.poll(() => Math.abs(goalOf(1) - steps), { message: what, timeout: 10_000 }).toBeLessThanOrEqual(1);
}

test('a leader on a bus drives a follower on another, and the follower holds when either arm fails', async () => {
  // The leader begins in the follower's pose; what differs is approached under the ramp.
  for (const { id } of follower.sim.servos) turn(id, memoryOf(follower, id)?.get(REGISTER.presentPosition) ?? 0);
  const host = role('robot-host', 'robot.yaml');
  await host.waitFor('connection', ({ event }) => event === 'connected');
  const desk = role('operator', 'desk.yaml');
  await desk.waitFor('connection', ({ event }) => event === 'connected');
  const isState = (word: string) => ({ event, state }: { event: string; state?: unknown }) => event === 'metrics' && state === word;
  await host.waitFor('motion', isState('ACTIVE'), 30_000);

  turn(1, 2400);
  await expectGoal('the follower follows', 2400);
  turn(1, 3800);
  await expectGoal('cut at the calibrated range', 3000);

  follower.sim.faults.dropNext = 1;
  turn(1, 2200);
  await expectGoal('one lost reply costs nothing', 2200);

  follower.sim.servos[5]?.trip();
  await host.waitForNext('the hold', isState('HOLDING'), 10_000);
  // Torque off and on is what clears a tripped servo.
  for (const torque of [0, 1]) follower.sim.servos[5]?.write(REGISTER.torqueEnable.address, Uint8Array.of(torque), systemClock.nowUs());
  await host.waitForNext('motion again', isState('ACTIVE'), 20_000);

  leader.terminal.close();
  const lost = await desk.waitForNext('the loss', ({ event }) => event === 'error', 10_000);
  // Silence may be noticed before the end of the line is.
  expect(lost).toMatchObject({ code: expect.stringMatching(/PORT_LOST|BUS_TIMEOUT/u) as unknown });
  await host.waitForNext('the hold', isState('HOLDING'), 10_000);
  const held = goalOf(1);
  expect(Math.abs(held - 2200)).toBeLessThan(20);

  expect((await host.kill('SIGTERM')).code).toBe(0);
  expect(follower.sim.servos[0]?.isHolding, 'torque stays when the host leaves').toBe(true);
});

test('an arm that is not there ends the robot host with its name and the fix', async () => {
  follower.terminal.close();
  const host = role('robot-host', 'robot.yaml');
  const error = await host.waitFor('an error', ({ event }) => event === 'error');
  expect(error).toMatchObject({ code: 'PORT_MISSING', fix: expect.stringContaining('Plug the arm in') as unknown });
  expect((await host.ended()).code).toBe(3);
});

test('a calibration that cannot be used is a mistake in the configuration', async () => {
  writeFileSync(join(folder.path, 'arm.json'), '{}');
  const host = role('robot-host', 'robot.yaml');
  expect(await host.waitFor('an error', ({ event }) => event === 'error')).toMatchObject({ code: 'CALIBRATION_INVALID' });
  expect((await host.ended()).code).toBe(2);
});

test('a follower that was set up on this machine needs nothing but its kind in the configuration', async () => {
  const ports = join(folder.path, 'ports');
  mkdirSync(ports, { recursive: true });
  symlinkSync(follower.terminal.path, join(ports, 'SIM1'));
  const root = join(folder.path, 'calibration');
  saveCalibrationFile(calibrationPath('follower', 'mine', root), TEST_CALIBRATION, systemClock.nowUs());
  bindArm(join(folder.path, 'user'), { port: 'usb:SIM1', kind: 'follower', id: 'mine' });
  writeFileSync(join(folder.path, 'robot.yaml'), 'role: robot\nfollower: { kind: so101_follower }\n');
  const host = role('robot-host', 'robot.yaml', { PORTAL_CONSOLE_SIM_PORTS: ports, HF_LEROBOT_CALIBRATION: root });
  await host.waitFor('connection', ({ event }) => event === 'connected');
  await expect.poll(() => follower.sim.servos.every(({ isHolding }) => isHolding), { timeout: 10_000 }).toBe(true);
  rmSync(join(ports, 'SIM1'));
});
