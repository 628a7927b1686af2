import { JointMotion } from '../joint-motion.ts';
import { PHASE_MULTI_TURN, REGISTER, STEPS_PER_TURN } from '../feetech/table.ts';
import { ServoMemory } from './servo-memory.ts';

/** About what an STS3215 does unloaded at 7.4 V, in steps. */
const DYNAMICS = { maxSpeed: 3200, maxAcceleration: 28_000, stiffness: 22 };
/** By the word in the register. */
const BAUDS = [1_000_000, 500_000, 250_000, 128_000, 115_200, 57_600, 38_400, 19_200];
const ROOM_C = 25;
/** °C a second under full load, and the share of the difference to the room that is lost a second. */
const HEATING = 1.5;
const COOLING = 0.02;
/** A joint that is this far from its goal without moving works with all its force. */
const FULL_LOAD_STEPS = 200;
const OVERLOAD_BIT = 0x20;
const OVERHEAT_BIT = 0x04;
const VOLTAGE_BIT = 0x01;

/**
 * One simulated STS3215: its control table, and a shaft that moves with speed, lag and load. Positions follow the servo's own
 * rule, present = actual − homing offset, within one turn. Time comes in with every call.
 */
export class SimServo {
  readonly memory: ServoMemory;
  #motion: JointMotion;
  #atUs: number;
  /** Where the shaft really is, steps of the encoder before the offset. */
  #actual: number;
  #speed = 0;
  #temperatureC = ROOM_C;
  #overloadedSinceUs: number | null = null;
  #isTripped = false;
  /** Positions go on beyond one turn; what its setting says counts from the next time power comes. */
  #countsTurns = false;
  /** Held by something: it does not turn, whatever it is told. */
  isJammed = false;
  /** Its cable is on the bus; without, it neither hears nor has power. */
  isPlugged = true;
  /** Supply, V. */
  volts = 7.4;

  constructor(id: number, actual: number, nowUs: number) {
    this.memory = new ServoMemory(id);
    this.#actual = actual;
    this.#motion = new JointMotion(DYNAMICS, actual, nowUs);
    this.#atUs = nowUs;
    this.#publish();
  }

  get id(): number {
    return this.memory.get(REGISTER.id);
  }

  /** The rate it hears, by its register. */
  get baud(): number {
    return BAUDS[this.memory.get(REGISTER.baudRate)] ?? 0;
  }

  get actual(): number {
    return this.#actual;
  }

  get isHolding(): boolean {
    return this.memory.get(REGISTER.torqueEnable) === 1;
  }

  /** Somebody turns the shaft; a servo under torque does not give way. */
  turnByHand(actual: number, nowUs: number): void {
    this.advance(nowUs);
    if (this.isHolding || this.isJammed) return;
    this.#place(this.#countsTurns ? actual : withinTurn(actual), nowUs);
  }

  /** Reading and writing see the servo as it is now. */
  advance(nowUs: number): void {
    const elapsedS = Math.max(0, nowUs - this.#atUs) / 1_000_000;
    const before = this.#actual;
    if (this.isHolding && !this.isJammed && !this.#isTripped) this.#actual = this.#motion.advance(this.#goal(), nowUs);
    else this.#motion = new JointMotion(DYNAMICS, this.#actual, nowUs);
    this.#speed = elapsedS > 0 ? (this.#actual - before) / elapsedS : this.#speed;
    this.#atUs = Math.max(this.#atUs, nowUs);
    this.#strain(elapsedS, nowUs);
    this.#publish();
  }

  /** A write over the bus. */
  write(address: number, data: Uint8Array, nowUs: number): void {
    this.advance(nowUs);
    const wasHolding = this.isHolding;
    this.memory.write(address, data);
    if (this.memory.get(REGISTER.torqueEnable) === 128) this.#redefineMiddle();
    // Torque that comes on without a goal holds the shaft where it is; off and on again also clears an overload.
    if (!wasHolding && this.isHolding) {
      const isGoalWritten = address <= REGISTER.goalPosition.address && address + data.length > REGISTER.goalPosition.address;
      if (!isGoalWritten && this.memory.get(REGISTER.goalPosition) === 0) this.memory.set(REGISTER.goalPosition, this.#present());
      this.#isTripped = false;
      this.#overloadedSinceUs = null;
    }
    this.#publish();
  }

  /** Supply gone and back. */
  powerCycle(nowUs: number): void {
    this.advance(nowUs);
    this.memory.powerCycle();
    this.#countsTurns = (this.memory.get(REGISTER.phase) & PHASE_MULTI_TURN) !== 0;
    if (!this.#countsTurns) this.#actual = withinTurn(this.#actual);
    this.#isTripped = false;
    this.#overloadedSinceUs = null;
    this.#publish();
  }

  /** Trips the overload protection as a jammed joint would after its time. */
  trip(): void {
    this.#isTripped = true;
    this.#publish();
  }

  /** For faults on command. */
  heatTo(celsius: number): void {
    this.#temperatureC = celsius;
    this.#publish();
  }

  get errorBits(): number {
    const { memory } = this;
    const isOff = this.volts * 10 > memory.get(REGISTER.maxVoltageLimit) || this.volts * 10 < memory.get(REGISTER.minVoltageLimit);
    return (this.#isTripped ? OVERLOAD_BIT : 0) | (this.#temperatureC > memory.get(REGISTER.maxTemperatureLimit) ? OVERHEAT_BIT : 0) | (isOff ? VOLTAGE_BIT : 0);
  }

  #present(): number {
    const steps = Math.round(this.#actual) - this.memory.get(REGISTER.homingOffset);
    return this.#countsTurns ? Math.max(-32_767, Math.min(32_767, steps)) : withinTurn(steps);
  }

  /** Where the shaft is told to be; the servo's own limits cut it. Both limits 0 = none. */
  #goal(): number {
    const { memory } = this;
    const [low, high] = [memory.get(REGISTER.minPositionLimit), memory.get(REGISTER.maxPositionLimit)];
    const goal = memory.get(REGISTER.goalPosition);
    return (high > low ? Math.min(high, Math.max(low, goal)) : goal) + memory.get(REGISTER.homingOffset);
  }

  #redefineMiddle(): void {
    this.memory.set(REGISTER.homingOffset, Math.max(-2047, Math.min(2047, Math.round(this.#actual) - 2048)));
    this.memory.set(REGISTER.torqueEnable, 0);
  }

  #place(actual: number, nowUs: number): void {
    this.#actual = actual;
    this.#motion = new JointMotion(DYNAMICS, actual, nowUs);
    this.#publish();
  }

  #strain(elapsedS: number, nowUs: number): void {
    const load = this.#load();
    const isOverloaded = load / 10 >= this.memory.get(REGISTER.overloadTorque);
    this.#overloadedSinceUs = isOverloaded ? (this.#overloadedSinceUs ?? nowUs) : null;
    const patienceUs = this.memory.get(REGISTER.protectionTime) * 10_000;
    if (this.#overloadedSinceUs !== null && nowUs - this.#overloadedSinceUs > patienceUs) this.#isTripped = true;
    this.#temperatureC += (HEATING * (load / 1000) - COOLING * (this.#temperatureC - ROOM_C)) * Math.min(elapsedS, 10);
  }

  /** ×0.1 % of full force. */
  #load(): number {
    if (!this.isHolding) return 0;
    const limit = this.memory.get(this.#isTripped ? REGISTER.protectiveTorque : REGISTER.torqueLimit) * (this.#isTripped ? 10 : 1);
    const distance = Math.abs(this.#goal() - this.#actual);
    return Math.min(1000, limit, Math.round((distance / FULL_LOAD_STEPS) * 1000));
  }

  #publish(): void {
    const { memory } = this;
    const load = this.#load();
    memory.set(REGISTER.presentPosition, this.#present());
    memory.set(REGISTER.presentVelocity, Math.max(-32_767, Math.min(32_767, Math.round(this.#speed))));
    memory.set(REGISTER.presentLoad, load);
    memory.set(REGISTER.presentVoltage, Math.max(0, Math.min(255, Math.round(this.volts * 10))));
    memory.set(REGISTER.presentTemperature, Math.max(0, Math.min(255, Math.round(this.#temperatureC))));
    memory.set(REGISTER.status, this.errorBits);
    memory.set(REGISTER.moving, Math.abs(this.#speed) > 5 ? 1 : 0);
    // About 1 A at full force.
    memory.set(REGISTER.presentCurrent, Math.round(load * 0.15));
  }
}

function withinTurn(steps: number): number {
  return ((steps % STEPS_PER_TURN) + STEPS_PER_TURN) % STEPS_PER_TURN;
}
