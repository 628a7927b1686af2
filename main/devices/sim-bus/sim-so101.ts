import type { ArmKind } from '../../../shared/arm-kind.ts';
import type { Clock } from '../../../shared/portal/clock.ts';
import { REGISTER } from '../feetech/table.ts';
import { SimBus } from './sim-bus.ts';
import { SimServo } from './sim-servo.ts';

export type SimArmKind = ArmKind;

/** How far a joint of the simulated arm can be moved by hand, encoder steps; `closed` for the gripper. */
export interface SimTravel {
  low: number;
  high: number;
  middle: number;
  closed: number | null;
}

/** By place in the arm. */
export const SIM_TRAVEL: readonly SimTravel[] = [
  { low: 800, high: 3300, middle: 2050, closed: null },
  { low: 900, high: 3150, middle: 2020, closed: null },
  { low: 950, high: 3150, middle: 2060, closed: null },
  { low: 880, high: 3220, middle: 2050, closed: null },
  { low: 160, high: 3960, middle: 2060, closed: null },
  { low: 1950, high: 3400, middle: 2700, closed: 1950 },
];

/** Motors of an SO-101 arm: id, name, and where the shaft stands when the arm rests, steps. */
const MOTORS = [
  { id: 1, name: 'shoulder_pan', actual: 2048 },
  { id: 2, name: 'shoulder_lift', actual: 1536 },
  { id: 3, name: 'elbow_flex', actual: 2730 },
  { id: 4, name: 'wrist_flex', actual: 1877 },
  { id: 5, name: 'wrist_roll', actual: 2048 },
  { id: 6, name: 'gripper', actual: 2300 },
] as const;

/** Usual supplies: a leader's small servos run on 5 V, a follower's on 7.4 V. */
const VOLTS: Record<SimArmKind, number> = { leader: 5, follower: 7.4 };

/**
 * Six servos with factory settings on one bus, with the ids of an SO-101, or all with the factory's id 1 (`isNew`).
 * `send`: where the servos' replies go.
 */
export function createSimSo101(kind: SimArmKind, clock: Clock, send: (bytes: Uint8Array) => void, isNew = false): SimBus {
  const servos = MOTORS.map(({ id, actual }) => {
    const servo = new SimServo(isNew ? 1 : id, actual, clock.nowUs());
    servo.volts = VOLTS[kind];
    return servo;
  });
  return new SimBus(servos, clock, send);
}

/** One line a servo, for a person. */
export function describeServos(bus: SimBus, nowUs: number): string[] {
  return bus.servos.filter(({ isPlugged }) => isPlugged).map((servo) => {
    servo.advance(nowUs);
    const { memory } = servo;
    const name = MOTORS.find(({ id }) => id === servo.id)?.name ?? '?';
    return `${String(servo.id).padStart(3)} ${name.padEnd(13)} at ${memory.get(REGISTER.presentPosition)} goal ${memory.get(REGISTER.goalPosition)} torque ${servo.isHolding ? 'on' : 'off'} load ${memory.get(REGISTER.presentLoad) / 10} % ${memory.get(REGISTER.presentTemperature)} °C ${servo.volts} V errors 0x${servo.errorBits.toString(16).padStart(2, '0')}`;
  });
}
