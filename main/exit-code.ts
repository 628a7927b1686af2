import type { PortalErrorCode } from '../shared/portal/errors.ts';
import type { ExitCode } from './ports.ts';

/**
 * Mistakes of whoever typed or wrote a file, as opposed to a world that does not play along: starting again helps nobody. Two
 * programs of one identity are among them: each start would throw the other one out. A refused token is not: after a loss of
 * power the clock of this machine may be wrong for a while, and its tokens with it.
 */
const MISTAKES: ReadonlySet<PortalErrorCode> = new Set(['USAGE', 'CONFIG_INVALID', 'YAML_INVALID', 'FILE_UNREADABLE', 'NOT_SUPPORTED', 'VALUE_INVALID', 'CALIBRATION_INVALID', 'CALIBRATION_MISSING', 'DUPLICATE_IDENTITY']);

/** The arm, its port or its motors: somebody has to see to them, or to plug them in, and then it goes on by itself. */
const ARM: ReadonlySet<PortalErrorCode> = new Set([
  'PORT_MISSING', 'PORT_BUSY', 'PORT_LOST', 'PERMISSION', 'BUS_TIMEOUT', 'BUS_CORRUPT', 'MOTOR_MISSING', 'MOTOR_MODEL', 'MOTOR_DUPLICATE', 'FIRMWARE_MIXED',
  'VOLTAGE', 'OVERHEATED', 'OVERCURRENT', 'OVERLOAD', 'ENCODER_FAULT', 'TORQUE_LOST', 'CALIBRATION_MISMATCH',
]);

/** What a program ends with that could not begin, or failed while it ran. */
export function exitCodeOf(code: PortalErrorCode): ExitCode {
  if (MISTAKES.has(code)) return 2;
  return ARM.has(code) ? 3 : 1;
}
