import { beforeEach, expect, it } from 'vitest';
import type { MotorisedLeader } from '../../../main/devices/device.ts';
import { OperatorLeader } from '../../../main/operator-leader.ts';
import type { EngageMode } from '../../../shared/leader-choice.ts';
import { ManualClock } from './manual-clock.ts';

/** A leader without a window, on a clock of the test's; with an arm on a port it is in tests/contract/operator-leader.test.ts. */
const JOINTS = [{ name: 'pan.pos', min: -110, max: 110, unit: 'deg', rest: 0 }];
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

let clock: ManualClock;
beforeEach(() => { clock = new ManualClock(); });
const pass = async (ms: number): Promise<void> => {
  for (let at = 0; at < ms; at += 5) {
    clock.advance(5);
    await settle();
  }
};

/** A robot that is where the leader is, at 60, and has obeyed it. */
async function bench(engage: EngageMode | null) {
  const world = { hand: 60, robot: 60, isBusy: false, isDriving: true, sent: 0, phases: [] as string[] };
  const arm: MotorisedLeader = {
    features: JOINTS,
    open: () => Promise.resolve(),
    close: () => Promise.resolve(),
    read: () => Promise.resolve({ positions: { 'pan.pos': world.hand }, timestampUs: clock.nowUs() }),
    drive: (pose) => Promise.resolve(void (world.hand = pose['pan.pos'] ?? Number.NaN)),
    letGo: () => Promise.resolve(),
  };
  const leader = new OperatorLeader(arm, { rateHz: 100, engage, engageUnits: 10 }, {
    clock,
    isDriving: () => world.isDriving,
    robotPose: () => ({ 'pan.pos': world.robot }),
    isRobotBusy: () => world.isBusy,
    send: () => void (world.sent += 1),
    onFailure: (error) => expect.fail(error.message),
    onPhase: ({ phase }) => world.phases.push(phase),
  });
  leader.start();
  await pass(6000);
  expect([world.phases.at(-1), world.sent > 0]).toEqual(['engaged', true]);
  /** The robot goes to 0 by itself. */
  const goHome = async (): Promise<void> => {
    world.isBusy = true;
    await pass(500);
    world.robot = 0;
    world.isBusy = false;
    await pass(20);
    world.sent = 0;
    world.phases = world.phases.slice(-1);
  };
  return { world, goHome };
}

it.each([null, 'still'] as const)('waits after the robot has moved by itself until it was held still for 2 s where the robot is (%s)', async (engage) => {
  const { world, goHome } = await bench(engage);
  await goHome();
  await pass(3000);
  expect([world.phases, world.sent]).toEqual([['apart'], 0]);
  world.hand = 5;
  await pass(1900);
  expect([world.phases, world.sent]).toEqual([['apart', 'still'], 0]);
  await pass(200);
  expect(world.phases).toEqual(['apart', 'still', 'engaged']);
  expect(world.sent).toBeGreaterThan(0);
});

it('goes on sending while the robot moves by itself, which silence would end', async () => {
  const { world } = await bench(null);
  world.isBusy = true;
  world.sent = 0;
  await pass(1000);
  expect(world.sent).toBeGreaterThan(90);
});

it('is brought to where the robot has moved by itself by its own motors, where the configuration says so', async () => {
  const { world, goHome } = await bench('guide');
  await goHome();
  expect(world.phases).toEqual(['guiding']);
  await pass(8000);
  expect(world.hand).toBeCloseTo(0);
  expect(world.phases).toEqual(['guiding', 'still', 'engaged']);
});

it('drives on after the robot has moved by itself, where the configuration says so', async () => {
  const { world, goHome } = await bench('ramp');
  await goHome();
  await pass(500);
  expect(world.phases).toEqual(['engaged']);
  expect(world.sent).toBeGreaterThan(40);
});

it('drives at once with a claim, also with one that ends what the robot did by itself', async () => {
  const { world } = await bench(null);
  world.isDriving = false;
  world.isBusy = true;
  await pass(500);
  world.robot = 0;
  world.isDriving = true;
  await pass(50);
  world.isBusy = false;
  await pass(50);
  expect(world.phases).toEqual(['engaged', 'idle', 'engaged']);
});
