import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { calibrationBackups, readCalibrationFile, saveCalibrationFile } from '../../main/devices/feetech/calibration-file.ts';
import { CalibrationRun } from '../../main/devices/feetech/calibration-run.ts';
import type { ArmCalibration } from '../../main/devices/feetech/calibration.ts';
import { readArmCalibration } from '../../main/devices/feetech/calibration-registers.ts';
import { SO101_MOTORS, type So101Motor } from '../../main/devices/feetech/so101-motors.ts';
import { EEPROM_END, REGISTER } from '../../main/devices/feetech/table.ts';
import { SIM_TRAVEL } from '../../main/devices/sim-bus/sim-so101.ts';
import type { SimServo } from '../../main/devices/sim-bus/sim-servo.ts';
import { systemClock } from '../../main/system-clock.ts';
import { simulatedArm, TEST_CALIBRATION, type SimulatedArm } from '../fakes/sim-so101-arm.ts';

describe.skipIf(process.platform === 'win32')('calibrating an arm by hand on its bus', () => {
  let arm: SimulatedArm;
  let folder: string;
  let path: string;
  let run: CalibrationRun;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'calibrate-'));
    path = join(folder, 'arm.json');
    arm = simulatedArm('follower', systemClock);
    await arm.bus.open(() => undefined);
    run = start();
  });
  afterEach(async () => {
    await arm.bus.close();
    arm.terminal.close();
    rmSync(folder, { recursive: true });
  });

  const start = (partner: ArmCalibration | null = null): CalibrationRun => new CalibrationRun(arm.bus, systemClock, { path, partner });
  const servo = (motor: So101Motor): SimServo => arm.sim.servos[SO101_MOTORS.indexOf(motor)] as SimServo;
  const hand = (motor: So101Motor, actual: number): void => { servo(motor).turnByHand(actual, systemClock.nowUs()); };
  const allTo = (place: 'middle' | 'low' | 'high'): void => { for (const [index, motor] of SO101_MOTORS.entries()) hand(motor, SIM_TRAVEL[index]?.[place] ?? 0); };
  const held = (): Promise<ArmCalibration> => readArmCalibration(arm.bus);

  async function toSweep(): Promise<void> {
    await run.release();
    allTo('middle');
    await run.sample();
    await run.confirmMiddle();
  }
  async function sweepAll(): Promise<void> {
    for (const place of ['middle', 'low', 'middle', 'high', 'middle'] as const) {
      allTo(place);
      await run.sample();
    }
  }
  async function toGripper(): Promise<void> {
    await toSweep();
    await sweepAll();
    run.confirmSweep();
    hand('gripper', SIM_TRAVEL[5]?.closed ?? 0);
  }
  /** What the simulated arm's travel comes to, worked out apart from the product. */
  const expected = Object.fromEntries(SO101_MOTORS.map((motor, index) => {
    const { low, high, middle } = SIM_TRAVEL[index] as { low: number; high: number; middle: number };
    const homingOffset = middle - 2047;
    return [motor, { id: index + 1, driveMode: 0, homingOffset, rangeMin: low - homingOffset, rangeMax: high - homingOffset }];
  }));

  it('ends with the same offsets and limits in the file and in the motors, and shows every joint moving', async () => {
    for (const one of arm.sim.servos) one.write(REGISTER.torqueEnable.address, Uint8Array.of(1), systemClock.nowUs());
    await toSweep();
    expect(arm.sim.servos.some(({ isHolding }) => isHolding), 'the arm is limp').toBe(false);
    const rows = await run.sample();
    expect(rows.map(({ position }) => position)).toEqual([2047, 2047, 2047, 2047, 2047, 2047]);
    expect(rows.every(({ problem }) => problem === 'unmoved'), 'says what is still to be moved').toBe(true);
    await sweepAll();
    expect((await run.sample()).map(({ problem }) => problem)).toEqual([null, null, null, null, null, null]);
    run.confirmSweep();
    hand('gripper', SIM_TRAVEL[5]?.closed ?? 0);
    const { saved, warnings } = await run.confirmGripper();
    expect(readCalibrationFile(path)).toEqual(expected);
    expect(await held()).toEqual(expected);
    expect([saved.backup, warnings]).toEqual([null, []]);
    for (const one of arm.sim.servos) one.powerCycle(systemClock.nowUs());
    expect(await held(), 'it outlasts a loss of power').toEqual(expected);
    hand('wrist_flex', 2500);
    expect((await run.sample()).filter(({ hasMoved }) => hasMoved).map(({ motor }) => motor), 'moved before the first look').toEqual(['wrist_flex']);

    hand('elbow_flex', 2600);
    const [, , elbow] = await run.sample();
    expect(elbow).toMatchObject({ motor: 'elbow_flex', position: 2600 - (2060 - 2047), hasMoved: true });
    expect((await run.sample()).filter(({ hasMoved }) => hasMoved)).toHaveLength(2);
  });

  it('writes nothing of a calibration before the end, so that leaving, a loss of power and an unplugged cable change nothing', async () => {
    const eeprom: number[] = [];
    arm.sim.onWrite = ({ address }) => { if (address < EEPROM_END) eeprom.push(address); };
    await toGripper();
    expect(eeprom).toEqual([]);
    for (const one of arm.sim.servos) one.powerCycle(systemClock.nowUs());
    expect(await held()).toEqual(TEST_CALIBRATION);
    await run.confirmGripper();
    expect(await held(), 'a loss of power in between costs nothing').toEqual(expected);
  });

  it('is as exact over offsets that the motors had before', async () => {
    for (const [index, one] of arm.sim.servos.entries()) one.memory.set(REGISTER.homingOffset, [-2047, 2047, 1000, -1000, 5, 0][index] ?? 0);
    await toGripper();
    await run.confirmGripper();
    expect(await held()).toEqual(expected);
  });

  it('keeps the calibration that was there, and warns of a joint that the other arm moves further', async () => {
    saveCalibrationFile(path, TEST_CALIBRATION, systemClock.nowUs());
    run = start({ ...TEST_CALIBRATION, elbow_flex: { id: 3, driveMode: 0, homingOffset: 0, rangeMin: 500, rangeMax: 3900 } });
    await toGripper();
    const { saved, warnings } = await run.confirmGripper();
    expect(calibrationBackups(path)).toEqual([saved.backup]);
    expect(readCalibrationFile(saved.backup ?? '')).toEqual(TEST_CALIBRATION);
    expect(warnings).toEqual([expect.stringContaining('elbow_flex')]);
  });

  it('refuses joints that were not swept, and goes on from there', async () => {
    await toSweep();
    for (const place of ['low', 'middle', 'high', 'middle'] as const) {
      allTo(place);
      hand('wrist_flex', SIM_TRAVEL[3]?.middle ?? 0);
      await run.sample();
    }
    expect(() => { run.confirmSweep(); }).toThrow(expect.objectContaining({ code: 'CALIBRATION_REFUSED', message: 'wrist_flex was hardly moved' }) as Error);
    expect(run.phase).toBe('sweep');
    hand('wrist_flex', 1200);
    await run.sample();
    run.confirmSweep();
    expect(run.phase).toBe('gripper');
  });

  it('refuses a joint that crossed the end of its count, and takes a better middle', async () => {
    await run.release();
    allTo('middle');
    hand('shoulder_lift', 900);
    await run.confirmMiddle();
    // 900 reads 2047, so 2949 is where the count begins anew.
    for (const place of [900, 2000, 2900, 3100]) {
      hand('shoulder_lift', place);
      await run.sample();
    }
    expect(() => { run.confirmSweep(); }).toThrow(expect.objectContaining({ code: 'CALIBRATION_REFUSED', message: expect.stringContaining('shoulder_lift went across') as unknown }) as Error);
    run.back();
    allTo('middle');
    await run.confirmMiddle();
    await sweepAll();
    run.confirmSweep();
  });

  it('turns the gripper round when it closes at its high end, and refuses one that is half open', async () => {
    await toGripper();
    hand('gripper', 2700);
    await expect(run.confirmGripper()).rejects.toMatchObject({ code: 'CALIBRATION_REFUSED', message: 'the gripper is neither closed nor open' });
    expect(await held()).toEqual(TEST_CALIBRATION);
    hand('gripper', SIM_TRAVEL[5]?.high ?? 0);
    expect((await run.confirmGripper()).calibration.gripper?.driveMode).toBe(1);
  });

  it('takes the last step of the encoder as a middle', async () => {
    await run.release();
    allTo('middle');
    hand('wrist_roll', 4095);
    await run.confirmMiddle();
    expect((await run.sample())[4]?.position).toBe(2048);
  });

  it('clears multi-turn counting first, and sends for a power cycle when the motor still counts turns', async () => {
    const elbow = servo('elbow_flex');
    elbow.memory.write(REGISTER.phase.address, Uint8Array.of(12 | 0x10));
    elbow.powerCycle(systemClock.nowUs());
    hand('elbow_flex', 5000);
    await expect(run.release()).rejects.toMatchObject({ code: 'CALIBRATION_REFUSED', message: 'motor 3 (elbow_flex) counts several turns', details: { fix: expect.stringContaining('power') as unknown } });
    expect(elbow.memory.get(REGISTER.phase)).toBe(12);
    elbow.powerCycle(systemClock.nowUs());
    await toSweep();
    await sweepAll();
    run.confirmSweep();
  });

  it('is refused before anything is changed when a motor is missing, is of another series, or two share an id', async () => {
    const writes: number[] = [];
    arm.sim.onWrite = ({ address }) => { writes.push(address); };
    arm.sim.faults.silent.add(4);
    await expect(run.release()).rejects.toMatchObject({ code: 'MOTOR_MISSING', message: expect.stringContaining('4 (wrist_flex)') as unknown });
    arm.sim.faults.silent.clear();
    servo('gripper').memory.set(REGISTER.modelNumber, 0x0405);
    await expect(run.release()).rejects.toMatchObject({ code: 'MOTOR_MODEL' });
    servo('gripper').memory.set(REGISTER.modelNumber, 777);
    servo('gripper').memory.set(REGISTER.id, 5);
    await expect(run.release()).rejects.toMatchObject({ code: 'BUS_CORRUPT', details: { fix: expect.stringContaining('Two motors may share one id') as unknown } });
    expect([writes, run.phase]).toEqual([[], 'ready']);
  });

  it('puts motors and file back when a motor does not take its values', async () => {
    saveCalibrationFile(path, TEST_CALIBRATION, systemClock.nowUs());
    await toGripper();
    let isStubborn = true;
    arm.sim.onWrite = ({ id, address }) => {
      // A motor that is turned while it is written: it does not read where its new offset says.
      if (isStubborn && id === 3 && address === REGISTER.homingOffset.address) { isStubborn = false; hand('elbow_flex', 3000); }
    };
    await expect(run.confirmGripper()).rejects.toMatchObject({ code: 'CALIBRATION_REFUSED', message: expect.stringContaining('as they were before') as unknown });
    expect(await held()).toEqual(TEST_CALIBRATION);
    expect(readCalibrationFile(path)).toEqual(TEST_CALIBRATION);
    expect([calibrationBackups(path), run.phase]).toEqual([[], 'gripper']);
  });

  it('says what happened when the cable is pulled while it is written, and leaves the file that completes the motors', async () => {
    await toGripper();
    arm.sim.onWrite = ({ id, address }) => { if (id === 4 && address === REGISTER.homingOffset.address) arm.terminal.close(); };
    await expect(run.confirmGripper()).rejects.toMatchObject({ message: expect.stringContaining('a part of the new calibration') as unknown, details: { fix: expect.stringContaining(path) as unknown } });
    expect(readCalibrationFile(path)).toEqual(expected);
  });

  it('survives lost and damaged replies while sweeping', async () => {
    await toSweep();
    arm.sim.faults.dropNext = 2;
    arm.sim.faults.corruptNext = 2;
    await run.sample();
    await sweepAll();
    run.confirmSweep();
  });

  it('refuses a step that is not next', async () => {
    await expect(run.confirmMiddle()).rejects.toMatchObject({ code: 'USAGE' });
    expect(() => { run.confirmSweep(); }).toThrow(expect.objectContaining({ code: 'USAGE' }) as Error);
  });
});
