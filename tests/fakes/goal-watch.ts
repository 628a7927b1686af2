import { REGISTER } from '../../main/devices/feetech/table.ts';
import type { SimBus } from '../../main/devices/sim-bus/sim-bus.ts';

/** Limits of one servo, steps. */
export interface GoalRange {
  id: number;
  min: number;
  max: number;
}

/** What the one who may move the arm now may ask of a joint, steps; by id, joints that are not named are free. */
export type Region = ReadonlyMap<number, { low: number; high: number }>;

/** Who may move the arm, as the test knows it. */
export interface Permission {
  /** Null = nobody: the arm may only be held. */
  region: Region | null;
  /** Until when the last acceptable command counts, µs; null = nothing that ends by itself. */
  untilUs: number | null;
  /** When it last changed: what was written before may still be on its way. */
  sinceUs: number;
}

/** What the way to the servos may do to a write. */
export interface LineDelays {
  /** How late it may come, as far as it is known by now; 0 all the time where nothing is delayed. */
  jitterUs(): number;
  /** How often what waited on the line was thrown away, unheard goals with it: with each answer that was given up. */
  discards(): number;
}

/** Goals and positions are whole steps, both cut towards zero. */
const ROUNDING = 2;
/** How far a simulated joint may swing past a goal. */
const SWING = 20;
/** A step after a gap is no longer than one after this. */
const LONGEST_STEP_US = 50_000;

/** Reads every write to a goal at the servos themselves, and judges it. */
export class GoalWatch {
  /** `byUs`: how much later than was allowed it came; what the machine delayed is none. */
  readonly #suspicions: { what: string; byUs: number }[] = [];
  /** Writes that asked for motion. */
  moves = 0;
  readonly #bus: SimBus;
  readonly #ranges: ReadonlyMap<number, GoalRange>;
  readonly #slewPercentPerS: number;
  readonly #permission: () => Permission;
  readonly #line: LineDelays;
  readonly #last = new Map<number, { goal: number; atUs: number; from: number; discards: number }>();

  constructor(bus: SimBus, ranges: readonly GoalRange[], slewPercentPerS: number, permission: () => Permission, line: LineDelays) {
    this.#bus = bus;
    this.#line = line;
    this.#ranges = new Map(ranges.map((range) => [range.id, range]));
    this.#slewPercentPerS = slewPercentPerS;
    this.#permission = permission;
    bus.onWrite = ({ id, address, data, atUs }) => {
      const at = REGISTER.goalPosition.address - address;
      if (at < 0 || at + 2 > data.length) return;
      this.#judge(id, (data[at] ?? 0) | ((data[at + 1] ?? 0) << 8), atUs);
    };
  }

  get violations(): string[] {
    const jitterUs = this.#line.jitterUs();
    return this.#suspicions.filter(({ byUs }) => byUs >= jitterUs).map(({ what }) => what);
  }

  /** From here on another one drives, or nobody: what counts is where the goals are now. */
  handOver(): void {
    for (const last of this.#last.values()) last.from = last.goal;
  }

  #judge(id: number, goal: number, atUs: number): void {
    const range = this.#ranges.get(id);
    const servo = this.#bus.servos.find((one) => one.id === id);
    if (range === undefined || servo === undefined) throw new Error(`no servo ${id}`);
    const present = servo.memory.get(REGISTER.presentPosition);
    const last = this.#last.get(id);
    const discards = this.#line.discards();
    this.#last.set(id, { goal, atUs, from: last?.from ?? goal, discards });
    const say = (what: string, byUs = Infinity): void => void this.#suspicions.push({ what: `${what}: motor ${id} goal ${last?.goal ?? 'none'} → ${goal}, present ${present}, at ${atUs}`, byUs });
    if (goal < range.min || goal > range.max) say('outside the calibrated range');
    if (last === undefined || Math.abs(goal - last.goal) === 0 || Math.abs(goal - present) <= ROUNDING) return;
    this.moves += 1;
    const most = (this.#slewPercentPerS / 100) * (range.max - range.min) * (this.#stepUs(last, atUs, discards) / 1_000_000) + ROUNDING;
    if (Math.abs(goal - last.goal) > most) say(`a step of more than ${most.toFixed(1)}`);
    const { region, untilUs, sinceUs } = this.#permission();
    const changedUs = atUs - sinceUs;
    if (region === null) say('moved for nobody', changedUs);
    else if (untilUs !== null && atUs > untilUs) say(`moved ${((atUs - untilUs) / 1000).toFixed(1)} ms after the hold was due`, Math.min(changedUs, atUs - untilUs));
    const allowed = region?.get(id);
    if (allowed === undefined) return;
    const low = Math.min(allowed.low, last.from) - SWING;
    const high = Math.max(allowed.high, last.from) + SWING;
    if (goal < low || goal > high) say(`not what the driver asks for (${low} to ${high})`, changedUs);
  }

  /** The most time that may lie in one step. */
  #stepUs(last: { atUs: number; discards: number }, atUs: number, discards: number): number {
    const elapsedUs = Math.max(0, atUs - last.atUs);
    // What the machine delays, two writes may follow each other closely that were decided apart; and one between them may be lost.
    if (discards > last.discards) return elapsedUs + LONGEST_STEP_US;
    return this.#line.jitterUs() > 0 ? LONGEST_STEP_US : Math.min(LONGEST_STEP_US, elapsedUs);
  }
}
