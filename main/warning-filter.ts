import type { Clock } from '../shared/portal/clock.ts';

/** Video needs this long to come up after a robot appears; until then states without frames are what is to be expected. */
const START_US = 5_000_000;
const OF_THE_START = new Set(['sync-drop', 'state-overflow']);

/** Keeps back the warnings that every start of a session brings: a log that always warns is not read. */
export class WarningFilter {
  readonly #clock: Clock;
  #sinceUs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A robot or a connection is new. */
  begins(): void {
    this.#sinceUs = this.#clock.nowUs();
  }

  passes(tag: string): boolean {
    return !OF_THE_START.has(tag) || this.#clock.nowUs() - this.#sinceUs > START_US;
  }
}
