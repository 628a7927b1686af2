/** Codes are stable: scripts and support pages match on them. */
export type PortalErrorCode =
  // configuration and arguments
  | 'CONFIG_INVALID'
  | 'YAML_INVALID'
  | 'USAGE'
  | 'FILE_UNREADABLE'
  // values at the send call
  | 'VALUE_INVALID'
  | 'UNKNOWN_FIELD'
  | 'UNKNOWN_TRACK'
  | 'UNKNOWN_CHUNK'
  | 'FRAME_INVALID'
  | 'NOT_SUPPORTED'
  // session
  | 'NOT_CONNECTED'
  | 'ALREADY_CONNECTED'
  | 'SERVER_UNREACHABLE'
  | 'TOKEN_REFUSED'
  | 'TOKEN_ENDPOINT_FAILED'
  | 'CONNECT_TIMEOUT'
  | 'ROLE_NOT_SET'
  | 'DUPLICATE_IDENTITY'
  | 'DISCONNECTED'
  | 'ROBOT_ABSENT'
  | 'NO_PEER'
  | 'PUBLISH_FAILED'
  | 'RPC_FAILED'
  | 'RPC_TIMEOUT'
  | 'NOT_AUTHORISED'
  // machine
  | 'PORT_IN_USE'
  | 'SERVER_MISSING'
  | 'SERVER_FAILED'
  | 'RUNTIME_MISSING'
  | 'SECRET_UNAVAILABLE'
  | 'DEVICE_FAILED'
  // cameras
  | 'CAMERA_MISSING'
  | 'CAMERA_FAILED'
  // the arms' bus
  | 'PORT_MISSING'
  | 'PORT_BUSY'
  | 'PORT_LOST'
  | 'PERMISSION'
  | 'BUS_TIMEOUT'
  | 'BUS_CORRUPT'
  | 'MOTOR_MISSING'
  | 'MOTOR_MODEL'
  | 'MOTOR_DUPLICATE'
  | 'FIRMWARE_MIXED'
  | 'VOLTAGE'
  | 'OVERHEATED'
  | 'OVERCURRENT'
  | 'OVERLOAD'
  | 'ENCODER_FAULT'
  | 'TORQUE_LOST'
  | 'CALIBRATION_MISSING'
  | 'CALIBRATION_MISMATCH'
  | 'CALIBRATION_INVALID'
  | 'CALIBRATION_REFUSED'
  | 'INTERNAL';

/** What an error says besides its code. `rpcCode` is LiveKit's or Portal's number where an RPC failed. */
export interface PortalErrorDetails {
  expected?: string;
  got?: string;
  /** What the reader can do about it, as a sentence. */
  fix?: string;
  rpcCode?: number;
  /** File position, 1-based, where the error is in a file. */
  file?: string;
  line?: number;
  column?: number;
  cause?: unknown;
}

/** An error as it crosses IPC and `--json`. */
export interface PortalErrorShape extends Omit<PortalErrorDetails, 'cause'> {
  code: PortalErrorCode;
  message: string;
}

/** The one error class: a stable code, a sentence, and expected, got and the fix where there are any. */
export class PortalError extends Error {
  readonly code: PortalErrorCode;
  readonly details: Readonly<PortalErrorDetails>;

  constructor(code: PortalErrorCode, message: string, details: PortalErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'PortalError';
    this.code = code;
    this.details = details;
  }

  toJSON(): PortalErrorShape {
    const { cause: _cause, ...rest } = this.details;
    return { code: this.code, message: this.message, ...rest };
  }
}

/** Any thrown value as a PortalError; an unknown one keeps its message under `INTERNAL`. */
export function toPortalError(thrown: unknown, code: PortalErrorCode = 'INTERNAL'): PortalError {
  if (thrown instanceof PortalError) return thrown;
  return new PortalError(code, thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
}

/** One line for a log or a terminal: code, message, expected, got, fix. */
export function describeError(error: PortalErrorShape): string {
  const place = error.file === undefined ? '' : `${error.file}${error.line === undefined ? '' : `:${error.line}:${error.column ?? 1}`}: `;
  const parts = [`${error.code}: ${place}${error.message}`];
  if (error.expected !== undefined) parts.push(`expected ${error.expected}`);
  if (error.got !== undefined) parts.push(`got ${error.got}`);
  return parts.join('; ') + (error.fix === undefined ? '' : `. ${error.fix}`);
}
