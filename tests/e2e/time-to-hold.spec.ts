import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'playwright/test';
import { REGISTER } from '../../main/devices/feetech/table.ts';
import { startLocalServer, type OwnedServer } from '../../main/server/local-server.ts';
import { systemClock } from '../../main/system-clock.ts';
import { startCuttableNetwork, type CuttableNetwork } from '../fakes/cuttable-network.ts';
import { simulatedArm, type SimulatedArm } from '../fakes/sim-so101-arm.ts';
import { until } from '../fakes/until.ts';
import { startRole, type AppEvent, type AppProcess } from './app-process.ts';
import { processesBelow } from './processes.ts';
import { makeTestFolder, type TestFolder } from './test-folder.ts';

/**
 * How long a follower goes on moving after its driver is gone, read at the servos. Promised: 300 ms after the last acceptable
 * action, and one tick of 10 ms. Seconds more for a machine that is busy with other work: what is told apart here are LiveKit's
 * own 10 to 21 s. That the limit itself is kept to the tick is proven on a clock of its own (contract/bus-writes).
 */
const HOLD_MS = 310;
const SLACK_MS = 5000;

test.skip(process.platform === 'win32', 'no pseudo-terminals');
test.describe.configure({ timeout: 120_000 });

let folder: TestFolder;
let server: OwnedServer;
let arm: SimulatedArm;
let network: CuttableNetwork | null = null;
let running: AppProcess[] = [];
/** Goals that asked for motion: when, and how far from the last. */
let moves: { atMs: number; steps: number }[] = [];

test.beforeEach(async () => {
  folder = makeTestFolder();
  server = await startLocalServer();
  arm = simulatedArm('follower', systemClock);
  moves = [];
  const goals = new Map<number, number>();
  arm.sim.onWrite = ({ id, address, data }) => {
    if (address !== REGISTER.goalPosition.address) return;
    const goal = (data[0] ?? 0) | ((data[1] ?? 0) << 8);
    const steps = Math.abs(goal - (goals.get(id) ?? goal));
    goals.set(id, goal);
    if (steps > 0) moves.push({ atMs: performance.now(), steps });
  };
  writeFileSync(join(folder.path, 'arm.json'), arm.calibrationText);
  describeRobot('{ kind: test, width: 160, height: 120 }');
});
test.afterEach(async () => {
  await Promise.all(running.map((one) => one.kill('SIGKILL')));
  running = [];
  await network?.close();
  network = null;
  await server.stop();
  arm.terminal.close();
  folder.remove();
});

function describeRobot(camera: string): void {
  writeFileSync(join(folder.path, 'robot.yaml'), `role: robot\nfollower: { kind: so101_follower, port: ${arm.terminal.path}, calibration: arm.json }\ncameras: { front: ${camera} }\n`);
}

function role(name: 'robot-host' | 'operator', args: readonly string[], url = server.url): AppProcess {
  const started = startRole(name, ['--session', 'hold', ...args], { ...folder.env, LIVEKIT_URL: url, LIVEKIT_API_KEY: server.apiKey, LIVEKIT_API_SECRET: server.apiSecret });
  running.push(started);
  return started;
}

const isState = (word: string) => ({ event, state }: AppEvent): boolean => event === 'metrics' && state === word;

function policy(identity: string, url?: string): AppProcess {
  return role('operator', ['--identity', identity, '--leader', 'scripted', '--claim'], url);
}

/** Throws where it never started: signals to process 0 would end the tests themselves. */
function pidOf({ child }: AppProcess): number {
  if (child.pid === undefined) throw new Error('the process did not start');
  return child.pid;
}

/** The server itself and not the shell that watches over it, which would let it leave in order. */
function serverPid(): number {
  const [first, ...more] = processesBelow(server.pid).filter(({ command }) => command.split(' ')[0]?.endsWith('livekit-server') === true);
  if (first === undefined || more.length > 0) throw new Error(`one livekit-server is expected below ${server.pid}`);
  return first.pid;
}

/** A host, and a policy that moves its arm. */
async function driving(url?: string): Promise<{ host: AppProcess; driver: AppProcess }> {
  const host = role('robot-host', ['--use-fake-device-for-media-stream', '--config', join(folder.path, 'robot.yaml')]);
  await host.waitFor('connection', ({ event }) => event === 'connected');
  const driver = policy('policy', url);
  await host.waitFor('motion', isState('ACTIVE'), 40_000);
  await until('the arm moves', () => moves.length > 100);
  return { host, driver };
}

/**
 * Ms from `happen`, after which no more action can be accepted, until the host says HOLDING (or that it has no session) and
 * until the last goal was moved. The arm has stood still for a second by then.
 */
async function timeToHold(what: string, host: AppProcess, happen: () => void): Promise<void> {
  const holding = host.waitForNext('the hold', ({ event, state }) => event === 'host_state' && (state === 'HOLDING' || state === 'DISCONNECTED'), 30_000);
  const [atMs, atUs] = [performance.now(), systemClock.nowUs()];
  happen();
  const saidMs = ((await holding).timestamp_us - atUs) / 1000;
  await until('the arm stands still', () => performance.now() - Math.max(atMs, moves.at(-1)?.atMs ?? 0) > 1000, { deadlineMs: 20_000 });
  const movedMs = Math.max(0, (moves.at(-1)?.atMs ?? 0) - atMs);
  test.info().annotations.push({ type: 'time to hold', description: `${what}: HOLDING after ${saidMs.toFixed(0)} ms, last goal moved after ${movedMs.toFixed(0)} ms` });
  console.log(`${what}: HOLDING after ${saidMs.toFixed(0)} ms, last goal moved after ${movedMs.toFixed(0)} ms`);
  expect(saidMs).toBeLessThan(HOLD_MS + SLACK_MS);
  expect(movedMs).toBeLessThan(HOLD_MS + SLACK_MS);
}

/** A step of the slew limit's 150 % of a full turn a second, in the longest step of 50 ms, and rounding. */
const MOST_STEPS = 0.05 * 1.5 * 4095 + 2;
/** Holding takes the goal back to where the arm is, which lags by as much as the policy's gentle wave makes it. */
const expectNoJump = (): void => expect(Math.max(...moves.map(({ steps }) => steps))).toBeLessThan(MOST_STEPS);

test('the operator’s process is killed: the arm holds in time, and the next one under its name claims and aligns', async () => {
  const { host, driver } = await driving();
  await timeToHold('killed', host, () => void driver.kill('SIGKILL'));
  // Under the same name, which the host still says to drive: it must claim all the same.
  const aligning = host.waitForNext('the ramp', ({ event, state }) => event === 'host_state' && state === 'ALIGNING', 30_000);
  policy('policy');
  await aligning;
  await host.waitForNext('motion', isState('ACTIVE'), 30_000);
  expectNoJump();
});

test('the operator’s process freezes: the arm holds in time, and what it sends afterwards begins with a ramp', async () => {
  const { host, driver } = await driving();
  const all = [pidOf(driver), ...processesBelow(pidOf(driver)).map(({ pid }) => pid)];
  await timeToHold('frozen', host, () => { for (const pid of all) process.kill(pid, 'SIGSTOP'); });
  for (const pid of all) process.kill(pid, 'SIGCONT');
  await host.waitForNext('motion', isState('ACTIVE'), 40_000);
  expectNoJump();
});

test('the operator’s network is cut: the arm holds in time, and moves again when it is mended, without a jump', async () => {
  network = await startCuttableNetwork(server.url);
  const { host } = await driving(network.url);
  expect(network.hasCarriedMedia(), 'its packets pass through the relay').toBe(true);
  await timeToHold('network cut', host, () => network?.cut());
  network.mend();
  await host.waitForNext('motion', isState('ACTIVE'), 60_000);
  expectNoJump();
});

test('the server is killed and comes back: the arm holds in time, and is driven again', async () => {
  const { host } = await driving();
  const doomed = serverPid();
  await timeToHold('server killed', host, () => process.kill(doomed, 'SIGKILL'));
  await until('the server is gone', () => server.hasExited());
  const { apiKey, apiSecret } = server;
  server = await startLocalServer({ port: Number(new URL(server.url).port), keys: { apiKey, apiSecret } });
  await host.waitForNext('connection', ({ event }) => event === 'connected', 60_000);
  await host.waitForNext('motion', isState('ACTIVE'), 60_000);
  expectNoJump();
});

test('the host’s hidden camera window and the runtime’s other processes are killed: the arm is driven on', async () => {
  describeRobot('{ kind: webcam, width: 320, height: 240 }');
  const { host } = await driving();
  const helpers = processesBelow(pidOf(host)).filter(({ command }) => /--type=(?:renderer|gpu-process|utility)/u.test(command));
  expect(helpers.some(({ command }) => command.includes('--type=renderer')), 'the window of the cameras').toBe(true);
  for (const { pid } of helpers) process.kill(pid, 'SIGKILL');
  const before = moves.length;
  await until('it moves on', () => moves.length > before + 100);
  await host.waitForNext('motion', isState('ACTIVE'), 20_000);
  expectNoJump();
});

test('the host itself is killed and started again: torque stays on, the port is free, and it takes up without a jump', async () => {
  const { host } = await driving();
  await host.kill('SIGKILL');
  const left = moves.length;
  expect(arm.sim.servos.every(({ isHolding }) => isHolding)).toBe(true);
  const again = role('robot-host', ['--config', join(folder.path, 'robot.yaml')]);
  const first = await again.waitFor('a state', ({ event }) => event === 'host_state');
  expect(first).not.toMatchObject({ state: 'ACTIVE' });
  await again.waitFor('motion', isState('ACTIVE'), 60_000);
  expect(arm.sim.servos.every(({ isHolding }) => isHolding)).toBe(true);
  expect(moves.length).toBeGreaterThan(left);
  expectNoJump();
});
