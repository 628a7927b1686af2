import type { State } from './types.ts';

/**
 * The pending states in order of arrival, at most `capacity`, with the largest timestamp among them at hand: states may
 * come out of order, and looking through all of them at every push would cost O(capacity).
 */
export class StateQueue {
  #head = 0;
  #tail = 0;
  readonly #capacity: number;
  readonly #slots: (State | undefined)[];
  /** Numbers of states that are newer than everything that came after them, so timestamps fall from front to back. */
  readonly #peaks: number[] = [];
  #firstPeak = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#slots = new Array<State | undefined>(capacity).fill(undefined);
  }

  get size(): number {
    return this.#tail - this.#head;
  }

  get first(): State | undefined {
    return this.#slots[this.#head % this.#capacity];
  }

  get second(): State | undefined {
    return this.size < 2 ? undefined : this.#slots[(this.#head + 1) % this.#capacity];
  }

  /** Largest pending timestamp, or -Infinity. */
  get maxUs(): number {
    const peak = this.#peaks[this.#firstPeak];
    return peak === undefined ? -Infinity : this.#at(peak).timestampUs;
  }

  /** Takes a state; returns the oldest one when the queue was full and had to give it up. */
  push(state: State): State | null {
    const overflowed = this.size === this.#capacity ? this.shift() : null;
    while (this.#peaks.length > this.#firstPeak && this.#at(this.#peaks.at(-1) as number).timestampUs <= state.timestampUs) this.#peaks.pop();
    this.#peaks.push(this.#tail);
    this.#slots[this.#tail % this.#capacity] = state;
    this.#tail++;
    return overflowed;
  }

  /** Takes the oldest state out. Only while there is one. */
  shift(): State {
    const state = this.#at(this.#head);
    if (this.#peaks[this.#firstPeak] === this.#head) this.#dropFirstPeak();
    this.#slots[this.#head % this.#capacity] = undefined;
    this.#head++;
    return state;
  }

  #at(number: number): State {
    return this.#slots[number % this.#capacity] as State;
  }

  /** Moves an index instead of the array, and cuts the array once the dead part is the larger one. */
  #dropFirstPeak(): void {
    this.#firstPeak++;
    if (this.#firstPeak === this.#peaks.length) {
      this.#peaks.length = 0;
      this.#firstPeak = 0;
    } else if (this.#firstPeak > this.#capacity) {
      this.#peaks.splice(0, this.#firstPeak);
      this.#firstPeak = 0;
    }
  }
}
