/**
 * The most recent `capacity` samples. A percentile is the sample at rank round(share × (n − 1)) of the sorted ones, as
 * the peer takes it: always a value that was really measured. Null while there is none.
 */
export class PercentileRing {
  readonly #capacity: number;
  readonly #samples: number[] = [];
  #next = 0;

  constructor(capacity = 256) {
    this.#capacity = capacity;
  }

  push(sample: number): void {
    this.#samples[this.#next] = sample;
    this.#next = (this.#next + 1) % this.#capacity;
  }

  get size(): number {
    return this.#samples.length;
  }

  /** `share` from 0 to 1, for instance 0.95. */
  percentile(share: number): number | null {
    return this.percentiles(share)[0] ?? null;
  }

  /** Several percentiles for the price of one sort. */
  percentiles(...shares: number[]): (number | null)[] {
    const sorted = Float64Array.from(this.#samples).sort();
    return shares.map((share) => sorted[Math.round(share * (sorted.length - 1))] ?? null);
  }

  mean(): number | null {
    if (this.#samples.length === 0) return null;
    return this.#samples.reduce((sum, sample) => sum + sample, 0) / this.#samples.length;
  }

  clear(): void {
    this.#samples.length = 0;
    this.#next = 0;
  }
}
