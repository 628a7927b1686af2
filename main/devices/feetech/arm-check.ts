import { PortalError } from '../../../shared/portal/errors.ts';
import type { FeetechBus } from './bus.ts';
import { modelWarnings, refuseScsSeries } from './motor-models.ts';
import type { ArmMotor, So101Joint } from './so101-motors.ts';
import { REGISTER } from './table.ts';

/** A motor is called silent only after so many calls: a busy machine may miss the first. */
const PINGS = 5;

/**
 * Rejects with MOTOR_MISSING, MOTOR_MODEL or FIRMWARE_MIXED, naming motors and the likely cause. Returns what a person should know
 * of an arm that can be used all the same, a sentence each.
 */
export async function checkMotors(bus: FeetechBus, joints: readonly ArmMotor[]): Promise<string[]> {
  const missing: ArmMotor[] = [];
  for (const joint of joints) if (!(await isAnswering(bus, joint.id))) missing.push(joint);
  if (missing.length > 0) throw motorsMissing(bus.name, joints, missing);
  const found: { name: string; model: number; firmware: string; motor: string }[] = [];
  for (const { id, motor } of joints) {
    const name = `${id} (${motor})`;
    const model = await bus.read(id, REGISTER.modelNumber);
    refuseScsSeries(`motor ${name}`, model);
    found.push({ name, model, motor, firmware: `${await bus.read(id, REGISTER.firmwareMajor)}.${await bus.read(id, REGISTER.firmwareMinor)}` });
  }
  // Of two makes the numbers cannot be compared.
  for (const model of new Set(found.map((one) => one.model))) checkFirmware(bus.name, found.filter((one) => one.model === model));
  return modelWarnings(bus.name, found);
}

function checkFirmware(port: string, motors: readonly { motor: string; firmware: string }[]): void {
  const versions = new Map<string, string[]>();
  for (const { motor, firmware } of motors) versions.set(firmware, [...(versions.get(firmware) ?? []), motor]);
  if (versions.size <= 1) return;
  const got = [...versions].map(([version, names]) => `${version}: ${names.join(', ')}`).join('; ');
  throw new PortalError('FIRMWARE_MIXED', `the servos on ${port} have different firmware`, { expected: 'one version', got, fix: "Update them to one version with the vendor's program." });
}

/** Asks so often that a busy machine does not pass for a silent motor. Rejects as `ping`. */
export async function isAnswering(bus: FeetechBus, id: number): Promise<boolean> {
  for (let attempt = 0; attempt < PINGS; attempt += 1) if (await bus.ping(id)) return true;
  return false;
}

/** Rejects with CALIBRATION_MISMATCH when the servos hold another calibration than the file. */
export async function checkCalibration(bus: FeetechBus, joints: readonly So101Joint[], file: string): Promise<void> {
  const differences: string[] = [];
  for (const { id, motor, calibration } of joints) {
    const held = { homing_offset: await bus.read(id, REGISTER.homingOffset), range_min: await bus.read(id, REGISTER.minPositionLimit), range_max: await bus.read(id, REGISTER.maxPositionLimit) };
    const wanted = { homing_offset: calibration.homingOffset, range_min: calibration.rangeMin, range_max: calibration.rangeMax };
    for (const key of ['homing_offset', 'range_min', 'range_max'] as const) {
      if (held[key] !== wanted[key]) differences.push(`${motor}.${key} ${held[key]} instead of ${wanted[key]}`);
    }
  }
  if (differences.length === 0) return;
  throw new PortalError('CALIBRATION_MISMATCH', `the arm on ${bus.name} was calibrated with another file than ${file}`, {
    file, expected: 'the same offsets and limits in the servos', got: differences.slice(0, 6).join('; '),
    fix: 'Another arm may be on this port. Name the calibration file of this very arm, write it to the motors (npm run calibrate -- --apply), or calibrate it anew.',
  });
}

/** From which motor on the chain is silent tells more than a list. */
function motorsMissing(port: string, joints: readonly ArmMotor[], missing: readonly ArmMotor[]): PortalError {
  const list = missing.map(({ id, motor }) => `${id} (${motor})`).join(', ');
  const first = missing[0];
  const isTail = first !== undefined && missing.length === joints.filter(({ id }) => id >= first.id).length;
  const fix =
    missing.length === joints.length ? 'Check the power supply, the cable to the first motor, the jumper of the adapter (B), and that this is the right port.'
      : isTail ? `Check the cable between motor ${(first?.id ?? 1) - 1} and motor ${first?.id ?? 1}.`
        : 'These motors may have no id of their own yet, or share one: set up the motors one by one.';
  const found = joints.filter((joint) => !missing.includes(joint)).map(({ id }) => id).join(', ') || 'nobody';
  return new PortalError('MOTOR_MISSING', `motor ${list} does not answer on ${port}`, { expected: joints.map(({ id }) => id).join(', '), got: found, fix });
}
