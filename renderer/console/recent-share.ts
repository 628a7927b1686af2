interface Sample {
  atMs: number;
  part: number;
  whole: number;
}

/** How much of a growing count another growing count is, over the last seconds: what happened once an hour ago must not stay lit. */
export class RecentShare {
  readonly #windowMs: number;
  /** Fewer than this say nothing. */
  readonly #atLeast: number;
  #samples: Sample[] = [];

  constructor(windowMs: number, atLeast: number) {
    this.#windowMs = windowMs;
    this.#atLeast = atLeast;
  }

  /** Returns the share, 0 to 1; null while there is too little to tell. A counter that went back was reset, and starts anew. */
  add(atMs: number, part: number, whole: number): number | null {
    const last = this.#samples.at(-1);
    if (last !== undefined && (part < last.part || whole < last.whole)) this.#samples = [];
    this.#samples.push({ atMs, part, whole });
    const first = this.#samples.findIndex((sample) => sample.atMs >= atMs - this.#windowMs);
    this.#samples = this.#samples.slice(first);
    const [from] = this.#samples;
    if (from === undefined || whole - from.whole < this.#atLeast) return null;
    // What is dropped now may have come in before the window began.
    return Math.min(1, (part - from.part) / (whole - from.whole));
  }
}
