import type { ArmKind } from '../../../shared/arm-kind.ts';
import { PortalError } from '../../../shared/portal/errors.ts';
import { checkMotors } from './arm-check.ts';
import type { FeetechBus } from './bus.ts';
import type { ArmCalibration } from './calibration.ts';
import { applyCalibration } from './calibration-apply.ts';
import { readCalibrationFile, saveCalibrationFile, type SavedCalibration } from './calibration-file.ts';
import { findCalibration, listCalibrations } from './calibration-places.ts';
import { calibrationDifferences, readArmCalibration, type CalibrationDifference } from './calibration-registers.ts';
import { SO101_IDS } from './so101-motors.ts';
import { STEPS_PER_TURN } from './table.ts';

/** Where file and motors differ; empty = the file is this arm's. The bus is open. Rejects as `checkMotors`. */
export async function compareWithMotors(bus: FeetechBus, calibration: ArmCalibration): Promise<CalibrationDifference[]> {
  await checkMotors(bus, SO101_IDS);
  return calibrationDifferences(bus, calibration);
}

/** Makes a file the arm's own: written to its motors, torque off, and kept under `path`. What was in either is put back when it fails. */
export async function adoptCalibration(bus: FeetechBus, calibration: ArmCalibration, path: string, nowUs: number): Promise<SavedCalibration> {
  await checkMotors(bus, SO101_IDS);
  const saved = saveCalibrationFile(path, calibration, nowUs);
  await applyCalibration(bus, calibration, { undoFile: saved });
  return saved;
}

/**
 * Saves what the motors hold, as on another computer that has the file. Only read; the drive modes, which no motor holds, are
 * taken as 0. Rejects with CALIBRATION_MISSING for motors that were never calibrated.
 */
export async function saveFromMotors(bus: FeetechBus, path: string, nowUs: number): Promise<SavedCalibration & { calibration: ArmCalibration }> {
  await checkMotors(bus, SO101_IDS);
  const calibration = await readArmCalibration(bus);
  const isNew = Object.entries(calibration).filter(([motor, { homingOffset, rangeMin, rangeMax }]) => motor !== 'wrist_roll' && homingOffset === 0 && rangeMin === 0 && rangeMax >= STEPS_PER_TURN - 1);
  const isEmpty = Object.entries(calibration).filter(([, { rangeMin, rangeMax }]) => rangeMin >= rangeMax);
  const without = [...isNew, ...isEmpty].map(([motor]) => motor);
  if (without.length > 0) {
    throw new PortalError('CALIBRATION_MISSING', `${without.join(', ')} of the arm on ${bus.name} was never calibrated`, { expected: 'an offset and a range in every motor', got: 'what a factory-new motor holds', fix: 'Calibrate the arm.' });
  }
  return { ...saveCalibrationFile(path, calibration, nowUs), calibration };
}

/** The calibration of the arm's partner: the other kind's file of the same name, else its only one; null = none to compare with. */
export function partnerCalibration(kind: ArmKind, id: string, root: string): ArmCalibration | null {
  const other = kind === 'leader' ? 'follower' : 'leader';
  const all = listCalibrations(root).filter((place) => place.kind === other);
  const path = findCalibration(other, id, root) ?? (all.length === 1 ? all[0]?.path : undefined);
  if (path === undefined) return null;
  try {
    return readCalibrationFile(path);
  } catch {
    // One that cannot be used cannot be compared with; whoever uses that arm is told.
    return null;
  }
}
