import { PortalError } from '../../../shared/portal/errors.ts';
import { MAX_ID } from './packet.ts';
import { MAX_HOMING_OFFSET, STEPS_PER_TURN } from './table.ts';

/** One motor's part of a calibration, steps. Positions are those the servo tells: actual − homing offset. */
export interface MotorCalibration {
  id: number;
  /** 1: values run against the steps. */
  driveMode: 0 | 1;
  homingOffset: number;
  rangeMin: number;
  rangeMax: number;
}

/** By motor name. */
export type ArmCalibration = Readonly<Record<string, MotorCalibration>>;

/** Keys as lerobot writes them, with what each may hold. */
const KEYS: Readonly<Record<string, { key: keyof MotorCalibration; least: number; most: number }>> = {
  id: { key: 'id', least: 0, most: MAX_ID },
  drive_mode: { key: 'driveMode', least: 0, most: 1 },
  homing_offset: { key: 'homingOffset', least: -MAX_HOMING_OFFSET, most: MAX_HOMING_OFFSET },
  range_min: { key: 'rangeMin', least: 0, most: STEPS_PER_TURN - 1 },
  range_max: { key: 'rangeMax', least: 0, most: STEPS_PER_TURN - 1 },
};

/**
 * Reads a calibration file of lerobot, by its own rules: one object a motor, these five keys with whole numbers, no other ones.
 * Throws CALIBRATION_INVALID naming motor and key; also for a motor of `motors` that is missing and one that is not among them,
 * and for an id that two of them have.
 */
export function parseCalibration(text: string, motors: readonly string[], file: string): ArmCalibration {
  const content = parseJson(text, file);
  if (!isRecord(content)) throw invalid(file, 'the file is no object', 'one object a motor', typeOf(content));
  const names = Object.keys(content);
  const missing = motors.filter((name) => !names.includes(name));
  if (missing.length > 0) throw invalid(file, `${missing.join(', ')} is not in the file`, motors.join(', '), names.join(', ') || 'no motor');
  const unknown = names.filter((name) => !motors.includes(name));
  if (unknown.length > 0) throw invalid(file, `${unknown.join(', ')} is no motor of this arm`, motors.join(', '), names.join(', '));
  const calibration = Object.fromEntries(motors.map((name) => [name, parseMotor(content[name], name, file)]));
  const ids = motors.map((name) => calibration[name]?.id);
  const twin = motors.find((_name, index) => ids.indexOf(ids[index]) !== index);
  // Its offset would be written to the other one's motor.
  if (twin !== undefined) throw invalid(file, `${twin} has the id of another motor`, 'an id of its own', String(calibration[twin]?.id));
  return calibration;
}

/** The file's text, to the byte what lerobot writes. */
export function formatCalibration(calibration: ArmCalibration): string {
  const motors = Object.entries(calibration).map(([name, motor]) => [name, Object.fromEntries(Object.entries(KEYS).map(([key, { key: own }]) => [key, motor[own]]))] as const);
  return JSON.stringify(Object.fromEntries(motors), null, 4);
}

function parseMotor(value: unknown, name: string, file: string): MotorCalibration {
  if (!isRecord(value)) throw invalid(file, `${name} is no object`, Object.keys(KEYS).join(', '), typeOf(value));
  const unknown = Object.keys(value).find((key) => !Object.hasOwn(KEYS, key));
  if (unknown !== undefined) throw invalid(file, `${name} has an unknown key ${unknown}`, Object.keys(KEYS).join(', '), unknown);
  const motor: Partial<Record<keyof MotorCalibration, number>> = {};
  for (const [key, { key: own, least, most }] of Object.entries(KEYS)) {
    const number = value[key];
    if (typeof number !== 'number' || !Number.isInteger(number) || number < least || number > most) {
      throw invalid(file, `${name}.${key} cannot be used`, `a whole number from ${least} to ${most}`, number === undefined ? 'nothing' : JSON.stringify(number));
    }
    motor[own] = number;
  }
  const whole = motor as MotorCalibration;
  if (whole.rangeMin >= whole.rangeMax) throw invalid(file, `${name} has no range`, 'range_min below range_max', `${whole.rangeMin} and ${whole.rangeMax}`);
  return whole;
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (thrown) {
    throw invalid(file, 'the file is no JSON', 'JSON as lerobot writes it', thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function invalid(file: string, what: string, expected: string, got: string): PortalError {
  return new PortalError('CALIBRATION_INVALID', `calibration ${file}: ${what}`, { file, expected, got, fix: 'Calibrate the arm anew, or name the right file.' });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function typeOf(value: unknown): string {
  return Array.isArray(value) ? 'a list' : value === null ? 'null' : typeof value;
}
