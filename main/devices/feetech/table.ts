/** One entry of a servo's control table. */
export interface Register {
  name: string;
  address: number;
  bytes: 1 | 2;
  /** Sign-magnitude: this bit is the sign, the ones below the magnitude. Absent = unsigned. */
  signBit?: number;
}

const register = (name: string, address: number, bytes: 1 | 2, signBit?: number): Register =>
  signBit === undefined ? { name, address, bytes } : { name, address, bytes, signBit };

/** Control table of the STS3215 by lerobot's names. Below `EEPROM_END` values survive power-off only when written with `lock` 0. */
export const REGISTER = {
  firmwareMajor: register('Firmware_Major_Version', 0, 1),
  firmwareMinor: register('Firmware_Minor_Version', 1, 1),
  modelNumber: register('Model_Number', 3, 2),
  id: register('ID', 5, 1),
  baudRate: register('Baud_Rate', 6, 1),
  returnDelayTime: register('Return_Delay_Time', 7, 1),
  responseStatusLevel: register('Response_Status_Level', 8, 1),
  minPositionLimit: register('Min_Position_Limit', 9, 2),
  maxPositionLimit: register('Max_Position_Limit', 11, 2),
  maxTemperatureLimit: register('Max_Temperature_Limit', 13, 1),
  maxVoltageLimit: register('Max_Voltage_Limit', 14, 1),
  minVoltageLimit: register('Min_Voltage_Limit', 15, 1),
  maxTorqueLimit: register('Max_Torque_Limit', 16, 2),
  phase: register('Phase', 18, 1),
  pCoefficient: register('P_Coefficient', 21, 1),
  dCoefficient: register('D_Coefficient', 22, 1),
  iCoefficient: register('I_Coefficient', 23, 1),
  protectionCurrent: register('Protection_Current', 28, 2),
  homingOffset: register('Homing_Offset', 31, 2, 11),
  operatingMode: register('Operating_Mode', 33, 1),
  protectiveTorque: register('Protective_Torque', 34, 1),
  protectionTime: register('Protection_Time', 35, 1),
  overloadTorque: register('Overload_Torque', 36, 1),
  torqueEnable: register('Torque_Enable', 40, 1),
  acceleration: register('Acceleration', 41, 1),
  goalPosition: register('Goal_Position', 42, 2, 15),
  goalTime: register('Goal_Time', 44, 2),
  goalVelocity: register('Goal_Velocity', 46, 2, 15),
  torqueLimit: register('Torque_Limit', 48, 2),
  lock: register('Lock', 55, 1),
  presentPosition: register('Present_Position', 56, 2, 15),
  presentVelocity: register('Present_Velocity', 58, 2, 15),
  presentLoad: register('Present_Load', 60, 2, 10),
  presentVoltage: register('Present_Voltage', 62, 1),
  presentTemperature: register('Present_Temperature', 63, 1),
  status: register('Status', 65, 1),
  moving: register('Moving', 66, 1),
  presentCurrent: register('Present_Current', 69, 2),
  maximumAcceleration: register('Maximum_Acceleration', 85, 1),
} as const satisfies Record<string, Register>;

/** First address of the volatile part. */
export const EEPROM_END = 40;
/** Positions of one turn. */
export const STEPS_PER_TURN = 4096;
/** What an STS3215 answers for its model. */
export const STS3215_MODEL = 777;
/** Largest offset that its register holds, either way. */
export const MAX_HOMING_OFFSET = 2047;
/** In `phase`: positions go on beyond one turn. An arm must not have it set. */
export const PHASE_MULTI_TURN = 0x10;

/** A value as the register's bytes, little endian. Throws RangeError for one that the register cannot hold. */
export function encodeRegister(register: Register, value: number): Uint8Array {
  const data = new Uint8Array(register.bytes);
  writeRegister(register, value, data, 0);
  return data;
}

/** As `encodeRegister`, into `data` at `offset`. */
export function writeRegister({ name, bytes, signBit }: Register, value: number, data: Uint8Array, offset: number): void {
  const largest = signBit === undefined ? 2 ** (8 * bytes) - 1 : 2 ** signBit - 1;
  const magnitude = Math.abs(value);
  if (!Number.isInteger(value) || magnitude > largest || (signBit === undefined && value < 0)) {
    throw new RangeError(`${name} holds ${signBit === undefined ? 0 : -largest} to ${largest}, not ${value}`);
  }
  const raw = value < 0 && signBit !== undefined ? magnitude | (1 << signBit) : magnitude;
  data[offset] = raw & 0xff;
  if (bytes === 2) data[offset + 1] = raw >> 8;
}

/** The value in `data` at `offset`. */
export function decodeRegister({ bytes, signBit }: Register, data: Uint8Array, offset = 0): number {
  const raw = (data[offset] ?? 0) | (bytes === 2 ? (data[offset + 1] ?? 0) << 8 : 0);
  if (signBit === undefined) return raw;
  const magnitude = raw & (2 ** signBit - 1);
  return (raw >> signBit) & 1 ? -magnitude : magnitude;
}
