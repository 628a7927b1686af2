/** How often something happens, over the last seconds. */
export class RateMeter {
  readonly #windowUs: number;
  #times: number[] = [];

  constructor(windowMs = 2000) {
    this.#windowUs = windowMs * 1000;
  }

  add(atUs: number): void {
    this.#times.push(atUs);
    // Twice a plausible rate bounds the memory when nobody asks.
    if (this.#times.length > 4096) this.#times.splice(0, 2048);
  }

  /** Events a second up to `nowUs`. */
  perS(nowUs: number): number {
    const fromUs = nowUs - this.#windowUs;
    const first = this.#times.findIndex((atUs) => atUs > fromUs);
    this.#times = first === -1 ? [] : this.#times.slice(first);
    return this.#times.length / (this.#windowUs / 1_000_000);
  }

  clear(): void {
    this.#times = [];
  }
}
