import type { ArmCalibration, MotorCalibration } from './calibration.ts';
import type { FeetechBus } from './bus.ts';
import { SO101_MOTORS } from './so101-motors.ts';
import { REGISTER } from './table.ts';

/** What a servo itself holds of a calibration; the drive mode is in the file alone. */
export type HeldCalibration = Pick<MotorCalibration, 'homingOffset' | 'rangeMin' | 'rangeMax'>;

/** One value in which file and servo differ. */
export interface CalibrationDifference {
  motor: string;
  key: 'homing_offset' | 'range_min' | 'range_max';
  file: number;
  held: number;
}

const KEYS = [['homing_offset', 'homingOffset'], ['range_min', 'rangeMin'], ['range_max', 'rangeMax']] as const;

export async function readHeldCalibration(bus: FeetechBus, id: number): Promise<HeldCalibration> {
  return {
    homingOffset: await bus.read(id, REGISTER.homingOffset),
    rangeMin: await bus.read(id, REGISTER.minPositionLimit),
    rangeMax: await bus.read(id, REGISTER.maxPositionLimit),
  };
}

/** Where the motors of `calibration` hold something else. Rejects as `bus.read`. */
export async function calibrationDifferences(bus: FeetechBus, calibration: ArmCalibration): Promise<CalibrationDifference[]> {
  const differences: CalibrationDifference[] = [];
  for (const [motor, wanted] of Object.entries(calibration)) {
    const held = await readHeldCalibration(bus, wanted.id);
    for (const [key, own] of KEYS) if (held[own] !== wanted[own]) differences.push({ motor, key, file: wanted[own], held: held[own] });
  }
  return differences;
}

/**
 * Writes offsets and limits where they differ. Torque must be off and `lock` 0 (`releaseMotor`). Rejects as `bus.write`;
 * then some motors hold the new values and some the old ones.
 */
export async function writeHeldCalibration(bus: FeetechBus, calibration: Readonly<Record<string, HeldCalibration & { id: number }>>): Promise<void> {
  for (const { id, ...wanted } of Object.values(calibration)) {
    const held = await readHeldCalibration(bus, id);
    if (held.homingOffset !== wanted.homingOffset) await bus.write(id, REGISTER.homingOffset, wanted.homingOffset);
    if (held.rangeMin !== wanted.rangeMin) await bus.write(id, REGISTER.minPositionLimit, wanted.rangeMin);
    if (held.rangeMax !== wanted.rangeMax) await bus.write(id, REGISTER.maxPositionLimit, wanted.rangeMax);
  }
}

/** The calibration that an SO-101's own servos hold, as a file would say it; drive modes are taken as 0. */
export async function readArmCalibration(bus: FeetechBus): Promise<ArmCalibration> {
  const motors: [string, MotorCalibration][] = [];
  for (const [index, motor] of SO101_MOTORS.entries()) motors.push([motor, { id: index + 1, driveMode: 0, ...(await readHeldCalibration(bus, index + 1)) }]);
  return Object.fromEntries(motors);
}
