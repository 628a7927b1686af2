import type { MotorHealth } from '../../../shared/portal/arm-health.ts';
import type { FeetechBus } from './bus.ts';
import { toJointValue } from './normalise.ts';
import { faultWords } from './servo-faults.ts';
import type { So101Joint } from './so101-motors.ts';
import { decodeRegister, REGISTER, STEPS_PER_TURN, type Register } from './table.ts';

/** All that a servo measures stands in one row of registers, position first: one synchronous read brings it all. */
const FIRST = REGISTER.presentPosition.address;
const ROW_BYTES = REGISTER.presentCurrent.address + REGISTER.presentCurrent.bytes - FIRST;
/** Temperature and both voltage limits, in this order. */
const LIMITS_FROM = REGISTER.maxTemperatureLimit.address;
const LIMIT_BYTES = 3;
/** A unit of the current register; its highest bit is the direction on some firmwares. */
const MILLIAMPS = 6.5;
const CURRENT_MASK = 0x7fff;
/** Weight of a new reading in the mean load, at about seven readings a second. */
const LOAD_WEIGHT = 0.2;

type Limits = MotorHealth['limits'];

/** What the servos of one arm measured last. */
export class ServoHealth {
  readonly #joints: readonly So101Joint[];
  readonly #limits = new Map<number, Limits>();
  #motors: MotorHealth[] = [];

  constructor(joints: readonly So101Joint[]) {
    this.#joints = joints;
  }

  /** Empty before the first reading. */
  get motors(): MotorHealth[] {
    return this.#motors;
  }

  /** The servos' own limits, once they can be asked. Rejects as the bus does. */
  async readLimits(bus: FeetechBus): Promise<void> {
    const ids = this.#joints.map(({ id }) => id);
    const rows = await bus.syncReadBytes(ids, LIMITS_FROM, LIMIT_BYTES);
    const overload = await bus.syncRead(ids, REGISTER.overloadTorque);
    for (const id of ids) {
      const [celsius = 0, maxTenths = 0, minTenths = 0] = rows.get(id) ?? [];
      this.#limits.set(id, { celsius, minVolts: minTenths / 10, maxVolts: maxTenths / 10, loadPercent: overload.get(id) ?? 100 });
    }
  }

  /** Reads everything in one exchange; returns the positions in steps by id. Rejects as the bus does. */
  async read(bus: FeetechBus): Promise<Map<number, number>> {
    const rows = await bus.syncReadBytes(this.#joints.map(({ id }) => id), FIRST, ROW_BYTES);
    this.#motors = this.#joints.map((joint, index) => this.#motor(joint, rows.get(joint.id) ?? new Uint8Array(), this.#motors[index]));
    return new Map(this.#joints.map(({ id }) => [id, valueIn(rows.get(id) ?? new Uint8Array(), REGISTER.presentPosition)]));
  }

  #motor({ motor, id, norm, calibration }: So101Joint, row: Uint8Array, before: MotorHealth | undefined): MotorHealth {
    const load = valueIn(row, REGISTER.presentLoad) / 10;
    return {
      motor,
      id,
      position: toJointValue(valueIn(row, REGISTER.presentPosition), norm, calibration),
      degreesPerS: (valueIn(row, REGISTER.presentVelocity) * 360) / STEPS_PER_TURN,
      loadPercent: before === undefined ? load : before.loadPercent + LOAD_WEIGHT * (load - before.loadPercent),
      volts: valueIn(row, REGISTER.presentVoltage) / 10,
      celsius: valueIn(row, REGISTER.presentTemperature),
      milliamps: (valueIn(row, REGISTER.presentCurrent) & CURRENT_MASK) * MILLIAMPS,
      faults: faultWords(valueIn(row, REGISTER.status)),
      limits: this.#limits.get(id) ?? { celsius: 70, minVolts: 4, maxVolts: 8, loadPercent: 80 },
    };
  }
}

function valueIn(row: Uint8Array, register: Register): number {
  return decodeRegister(register, row, register.address - FIRST);
}
