import { beforeEach, describe, expect, it } from 'vitest';
import { ArmLoop } from '../../../main/arm-loop.ts';
import { CommandIntake } from '../../../main/command-intake.ts';
import { So101Follower } from '../../../main/devices/feetech/so101-follower.ts';
import { REGISTER } from '../../../main/devices/feetech/table.ts';
import type { SimServo } from '../../../main/devices/sim-bus/sim-servo.ts';
import { DriverPulse } from '../../../main/driver-pulse.ts';
import type { StationEvent } from '../../../main/ports.ts';
import { RestPose } from '../../../main/rest-pose.ts';
import { Safety } from '../../../main/safety.ts';
import { defaultStationConfig, type SafetyConfig } from '../../../shared/station-config.ts';
import { memoryArm, type MemoryArm } from '../../fakes/sim-so101-arm.ts';
import { ManualClock } from './manual-clock.ts';

let clock: ManualClock;
let arm: MemoryArm;
let loop: ArmLoop;
let follower: So101Follower;
let events: StationEvent[];

beforeEach(() => {
  clock = new ManualClock();
  arm = memoryArm('follower', clock);
  events = [];
});

const servo = (id: number): SimServo => arm.sim.servos[id - 1] as SimServo;

/** Lets time pass in ticks, with everything that follows from each. */
async function pass(ms: number, stepMs = 10): Promise<void> {
  for (let at = 0; at < ms; at += stepMs) {
    clock.advance(stepMs);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function begin(config: Partial<SafetyConfig> = {}): Promise<void> {
  follower = new So101Follower(arm.bus, arm.joints, 'arm.json', clock);
  await follower.open();
  const limits = { ...defaultStationConfig().safety, ...config };
  const reading = await follower.read();
  const safety = new Safety(follower.features, limits, reading.positions, clock.nowUs());
  const pulse = new DriverPulse(limits.driver_silence_ms, { ask: () => undefined, answeredUs: () => null, silent: () => undefined });
  loop = new ArmLoop(
    {
      follower, joints: follower.features, limits, rest: new RestPose(follower.features, limits, { load: () => null, save: () => undefined, forget: () => undefined }), safety, commands: new CommandIntake(safety, 30, pulse), controlHz: 100,
      ports: { clock, output: { event: (event) => events.push(event), status: () => undefined, note: () => undefined }, log: { info: () => undefined, warn: () => undefined, error: () => undefined } },
    },
    reading,
  );
  loop.run(() => undefined);
  loop.safety.setConnected(true);
  loop.safety.setDriver('ann', clock.nowUs());
}

/** Streams `pan` at 100 Hz for `ms`. */
async function drive(pan: number, ms: number): Promise<void> {
  const pose = loop.reading.positions;
  for (let at = 0; at < ms; at += 10) {
    loop.commands.action({ values: { ...pose, 'shoulder_pan.pos': pan }, timestampUs: clock.nowUs(), inReplyToTsUs: null, sender: 'ann' }, clock.nowUs(), null);
    await pass(10);
  }
}

const panOf = (): number => loop.reading.positions['shoulder_pan.pos'] ?? Number.NaN;
const torques = (): boolean[] => arm.sim.servos.map(({ isHolding }) => isHolding);
const left = (): unknown[] => events.filter(({ event }) => event === 'arm_left');
const errors = (): unknown[] => events.filter(({ event }) => event === 'error');

describe('an arm whose host ends', () => {
  it('holds where it is by default, also in the middle of a motion', async () => {
    await begin();
    await drive(40, 700);
    await loop.prepareToLeave('orderly');
    const said = events.length;
    // The loop runs on until everything else is closed: nobody is followed any more.
    const before = panOf();
    await drive(40, 500);
    expect(Math.abs(panOf() - before)).toBeLessThan(2);
    expect(events.slice(said), 'the last events are those of the end').toEqual([]);
    await loop.end();
    expect(torques()).toEqual(Array(6).fill(true));
    expect(left()).toEqual([{ event: 'arm_left', torque: 'on', instead_of: null, reason: '' }]);
  });

  it('holds after a failure, whatever is configured', async () => {
    for (const onExit of ['park', 'release'] as const) {
      await begin({ on_exit: onExit });
      await loop.prepareToLeave('failed');
      await loop.end();
    }
    expect(left()).toMatchObject([{ torque: 'on', instead_of: 'park', reason: expect.stringContaining('failed') as unknown }, { torque: 'on', instead_of: 'release' }]);
    expect(torques()).toEqual(Array(6).fill(true));
  });

  it('parks under a ramp, holds out what anybody commands meanwhile, and then lets go', async () => {
    await begin({ on_exit: 'park' });
    await drive(40, 3000);
    expect(panOf()).toBeGreaterThan(35);
    const leaving = loop.prepareToLeave('orderly');
    await drive(40, 100);
    expect(loop.safety.state).toMatchObject({ word: 'ALIGNING', task: 'park' });
    expect(events.at(-1)).toMatchObject({ event: 'host_state', state: 'ALIGNING', reason: 'moving to the rest pose' });
    loop.safety.setDriver('bob', clock.nowUs());
    loop.safety.setConnected(false);
    expect(loop.safety.state.task).toBe('park');
    await pass(6000);
    await leaving;
    expect(Math.abs(panOf())).toBeLessThan(1);
    expect(left()).toEqual([]);
    await loop.end();
    expect(torques()).toEqual(Array(6).fill(false));
    expect(left()).toEqual([{ event: 'arm_left', torque: 'off', instead_of: null, reason: '' }]);
  });

  it('is held instead of parked after STOP on the way, and says so', async () => {
    await begin({ on_exit: 'park' });
    await drive(40, 3000);
    const leaving = loop.prepareToLeave('orderly');
    await pass(200);
    loop.safety.stop('eve');
    await pass(20);
    await leaving;
    const held = servo(1).memory.get(REGISTER.goalPosition);
    await pass(1000);
    expect(servo(1).memory.get(REGISTER.goalPosition)).toBe(held);
    await loop.end();
    expect(torques()).toEqual(Array(6).fill(true));
    expect(left()).toEqual([{ event: 'arm_left', torque: 'on', instead_of: 'park', reason: 'STOP by eve' }]);
  });

  it.each([
    ['STOP', (): void => loop.safety.stop('eve'), /^STOP by eve$/u],
    ['a servo in trouble', (): void => servo(3).trip(), /^motor 3 \(elbow_flex\) is overloaded/u],
  ])('is held instead of parked after %s before it, and says so', async (_what, happen, reason) => {
    await begin({ on_exit: 'park' });
    await drive(8, 200);
    happen();
    await pass(20);
    await loop.prepareToLeave('orderly');
    await loop.end();
    expect(torques()).toEqual(Array(6).fill(true));
    expect(left()).toMatchObject([{ torque: 'on', instead_of: 'park', reason: expect.stringMatching(reason) as unknown }]);
  });

  it('is held instead of parked when something was in its way, and says so', async () => {
    await begin({ on_exit: 'park' });
    await drive(40, 3000);
    servo(1).isJammed = true;
    const leaving = loop.prepareToLeave('orderly');
    await pass(6000);
    await leaving;
    await loop.end();
    expect(torques()).toEqual(Array(6).fill(true));
    expect(left()).toMatchObject([{ torque: 'on', instead_of: 'park', reason: expect.stringMatching(/^shoulder_pan\.pos did not come to the rest pose: it is at 4/u) as unknown }]);
  });

  it('says that it is held when its process ends in the middle of parking, once', async () => {
    await begin({ on_exit: 'park' });
    await drive(40, 3000);
    const leaving = loop.prepareToLeave('orderly');
    await pass(200);
    loop.abandon('it was asked a second time to end');
    expect(left()).toEqual([{ event: 'arm_left', torque: 'on', instead_of: 'park', reason: 'it was asked a second time to end' }]);
    await pass(6000);
    await leaving;
    await loop.end();
    expect(left()).toHaveLength(1);
  });

  it('lets go of every motor that answers, and names the one that does not', async () => {
    await begin({ on_exit: 'release' });
    await loop.prepareToLeave('orderly');
    arm.sim.faults.silent.add(3);
    const ending = loop.end();
    // A motor under a fault is let go too: lerobot would stop at it and leave the rest powered.
    servo(2).trip();
    const outcome = expect(ending).rejects.toMatchObject({ code: 'DEVICE_FAILED', details: { got: expect.stringContaining('motor 3 (elbow_flex)') as unknown } });
    await pass(3000);
    await outcome;
    expect(left()).toMatchObject([{ torque: 'unknown', instead_of: 'release' }]);
    // The silent one obeyed, only its answer is missing.
    expect(torques()).toEqual(Array(6).fill(false));
  });
});

describe('a bus that fails while the arm moves', () => {
  it('holds after five missed readings with the error of the bus, said once, and aligns again', async () => {
    await begin();
    await drive(8, 500);
    expect(loop.safety.state.word).toBe('ACTIVE');
    arm.sim.faults.silent.add(4);
    await drive(8, 1500);
    expect(loop.safety.state).toMatchObject({ word: 'HOLDING', reason: expect.stringContaining('motor 4 (wrist_flex)') as unknown });
    expect(errors()).toMatchObject([{ code: 'BUS_TIMEOUT', fix: expect.stringContaining('cable') as unknown }]);
    arm.sim.faults.silent.clear();
    await drive(8, 200);
    expect(loop.safety.state.word).toBe('ALIGNING');
    await drive(8, 500);
    expect(loop.safety.state.word).toBe('ACTIVE');
  });

  it('counts silence also while nothing can be read', async () => {
    await begin();
    await drive(8, 500);
    arm.sim.faults.silent.add(4);
    await pass(320);
    expect(loop.safety.state).toMatchObject({ word: 'HOLDING', reason: 'no action for 300 ms' });
  });

  it.each([
    ['OVERLOAD', (): void => servo(6).trip(), /motor 6 \(gripper\) is overloaded/u],
    ['OVERHEATED', (): void => servo(2).heatTo(90), /motor 2 \(shoulder_lift\) is too hot/u],
    ['TORQUE_LOST', (): void => servo(4).powerCycle(clock.nowUs()), /motor 4 \(wrist_flex\) let go/u],
    ['VOLTAGE', (): void => { servo(5).volts = 12.6; }, /motor 5 \(wrist_roll\) reports a wrong supply voltage/u],
  ] as const)('holds on %s with the name of the servo', async (code, happen, words) => {
    await begin();
    await drive(8, 500);
    happen();
    await drive(8, 120);
    expect(loop.safety.state).toMatchObject({ word: 'HOLDING', reason: expect.stringMatching(words) as unknown, fault: code });
    expect(errors()).toMatchObject([{ code }]);
  });
});

describe('an arm that is taken hold of again while its loop runs', () => {
  it('gives a joint that had to let go no goal of before: it may have sunk', async () => {
    await begin();
    await drive(8, 500);
    servo(3).trip();
    await pass(50);
    expect(loop.safety.state.reason).toContain('overloaded');
    const apart: number[] = [];
    arm.sim.onWrite = ({ id, address, data }) => {
      if (id !== 3) return;
      if (address === REGISTER.lock.address && data[0] === 0) servo(3).turnByHand(servo(3).actual - 300, clock.nowUs());
      if (address === REGISTER.goalPosition.address) apart.push(Math.abs((data[0] ?? 0) + 256 * (data[1] ?? 0) - servo(3).memory.get(REGISTER.presentPosition)));
    };
    // As on a real line, where the loop's exchanges go between those of rearm.
    arm.sim.faults.delayMs = 1;
    let isHeld = false;
    const rearmed = follower.rearm().then(() => { isHeld = true; });
    for (let at = 0; at < 2000 && !isHeld; at += 1) await pass(1, 1);
    await rearmed;
    for (let at = 0; at < 50; at += 1) await pass(1, 1);
    expect(Math.max(...apart)).toBeLessThanOrEqual(3);
    expect(loop.safety.state.reason).toBe('the arm answers again');
    expect(torques()).toEqual(Array(6).fill(true));
  });
});

describe('a goal', () => {
  it('is never further from the joint than max_relative_target', async () => {
    await begin({ max_relative_target: 2, align_units: 360 });
    const ahead: number[] = [];
    arm.sim.onWrite = ({ id, address, data }) => {
      if (id === 1 && address === REGISTER.goalPosition.address) ahead.push((data[0] ?? 0) + 256 * (data[1] ?? 0) - servo(1).memory.get(REGISTER.presentPosition));
    };
    servo(1).isJammed = true;
    await drive(60, 500);
    expect(Math.max(...ahead)).toBeGreaterThan(20);
    // 2 degrees are 22.75 steps.
    expect(Math.max(...ahead)).toBeLessThanOrEqual(23);
  });
});
