import type { Clock } from '../../../shared/portal/clock.ts';
import { PortalError } from '../../../shared/portal/errors.ts';
import { MAX_ID } from '../feetech/packet.ts';
import { encodeRegister, REGISTER, type Register } from '../feetech/table.ts';
import type { SimBus } from './sim-bus.ts';
import { moveByHand } from './sim-hand.ts';
import type { SimServo } from './sim-servo.ts';
import { describeServos, SIM_TRAVEL, type SimTravel } from './sim-so101.ts';

interface Command {
  /** Names of its numbers, in order. */
  takes: readonly string[];
  about: string;
  run(context: CommandContext, ...numbers: number[]): string;
}

export interface CommandContext {
  bus: SimBus;
  clock: Clock;
  /** Pulls the plug. */
  unplug(): void;
}

/** Everything that can be done to a simulated bus while it runs. */
const COMMANDS: Readonly<Record<string, Command>> = {
  show: { takes: [], about: 'every servo as it is now', run: ({ bus, clock }) => describeServos(bus, clock.nowUs()).join('\n') },
  turn: { takes: ['id', 'steps'], about: 'turn a shaft by hand (0–4095); one under torque does not give way', run: ({ bus, clock }, id, steps) => { servoOf(bus, id).turnByHand(whole('steps', steps, 0, 4095), clock.nowUs()); return `${id} turned`; } },
  sweep: { takes: ['id', 'low', 'high'], about: 'move a joint by hand to one place, to another and back', run: ({ bus, clock }, id, low, high) => { sweep(servoOf(bus, id), low, high, clock); return `${id} is being moved`; } },
  middle: { takes: [], about: 'put every joint in the middle of its travel, by hand', run: ({ bus, clock }) => { for (const servo of bus.servos) servo.turnByHand(travelOf(bus, servo).middle, clock.nowUs()); return 'in the middle'; } },
  wave: { takes: [], about: 'move every joint by hand from stop to stop, and the gripper closed at the end', run: ({ bus, clock }) => { for (const servo of bus.servos) wave(bus, servo, clock); return 'every joint is being moved'; } },
  only: { takes: ['place'], about: 'just the servo at this place of the arm (1–6) is plugged in', run: ({ bus, clock }, place) => { placeOf(bus, place); for (const [index, servo] of bus.servos.entries()) plug(servo, index + 1 === place, clock); return `only the servo at ${place} is plugged in`; } },
  chain: { takes: [], about: 'all servos are plugged in', run: ({ bus, clock }) => { for (const servo of bus.servos) plug(servo, true, clock); return 'all are plugged in'; } },
  baud: { takes: ['place', 'word'], about: 'set the rate of a servo by its register word (0 = 1 Mbaud, 1 = 500k, …)', run: ({ bus }, place, word) => { keep(placeOf(bus, place), REGISTER.baudRate, whole('word', word, 0, 7)); return `the servo at ${place} hears ${placeOf(bus, place).baud} baud`; } },
  drop: { takes: ['count'], about: 'lose the next replies', run: ({ bus }, count) => { bus.faults.dropNext = whole('count', count, 0, 1e9); return `${count} replies will be lost`; } },
  corrupt: { takes: ['count'], about: 'damage the next replies', run: ({ bus }, count) => { bus.faults.corruptNext = whole('count', count, 0, 1e9); return `${count} replies will be damaged`; } },
  delay: { takes: ['ms'], about: 'let every reply come later', run: ({ bus }, ms) => { bus.faults.delayMs = whole('ms', ms, 0, 60_000); return `replies come ${ms} ms later`; } },
  silence: { takes: ['id'], about: 'a servo that answers no more, as with a loose cable', run: ({ bus }, id) => { bus.faults.silent.add(servoOf(bus, id).id); return `${id} is silent`; } },
  speak: { takes: ['id'], about: 'it answers again', run: ({ bus }, id) => { bus.faults.silent.delete(servoOf(bus, id).id); return `${id} answers`; } },
  jam: { takes: ['id'], about: 'hold a joint fast', run: ({ bus }, id) => { servoOf(bus, id).isJammed = true; return `${id} is jammed`; } },
  free: { takes: ['id'], about: 'let it go', run: ({ bus }, id) => { servoOf(bus, id).isJammed = false; return `${id} is free`; } },
  overload: { takes: ['id'], about: 'trip the overload protection', run: ({ bus }, id) => { servoOf(bus, id).trip(); return `${id} is overloaded`; } },
  heat: { takes: ['id', 'celsius'], about: 'set a temperature', run: ({ bus }, id, celsius) => { servoOf(bus, id).heatTo(whole('celsius', celsius, 0, 150)); return `${id} has ${celsius} °C`; } },
  volts: { takes: ['tenths'], about: 'set the supply, in tenths of a volt', run: ({ bus }, tenths) => { for (const servo of bus.servos) servo.volts = whole('tenths', tenths, 0, 250) / 10; return `supply ${(tenths ?? 0) / 10} V`; } },
  brownout: { takes: [], about: 'power gone and back: torque is off, what was not kept is lost', run: ({ bus, clock }) => { for (const servo of bus.servos) servo.powerCycle(clock.nowUs()); return 'all servos restarted'; } },
  renumber: { takes: ['id', 'as'], about: 'give a servo another id; one that is taken makes both answer at once', run: ({ bus }, id, as) => { servoOf(bus, id).memory.set(REGISTER.id, whole('as', as, 0, MAX_ID)); return `${id} is now ${as}`; } },
  model: { takes: ['place', 'number'], about: 'make a servo one of another model, as clones are (1–65535; an STS3215 says 777)', run: ({ bus }, place, number) => { placeOf(bus, place).memory.engrave(REGISTER.modelNumber, whole('number', number, 1, 65_535)); return `the servo at ${place} is model ${number}`; } },
  unplug: { takes: [], about: 'pull the plug', run: ({ unplug }) => { unplug(); return 'unplugged'; } },
};

/** Runs one line such as `jam 3`; returns what was done. Throws USAGE for what is no command. */
export function runBusCommand(line: string, context: CommandContext): string {
  const [name = '', ...rest] = line.trim().split(/\s+/u);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) throw new PortalError('USAGE', `${name} is no command`, { expected: Object.keys(COMMANDS).join(', '), got: name });
  const numbers = rest.map(Number);
  if (rest.length !== command.takes.length || numbers.some((number) => !Number.isFinite(number))) {
    throw new PortalError('USAGE', `${name} takes ${command.takes.join(' and ') || 'nothing'}`, { expected: [name, ...command.takes].join(' '), got: line.trim() });
  }
  return command.run(context, ...numbers);
}

/** What can be typed, a line each. */
export function busCommandHelp(): string {
  return Object.entries(COMMANDS).map(([name, { takes, about }]) => `  ${[name, ...takes].join(' ').padEnd(18)} ${about}`).join('\n');
}

/** Turns a servo's shaft between two places and back to where it stands. */
function sweep(servo: SimServo, low: number | undefined, high: number | undefined, clock: Clock): void {
  moveByHand(servo, [whole('low', low, 0, 4095), whole('high', high, 0, 4095), servo.actual], clock);
}

/** From stop to stop; a gripper is left closed, the others as they stood. */
function wave(bus: SimBus, servo: SimServo, clock: Clock): void {
  const { low, high, closed } = travelOf(bus, servo);
  moveByHand(servo, [low, high, closed ?? servo.actual], clock);
}

function travelOf(bus: SimBus, servo: SimServo): SimTravel {
  return SIM_TRAVEL[bus.servos.indexOf(servo)] ?? { low: 1000, high: 3000, middle: 2000, closed: null };
}

/** Whoever is unplugged has no power either. */
function plug(servo: SimServo, isPlugged: boolean, clock: Clock): void {
  if (servo.isPlugged && !isPlugged) servo.powerCycle(clock.nowUs());
  servo.isPlugged = isPlugged;
}

/** Sets what must outlast a loss of power. */
function keep(servo: SimServo, register: Register, value: number): void {
  servo.memory.write(register.address, encodeRegister(register, value));
}

function placeOf(bus: SimBus, place: number | undefined): SimServo {
  const servo = bus.servos[(place ?? 0) - 1];
  if (servo === undefined) throw new PortalError('USAGE', `there is no servo at ${place}`, { expected: `1 to ${bus.servos.length}`, got: String(place) });
  return servo;
}

function servoOf(bus: SimBus, id: number | undefined): SimServo {
  const found = bus.servos.find((servo) => servo.id === id);
  if (found === undefined) throw new PortalError('USAGE', `there is no servo ${id}`, { expected: bus.servos.map((servo) => servo.id).join(', '), got: String(id) });
  return found;
}

function whole(name: string, value: number | undefined, low: number, high: number): number {
  if (value !== undefined && Number.isInteger(value) && value >= low && value <= high) return value;
  throw new PortalError('USAGE', `${name} is out of range`, { expected: `a whole number from ${low} to ${high}`, got: String(value) });
}
