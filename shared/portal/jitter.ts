/**
 * Interarrival jitter after RFC 3550, §6.4.1: how much the spacing of arrivals differs from the spacing at the sender,
 * smoothed by 1/16. The offset between the two clocks cancels out.
 */
export class Jitter {
  #jitterUs = 0;
  #lastTransitUs: number | null = null;

  /** One packet: its sender's clock and its arrival on ours, µs. */
  observe(sentUs: number, arrivedUs: number): void {
    const transitUs = arrivedUs - sentUs;
    if (this.#lastTransitUs !== null) this.#jitterUs += (Math.abs(transitUs - this.#lastTransitUs) - this.#jitterUs) / 16;
    this.#lastTransitUs = transitUs;
  }

  /** Whole µs; 0 before the second packet. */
  get us(): number {
    return Math.round(this.#jitterUs);
  }

  reset(): void {
    this.#jitterUs = 0;
    this.#lastTransitUs = null;
  }
}
