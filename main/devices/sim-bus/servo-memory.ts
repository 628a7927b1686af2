import { decodeRegister, EEPROM_END, REGISTER, STS3215_MODEL, writeRegister, type Register } from '../feetech/table.ts';

const SIZE = 90;

/** First byte that may be written, and the last of the part that only the servo writes. */
const FIRST_WRITABLE = REGISTER.id.address;
const MEASURED = { from: REGISTER.presentPosition.address, to: REGISTER.presentCurrent.address + 1 };

/** What a factory-new STS3215 for 7.4 V holds, by address. */
function factorySettings(id: number): readonly (readonly [Register, number])[] {
  return [
    [REGISTER.firmwareMajor, 3], [REGISTER.firmwareMinor, 10], [REGISTER.modelNumber, STS3215_MODEL], [REGISTER.id, id],
    [REGISTER.returnDelayTime, 250], [REGISTER.responseStatusLevel, 1], [REGISTER.maxPositionLimit, 4095],
    [REGISTER.maxTemperatureLimit, 70], [REGISTER.maxVoltageLimit, 80], [REGISTER.minVoltageLimit, 40], [REGISTER.maxTorqueLimit, 1000],
    [REGISTER.phase, 12], [REGISTER.pCoefficient, 32], [REGISTER.dCoefficient, 32], [REGISTER.protectionCurrent, 500],
    [REGISTER.protectiveTorque, 20], [REGISTER.protectionTime, 200], [REGISTER.overloadTorque, 80],
    [REGISTER.torqueLimit, 1000], [REGISTER.maximumAcceleration, 0],
  ];
}

/** A servo's control table: the part that survives power-off, and the part that works. */
export class ServoMemory {
  readonly #bytes = new Uint8Array(SIZE);
  readonly #kept = new Uint8Array(EEPROM_END);

  constructor(id: number) {
    for (const [register, value] of factorySettings(id)) this.set(register, value);
    this.#kept.set(this.#bytes.subarray(0, EEPROM_END));
  }

  get(register: Register): number {
    return decodeRegister(register, this.#bytes, register.address);
  }

  /** As the servo itself sets it. Throws RangeError for what the register cannot hold. */
  set(register: Register, value: number): void {
    writeRegister(register, value, this.#bytes, register.address);
  }

  /** As it leaves another factory: no loss of power changes it. Throws RangeError as `set`. */
  engrave(register: Register, value: number): void {
    this.set(register, value);
    this.#kept.set(this.read(register.address, register.bytes), register.address);
  }

  /** A copy; addresses beyond the table read as 0. */
  read(address: number, count: number): Uint8Array {
    return Uint8Array.from({ length: count }, (_, index) => this.#bytes[address + index] ?? 0);
  }

  /** As written over the bus: read-only bytes stay, and the lasting part is kept only while `lock` is 0. */
  write(address: number, data: Uint8Array): void {
    const isLocked = this.get(REGISTER.lock) !== 0;
    data.forEach((byte, index) => {
      const at = address + index;
      const isReadOnly = at < FIRST_WRITABLE || (at >= MEASURED.from && at <= MEASURED.to) || at >= SIZE;
      if (isReadOnly) return;
      this.#bytes[at] = byte;
      if (at < EEPROM_END && !isLocked) this.#kept[at] = byte;
    });
  }

  /** Power went and came: what was not kept is gone, torque is off. */
  powerCycle(): void {
    const lasting = this.#kept.slice();
    this.#bytes.fill(0);
    this.#bytes.set(lasting);
    this.set(REGISTER.torqueLimit, this.get(REGISTER.maxTorqueLimit));
  }
}
