import type { State } from './types.ts';

/** The pending states in order of arrival, at most `capacity`. */
export class StateQueue {
  #head = 0;
  #tail = 0;
  readonly #capacity: number;
  readonly #slots: (State | undefined)[];

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

  /** The one that came last. */
  get last(): State | undefined {
    return this.size === 0 ? undefined : this.#slots[(this.#tail - 1) % this.#capacity];
  }

  /** Takes a state; returns the oldest one when the queue was full and had to give it up. */
  push(state: State): State | null {
    const overflowed = this.size === this.#capacity ? this.shift() : null;
    this.#slots[this.#tail % this.#capacity] = state;
    this.#tail++;
    return overflowed;
  }

  /** Takes the oldest state out. Only while there is one. */
  shift(): State {
    const state = this.first as State;
    this.#slots[this.#head % this.#capacity] = undefined;
    this.#head++;
    return state;
  }
}
