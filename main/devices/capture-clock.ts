/** An age beyond this is no age but another clock. */
const MAX_AGE_US = 1_000_000;
const WINDOW = 64;

/**
 * A webcam's capture times on this machine's clock. Chromium stamps pictures by the system's steady clock, which this process
 * reads too: their difference is the picture's age. Where its steady clock is another one, the smallest difference of the last
 * pictures stands for both clocks' distance, and the shortest way through the program is not seen.
 */
export class CaptureClock {
  readonly #differencesUs: number[] = [];

  /** All µs: the picture's timestamp, and both of this process's clocks now. */
  hostUs(timestampUs: number, nowUs: number, steadyUs: number): number {
    const ageUs = steadyUs - timestampUs;
    if (ageUs >= 0 && ageUs < MAX_AGE_US) return Math.round(nowUs - ageUs);
    this.#differencesUs.push(nowUs - timestampUs);
    if (this.#differencesUs.length > WINDOW) this.#differencesUs.shift();
    return Math.round(timestampUs + Math.min(...this.#differencesUs));
  }
}
