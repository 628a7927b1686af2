import { PortalError, type PortalErrorCode } from '../../../shared/portal/errors.ts';

/** Bits of a reply's error byte and of the status register, the worst first. */
const FAULTS: readonly { bit: number; code: PortalErrorCode; words: string; fix: string }[] = [
  { bit: 0x20, code: 'OVERLOAD', words: 'is overloaded and holds with reduced force', fix: 'Free the joint, then type rearm at the robot host, or call its method rearm. If the light keeps blinking, switch the power off and on.' },
  { bit: 0x04, code: 'OVERHEATED', words: 'is too hot', fix: 'Let it cool down; look for a joint that works against a stop.' },
  { bit: 0x08, code: 'OVERCURRENT', words: 'draws too much current', fix: 'Free the joint and check that nothing is jammed.' },
  { bit: 0x01, code: 'VOLTAGE', words: 'reports a wrong supply voltage', fix: 'Check that the power supply fits the servos: 7.4 V ones take 5 to 7.4 V, 12 V ones 12 V.' },
  { bit: 0x02, code: 'ENCODER_FAULT', words: 'cannot read its own position', fix: 'Switch the power off and on; a servo that keeps saying so is broken.' },
  { bit: 0x10, code: 'ENCODER_FAULT', words: 'was told a position it cannot take', fix: 'Calibrate the arm anew.' },
];

/** Bits after which an arm must not be driven on. */
export const MOTION_FAULT_BITS = 0x20 | 0x04 | 0x08 | 0x02 | 0x01;

/** Bits that stay until the torque was off. */
export const LATCHED_FAULT_BITS = 0x20 | 0x08;

/** What a servo's error bits say, as an error that names it; null = healthy. `figures` = what was measured, for the reader. */
export function servoFault(motor: string, bits: number, figures = ''): PortalError | null {
  const fault = FAULTS.find(({ bit }) => (bits & bit) !== 0);
  if (fault === undefined) return null;
  return new PortalError(fault.code, `${motor} ${fault.words}`, {
    expected: 'no error bits', got: `0x${bits.toString(16).padStart(2, '0')}${figures === '' ? '' : `, ${figures}`}`, fix: fault.fix,
  });
}

/** All that the bits say, for a health panel: `overload`, `voltage`, … */
export function faultWords(bits: number): string[] {
  return FAULTS.filter(({ bit }) => (bits & bit) !== 0).map(({ code }) => code.toLowerCase());
}
