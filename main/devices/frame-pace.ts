/** A camera may be this much faster than it says: its clock is another one. */
const MARGIN = 1.1;
/** So many pictures may come at once when the machine was busy. */
const BURST = 2;

/** Lets through the rate that was asked for, and no more, whatever comes. */
export class FramePace {
  readonly #perUs: number;
  #credit = BURST;
  #lastUs = Number.NEGATIVE_INFINITY;

  constructor(fps: number) {
    this.#perUs = (fps * MARGIN) / 1_000_000;
  }

  /** True = this one; a clock that was set back costs nothing. */
  admits(nowUs: number): boolean {
    this.#credit = Math.min(BURST, this.#credit + Math.max(0, nowUs - this.#lastUs) * this.#perUs);
    this.#lastUs = nowUs;
    if (this.#credit < 1) return false;
    this.#credit -= 1;
    return true;
  }
}
