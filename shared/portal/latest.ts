/** Most values that may wait for a consumer that is not busy, for instance the observations of one push. */
const BURST = 256;

/**
 * A mailbox in front of a consumer that may be slow. Values offered while the consumer is idle are all delivered, in
 * order, each in a microtask of its own and never inside `offer`. While an asynchronous consumer is still at work only
 * the newest value waits; the ones it replaces are counted as dropped. The consumer never runs twice at a time.
 */
export class Latest<T> {
  readonly #consume: (value: T) => void | Promise<void>;
  readonly #onError: (thrown: unknown) => void;
  readonly #waiting: T[] = [];
  /** A microtask or a running consumer will look at what waits. */
  #scheduled = false;
  #busy = false;
  #closed = false;
  #dropped = 0;

  /** `onError` gets what the consumer throws or rejects with; it must not throw. */
  constructor(consume: (value: T) => void | Promise<void>, onError: (thrown: unknown) => void) {
    this.#consume = consume;
    this.#onError = onError;
  }

  offer(value: T): void {
    if (this.#closed) return;
    this.#waiting.push(value);
    const limit = this.#busy ? 1 : BURST;
    while (this.#waiting.length > limit) {
      this.#waiting.shift();
      this.#dropped++;
    }
    this.#schedule();
  }

  /** Values that were replaced before the consumer got to them. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The consumer is not called again; what waits is forgotten. */
  close(): void {
    this.#closed = true;
    this.#waiting.length = 0;
  }

  #schedule(): void {
    if (this.#scheduled || this.#waiting.length === 0) return;
    this.#scheduled = true;
    void Promise.resolve().then(() => this.#deliver());
  }

  async #deliver(): Promise<void> {
    const value = this.#waiting.shift();
    if (!this.#closed && value !== undefined) {
      try {
        const result = this.#consume(value);
        if (result !== undefined) {
          this.#busy = true;
          await result;
        }
      } catch (thrown) {
        this.#onError(thrown);
      }
    }
    this.#busy = false;
    this.#scheduled = false;
    this.#schedule();
  }
}
