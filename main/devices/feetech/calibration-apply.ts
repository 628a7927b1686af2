import { PortalError, toPortalError } from '../../../shared/portal/errors.ts';
import { releaseMotor } from './arm-setup.ts';
import type { FeetechBus } from './bus.ts';
import type { ArmCalibration } from './calibration.ts';
import type { SavedCalibration } from './calibration-file.ts';
import { calibrationDifferences, readHeldCalibration, writeHeldCalibration, type HeldCalibration } from './calibration-registers.ts';
import { REGISTER, STEPS_PER_TURN } from './table.ts';

/** A hand may move the arm a little between two readings, about 9°. */
const SAME_PLACE_STEPS = 100;

/**
 * Writes a calibration to its motors, torque off, and reads it back; with `expected`, also that each joint reads there afterwards.
 * When it fails, motors and file are put back as they were. Rejects as the bus does, or with CALIBRATION_REFUSED.
 */
export async function applyCalibration(bus: FeetechBus, calibration: ArmCalibration, options: { expected?: ReadonlyMap<number, number>; undoFile?: SavedCalibration } = {}): Promise<void> {
  const before: Record<string, HeldCalibration & { id: number }> = {};
  try {
    for (const [motor, { id }] of Object.entries(calibration)) before[motor] = { id, ...(await readHeldCalibration(bus, id)) };
    // Once more: a servo that lost its power in between would not keep what is written.
    for (const { id } of Object.values(calibration)) await releaseMotor(bus, id);
    await writeHeldCalibration(bus, calibration);
    await checkWritten(bus, calibration, options.expected ?? new Map());
  } catch (thrown) {
    throw await undone(bus, before, options.undoFile ?? null, toPortalError(thrown));
  }
}

async function checkWritten(bus: FeetechBus, calibration: ArmCalibration, expected: ReadonlyMap<number, number>): Promise<void> {
  const [different] = await calibrationDifferences(bus, calibration);
  if (different !== undefined) {
    throw new PortalError('CALIBRATION_REFUSED', `${different.motor} did not keep ${different.key}`, { expected: String(different.file), got: String(different.held), fix: 'Switch the power of the arm off and on, then calibrate again.' });
  }
  for (const [motor, { id }] of Object.entries(calibration)) {
    const [place, present] = [expected.get(id), await bus.read(id, REGISTER.presentPosition)];
    if (place === undefined) continue;
    const apart = Math.abs(present - place);
    if (Math.min(apart, STEPS_PER_TURN - apart) <= SAME_PLACE_STEPS) continue;
    throw new PortalError('CALIBRATION_REFUSED', `${motor} reads elsewhere than its new offset says`, { expected: `about ${place}`, got: String(present), fix: 'Hold the arm still while it is written, and calibrate again.' });
  }
}

/** Puts back what can be put back; the error then says what could not. */
async function undone(bus: FeetechBus, before: Readonly<Record<string, HeldCalibration & { id: number }>>, file: SavedCalibration | null, error: PortalError): Promise<PortalError> {
  try {
    for (const { id } of Object.values(before)) await releaseMotor(bus, id);
    await writeHeldCalibration(bus, before);
  } catch {
    // The bus is gone, which `error` tells. The new file stays: it is what completes the motors.
    return new PortalError(error.code, `${error.message}; the motors hold a part of the new calibration`, {
      ...error.details, fix: `${file === null ? 'Then' : `The file is saved as ${file.path}. Then`} write the file to the motors once the arm answers again, or calibrate anew. ${error.details.fix ?? ''}`.trim(),
    });
  }
  file?.undo();
  return new PortalError(error.code, `${error.message}; file and motors are as they were before`, error.details);
}
