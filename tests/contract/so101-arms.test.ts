import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FeetechBus } from '../../main/devices/feetech/bus.ts';
import { EEPROM_END, REGISTER } from '../../main/devices/feetech/table.ts';
import { So101Follower } from '../../main/devices/feetech/so101-follower.ts';
import { So101Leader } from '../../main/devices/feetech/so101-leader.ts';
import type { SimServo } from '../../main/devices/sim-bus/sim-servo.ts';
import { SerialLink } from '../../main/devices/serial-link.ts';
import { systemClock } from '../../main/system-clock.ts';
import { motorTroubles } from '../../shared/portal/arm-health.ts';
import { memoryArm, simulatedArm, type SimulatedArm } from '../fakes/sim-so101-arm.ts';
import { ManualClock } from '../unit/main/manual-clock.ts';
import { followerArmContract } from './follower-arm-suite.ts';
import { leaderArmContract } from './leader-arm-suite.ts';

if (process.platform !== 'win32') {
  const open: SimulatedArm[] = [];
  const made = (arm: SimulatedArm): SimulatedArm => {
    open.push(arm);
    return arm;
  };
  afterAll(() => { for (const { terminal } of open) terminal.close(); });

  /** Goals are not acknowledged: an answer to what was asked after them tells that they have arrived. */
  async function passed(bus: FeetechBus, clock: ManualClock, ms: number): Promise<void> {
    while (!(await bus.ping(1)));
    clock.advance(ms);
  }

  followerArmContract('the SO-101 on its bus', () => {
    const clock = new ManualClock();
    const { bus, joints } = made(simulatedArm('follower', clock));
    return { arm: new So101Follower(bus, joints, 'arm.json', clock), pass: (ms) => passed(bus, clock, ms) };
  });

  leaderArmContract('the SO-101 leader on its bus', () => {
    const clock = new ManualClock();
    const { bus, joints } = made(simulatedArm('leader', clock));
    return { arm: new So101Leader(bus, joints, 'arm.json', clock), pass: (ms) => passed(bus, clock, ms) };
  });
}

describe.skipIf(process.platform === 'win32')('an SO-101 arm', () => {
  let clock: ManualClock;
  let arm: SimulatedArm;
  let writes: { id: number; address: number; value: number }[];
  beforeEach(() => {
    clock = new ManualClock();
    arm = simulatedArm('follower', clock);
    writes = [];
    arm.sim.onWrite = ({ id, address, data }) => {
      const last = writes.at(-1);
      const value = data[0] ?? -1;
      // On a busy machine an acknowledgement may come late, and the same is written again.
      if (last === undefined || last.id !== id || last.address !== address || last.value !== value) writes.push({ id, address, value });
    };
  });
  afterEach(async () => {
    await arm.bus.close();
    arm.terminal.close();
  });
  const follower = (): So101Follower => new So101Follower(arm.bus, arm.joints, 'arm.json', clock);
  const servo = (id: number): SimServo => arm.sim.servos[id - 1] as SimServo;

  it('is set up as lerobot does when it is new, and only read when it is not', async () => {
    const first = follower();
    await first.open();
    const gripper = writes.filter(({ id }) => id === 6).map(({ address, value }) => [address, value]);
    expect(gripper).toEqual([
      [REGISTER.torqueEnable.address, 0], [REGISTER.lock.address, 0],
      [REGISTER.returnDelayTime.address, 0], [REGISTER.maximumAcceleration.address, 254], [REGISTER.acceleration.address, 254],
      [REGISTER.pCoefficient.address, 16], [REGISTER.maxTorqueLimit.address, 500 & 0xff], [REGISTER.protectionCurrent.address, 250], [REGISTER.overloadTorque.address, 25],
      [REGISTER.goalPosition.address, servo(6).memory.get(REGISTER.presentPosition) & 0xff], [REGISTER.torqueEnable.address, 1], [REGISTER.lock.address, 1],
    ]);
    await first.close();
    expect(arm.sim.servos.every(({ isHolding }) => isHolding), 'torque stays when the program leaves').toBe(true);
    writes.length = 0;
    const second = follower();
    await second.open();
    expect(writes.filter(({ address }) => address < EEPROM_END || address === REGISTER.torqueEnable.address || address === REGISTER.goalPosition.address)).toEqual([]);
  });

  it('stands still while it is opened, whatever goal was left in its servos', async () => {
    servo(2).memory.set(REGISTER.goalPosition, 2900);
    const before = servo(2).actual;
    await follower().open();
    clock.advance(1000);
    servo(2).advance(clock.nowUs());
    expect(Math.abs(servo(2).actual - before)).toBeLessThan(2);
  });

  it('has its multi-turn bit cleared', async () => {
    servo(3).memory.set(REGISTER.phase, 12 | 0x10);
    await follower().open();
    expect(servo(3).memory.get(REGISTER.phase)).toBe(12);
  });

  it('is refused with the motors that are silent and where to look', async () => {
    for (const id of [4, 5, 6]) arm.sim.faults.silent.add(id);
    await expect(follower().open()).rejects.toMatchObject({
      code: 'MOTOR_MISSING', message: expect.stringContaining('4 (wrist_flex), 5 (wrist_roll), 6 (gripper)') as unknown, details: { fix: 'Check the cable between motor 3 and motor 4.' },
    });
    for (const id of [1, 2, 3]) arm.sim.faults.silent.add(id);
    await expect(follower().open()).rejects.toMatchObject({ code: 'MOTOR_MISSING', details: { fix: expect.stringContaining('power supply') as unknown } });
  });

  it('is refused with another calibration, another firmware or servos of another series, and nothing is written', async () => {
    servo(1).memory.set(REGISTER.homingOffset, 77);
    await expect(follower().open()).rejects.toMatchObject({ code: 'CALIBRATION_MISMATCH', details: { got: 'shoulder_pan.homing_offset 77 instead of 0' } });
    servo(1).memory.set(REGISTER.homingOffset, 0);
    servo(5).memory.set(REGISTER.firmwareMinor, 9);
    await expect(follower().open()).rejects.toMatchObject({ code: 'FIRMWARE_MIXED', details: { got: expect.stringContaining('3.9: wrist_roll') as unknown } });
    servo(5).memory.set(REGISTER.modelNumber, 0x0405);
    await expect(follower().open()).rejects.toMatchObject({ code: 'MOTOR_MODEL' });
    expect(writes).toEqual([]);
  });

  it('tells its pose and what is wrong in one reading', async () => {
    const one = follower();
    await one.open();
    expect((await one.read()).fault).toBeNull();
    servo(6).trip();
    const { positions, fault } = await one.read();
    expect(Object.keys(positions)).toHaveLength(6);
    expect(fault).toMatchObject({ code: 'OVERLOAD', message: 'motor 6 (gripper) is overloaded and holds with reduced force' });
  });

  it('is opened again after it was unplugged, and holds where it is found', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'arm-'));
    const port = join(folder, 'arm');
    symlinkSync(arm.terminal.path, port);
    const one = new So101Follower(new FeetechBus(new SerialLink(port), systemClock), arm.joints, 'arm.json', clock);
    await one.open();
    arm.terminal.close();
    const outcome = (): Promise<string> => one.read().then(() => 'read', (error: { code: string }) => error.code);
    await expect.poll(outcome, { timeout: 10_000 }).toBe('PORT_LOST');
    const back = simulatedArm('follower', clock);
    try {
      rmSync(port);
      symlinkSync(back.terminal.path, port);
      back.sim.servos[0]?.turnByHand(1234, clock.nowUs());
      // Opening it anew may fail on a busy machine, and is tried again after a while.
      await expect.poll(() => { clock.advance(1500); return outcome(); }, { timeout: 30_000 }).toBe('read');
      expect((await one.read()).positions['shoulder_pan.pos']).toBeCloseTo(((1234 - 2000) * 360) / 4095, 6);
      expect((await one.read()).fault, 'it lost its power too').toMatchObject({ code: 'TORQUE_LOST' });
      await one.rearm();
      expect(back.sim.servos.every(({ isHolding }) => isHolding)).toBe(true);
    } finally {
      await one.close();
      back.terminal.close();
      rmSync(folder, { recursive: true });
    }
  });

  it('is looked for anew after it was silent for long, and checked again before it is used', async () => {
    const one = follower();
    await one.open();
    for (const { id } of arm.joints) arm.sim.faults.silent.add(id);
    for (let reading = 0; reading < 20; reading += 1) await expect(one.read()).rejects.toMatchObject({ code: 'BUS_TIMEOUT' });
    arm.sim.faults.silent.clear();
    servo(1).powerCycle(clock.nowUs());
    expect(servo(1).isHolding).toBe(false);
    await expect.poll(() => { clock.advance(1500); return one.read().then(() => 'read', () => 'not yet'); }, { timeout: 30_000 }).toBe('read');
    expect((await one.read()).fault, 'its torque does not come back by itself').toMatchObject({ code: 'TORQUE_LOST', message: expect.stringContaining('1 (shoulder_pan)') as unknown });
    expect(servo(1).isHolding).toBe(false);
    await one.rearm();
    expect(servo(1).isHolding).toBe(true);
    expect((await one.read()).fault).toBeNull();
    await one.close();
  });

  it('names a servo that started anew while it was driven, gives it no more goals, and takes hold of it when asked', async () => {
    const one = follower();
    await one.open();
    await one.read();
    servo(3).powerCycle(clock.nowUs());
    clock.advance(110);
    expect((await one.read()).fault).toMatchObject({ code: 'TORQUE_LOST', message: 'motor 3 (elbow_flex) let go: its torque is off' });
    const troubles = (): string[] => motorTroubles(one.health ?? expect.unreachable()).map(({ motor, word }) => `${motor} ${word}`);
    expect(troubles(), 'its own figures say nothing of it').toEqual(['elbow_flex let go']);
    writes.length = 0;
    await one.write(Object.fromEntries(one.features.map(({ name, rest }) => [name, rest])));
    await one.read();
    expect(writes.map(({ id }) => id)).toEqual([1, 2, 4, 5, 6]);
    await one.rearm();
    expect(servo(3).memory.get(REGISTER.acceleration), 'its settings are back').toBe(254);
    expect(servo(3).memory.get(REGISTER.goalPosition)).toBe(servo(3).memory.get(REGISTER.presentPosition));
    expect(servo(3).isHolding).toBe(true);
    expect((await one.read()).fault).toBeNull();
    expect(troubles()).toEqual([]);
    await one.close();
  });

  it('leaves a leader free to be moved, and never gives it a goal', async () => {
    const leader = new So101Leader(arm.bus, arm.joints, 'arm.json', clock);
    await leader.open();
    expect(arm.sim.servos.some(({ isHolding }) => isHolding)).toBe(false);
    expect(writes.filter(({ address }) => address === REGISTER.goalPosition.address)).toEqual([]);
    servo(1).turnByHand(2000, clock.nowUs());
    expect((await leader.read()).positions['shoulder_pan.pos']).toBeCloseTo(0, 6);
    servo(1).turnByHand(3900, clock.nowUs());
    expect((await leader.read()).positions['shoulder_pan.pos'], 'cut at the calibrated range').toBeCloseTo((1000 * 360) / 4095, 6);
    await leader.close();
  });

  it('tells what all six motors measure, a few times a second, with no exchange besides those of the loop', async () => {
    // In memory every answer is there at once: none is asked for twice.
    const { sim, bus, joints } = memoryArm('follower', clock);
    const one = new So101Follower(bus, joints, 'arm.json', clock);
    expect(one.health).toBeNull();
    await one.open();
    sim.servos[2]?.heatTo(58);
    for (const each of sim.servos) each.volts = 6.1;
    await one.read();
    expect(one.health?.motors.map(({ motor, id }) => `${id} ${motor}`)).toEqual(joints.map(({ motor, id }) => `${id} ${motor}`));
    expect(one.health?.motors[2]).toMatchObject({ celsius: 58, volts: 6.1, faults: [], limits: { celsius: 70, minVolts: 4, maxVolts: 8, loadPercent: 80 } });
    expect(one.health?.motors[5]?.limits.loadPercent, 'a gripper is set softer').toBe(25);
    const { positions } = await one.read();
    for (const [index, joint] of joints.entries()) expect(one.health?.motors[index]?.position).toBeCloseTo(positions[joint.feature.name] ?? Number.NaN, 5);

    sim.servos[5]?.trip();
    const before = bus.counters.transactions;
    for (let reading = 0; reading < 100; reading += 1) {
      clock.advance(10);
      await one.read();
    }
    expect(bus.counters.transactions - before, 'one exchange a reading, and one in ten to ask for the torque').toBe(110);
    expect(one.health?.motors[5]?.faults).toEqual(['overload']);
    expect(one.health?.ageMs).toBeLessThanOrEqual(150);
    clock.advance(5000);
    expect(one.health?.ageMs, 'old figures say how old they are').toBeGreaterThanOrEqual(5000);
    await one.close();
  });

  it('moves a leader by its own motors with little force, and lets go of every motor that it can reach', async () => {
    const leader = new So101Leader(arm.bus, arm.joints, 'arm.json', clock);
    await leader.open();
    const { positions } = await leader.read();
    const pan = arm.joints[0]?.feature.name ?? '';
    const started = writes.length;
    await leader.drive({ ...positions, [pan]: (positions[pan] ?? 0) + 5 });
    const torqueOn = writes.slice(started).findIndex(({ address }) => address === REGISTER.torqueEnable.address);
    expect(writes.slice(started, started + torqueOn).map(({ address }) => address), 'weak, and where it stands, before torque comes on').toEqual([REGISTER.torqueLimit.address, REGISTER.goalPosition.address]);
    expect(arm.sim.servos.every(({ isHolding }) => isHolding)).toBe(true);
    while (!(await arm.bus.ping(1)));
    clock.advance(1000);
    expect((await leader.read()).positions[pan]).toBeCloseTo((positions[pan] ?? 0) + 5, 0);
    arm.sim.faults.silent.add(2);
    await leader.letGo();
    expect(arm.sim.servos.filter(({ isHolding }) => isHolding).map(({ id }) => id), 'the one that does not answer hears it all the same').toEqual([]);
    arm.sim.faults.silent.delete(2);
    await leader.drive(positions);
    await leader.close();
    expect(arm.sim.servos.some(({ isHolding }) => isHolding), 'closing lets go').toBe(false);
    expect(arm.sim.servos.map(({ memory }) => memory.get(REGISTER.torqueLimit)), 'with its full force again').toEqual(Array(6).fill(1000));
  });
});
