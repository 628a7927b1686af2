/** What one servo measures of itself, with the limits that it enforces by itself. */
export interface MotorHealth {
  /** For instance `shoulder_pan`. */
  motor: string;
  id: number;
  /** In the joint's own unit, as in the state. */
  position: number;
  degreesPerS: number;
  /** Share of the motor's full force, mean of about a second; the sign is its direction. */
  loadPercent: number;
  volts: number;
  celsius: number;
  milliamps: number;
  /** Error bits in words, the worst first: `torque_lost` (it let go by itself), `overload`, `overheated`, `overcurrent`, `voltage`, `encoder_fault`. */
  faults: string[];
  /** Beyond these the servo sets an error bit, and with too much load or heat lets go. */
  limits: { celsius: number; minVolts: number; maxVolts: number; loadPercent: number };
}

/** The motors of an arm on a bus, in the order of their ids. */
export interface ArmHealth {
  /** How old the figures are; they stay the last ones when the bus falls silent. */
  ageMs: number;
  motors: MotorHealth[];
  /** Of the bus since it was opened first: exchanges, those sent again, unanswered, damaged. */
  line: { transactions: number; retries: number; timeouts: number; corrupt: number };
}

export interface MotorTrouble {
  motor: string;
  /** `bad`: the servo protects itself already, or is about to. */
  level: 'warn' | 'bad';
  /** A word or two, for instance `hot`. */
  word: string;
  /** What is measured, against what. */
  text: string;
  /** What to do. */
  fix: string;
}

/** How close a figure may come to the servo's own limit. */
const HOT_C = { warn: 15, bad: 5 };
const VOLTS_MARGIN = { warn: 0.5, bad: 0.2 };
const LOAD_SHARE = { warn: 0.75, bad: 0.95 };

const FAULTS: Readonly<Record<string, { word: string; fix: string }>> = {
  torque_lost: { word: 'let go', fix: 'Support the arm, check supply and cables, then have it take hold again (rearm).' },
  overload: { word: 'overloaded', fix: 'Free the joint. If its light keeps blinking, have it take hold again (rearm), else switch the power off and on.' },
  overheated: { word: 'too hot', fix: 'Let it cool down; look for a joint that works against a stop.' },
  overcurrent: { word: 'too much current', fix: 'Free the joint and check that nothing is jammed.' },
  voltage: { word: 'wrong voltage', fix: 'Check that the supply fits the servos: 7.4 V ones take 5 to 7.4 V, 12 V ones 12 V.' },
  encoder_fault: { word: 'encoder fault', fix: 'Switch the power off and on; calibrate anew when it stays.' },
};

/** What is wrong or about to be, the worst first; empty = all motors are well. */
export function motorTroubles(health: ArmHealth): MotorTrouble[] {
  const all = health.motors.flatMap((motor) => [...faultsOf(motor), ...warningsOf(motor)]);
  return all.sort((a, b) => Number(a.level === 'warn') - Number(b.level === 'warn'));
}

function faultsOf({ motor, faults, celsius, volts, loadPercent, milliamps }: MotorHealth): MotorTrouble[] {
  return faults.map((fault) => {
    const { word, fix } = FAULTS[fault] ?? { word: fault.replaceAll('_', ' '), fix: 'Switch the power off and on.' };
    return { motor, level: 'bad', word, text: `${celsius} °C, ${volts.toFixed(1)} V, load ${Math.abs(loadPercent).toFixed(0)} %, ${milliamps.toFixed(0)} mA`, fix };
  });
}

function warningsOf({ motor, faults, celsius, volts, loadPercent, limits }: MotorHealth): MotorTrouble[] {
  const found: MotorTrouble[] = [];
  const add = (isBad: boolean, word: string, text: string, fix: string): void => void found.push({ motor, level: isBad ? 'bad' : 'warn', word, text, fix });
  if (!faults.includes('overheated') && celsius >= limits.celsius - HOT_C.warn) {
    add(celsius >= limits.celsius - HOT_C.bad, 'hot', `${celsius} °C; it lets go above ${limits.celsius} °C`, 'Give it a rest, and look for a joint that works against a stop or a weight.');
  }
  if (!faults.includes('voltage')) {
    if (volts <= limits.minVolts + VOLTS_MARGIN.warn) add(volts <= limits.minVolts + VOLTS_MARGIN.bad, 'low voltage', `${volts.toFixed(1)} V; at least ${limits.minVolts.toFixed(1)} V`, 'Check plug, cable and whether the supply gives enough current.');
    if (volts >= limits.maxVolts - VOLTS_MARGIN.bad) add(false, 'high voltage', `${volts.toFixed(1)} V; at most ${limits.maxVolts.toFixed(1)} V`, 'Check that the supply is the one for these servos.');
  }
  const load = Math.abs(loadPercent);
  if (!faults.includes('overload') && load >= limits.loadPercent * LOAD_SHARE.warn) {
    add(load >= limits.loadPercent * LOAD_SHARE.bad, 'strained', `load ${load.toFixed(0)} %; overload from ${limits.loadPercent.toFixed(0)} %`, 'Take weight off it, or move it away from what it presses against.');
  }
  return found;
}
