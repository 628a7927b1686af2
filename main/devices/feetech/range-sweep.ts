import type { So101Motor } from './so101-motors.ts';
import { STEPS_PER_TURN } from './table.ts';

/** `unmoved`: moving on is enough. `recentre`: it went across the place where 4095 and 0 meet, and its middle has to be taken anew. */
export type SweepProblem = 'unmoved' | 'recentre';

/** Where a joint reads when it stands in the middle of its travel: half a turn, as lerobot has it. */
export const MIDDLE_STEPS = 2047;
/** A joint swept by less was not swept, about 35°: the shortest travel, a leader's gripper, is twice that. */
const LEAST_SPAN = 400;
/** No joint of an arm but the wrist's roll goes so far; what seems to was counted across the seam. */
const LARGEST_SPAN = 3500;
/** A wrist without a stop turns on and on. */
const FULL_TURN_SPAN = 4000;

/** Follows one joint while a person moves it from stop to stop; positions in steps, counted from the new offset. */
export class RangeSweep {
  readonly motor: So101Motor;
  #position: number;
  #min: number;
  #max: number;
  #crossesSeam = false;

  constructor(motor: So101Motor, position: number) {
    this.motor = motor;
    this.#position = position;
    this.#min = position;
    this.#max = position;
  }

  get position(): number {
    return this.#position;
  }

  get min(): number {
    return this.#min;
  }

  get max(): number {
    return this.#max;
  }

  /** It went over the place where 4095 and 0 meet. */
  get crossesSeam(): boolean {
    return this.#crossesSeam;
  }

  push(position: number): void {
    // No hand turns a joint by half a turn between two readings.
    if (Math.abs(position - this.#position) > STEPS_PER_TURN / 2) this.#crossesSeam = true;
    this.#position = position;
    this.#min = Math.min(this.#min, position);
    this.#max = Math.max(this.#max, position);
  }

  /** The range to calibrate with. A wrist that turns round has the whole turn, as lerobot always gives it. */
  get range(): { rangeMin: number; rangeMax: number } {
    const isFullTurn = this.motor === 'wrist_roll' && (this.#crossesSeam || this.#max - this.#min >= FULL_TURN_SPAN);
    return isFullTurn ? { rangeMin: 0, rangeMax: STEPS_PER_TURN - 1 } : { rangeMin: this.#min, rangeMax: this.#max };
  }

  /** What keeps this sweep from being used; null = nothing. */
  get problem(): SweepProblem | null {
    if (this.motor !== 'wrist_roll' && (this.#crossesSeam || this.#max - this.#min > LARGEST_SPAN)) return 'recentre';
    return this.#max - this.#min < LEAST_SPAN ? 'unmoved' : null;
  }
}
