/** Ends a subscription; calling it again does nothing. */
export type Unsubscribe = () => void;
export type Callback<T> = (item: T) => void | Promise<void>;

/** Deliveries waiting for a callback that was free when they came; more than one push brings in a burst. */
const MAX_WAITING = 1024;

export interface CallbacksOptions {
  /**
   * How many deliveries wait for an async callback that is still running: 1 for what is only worth having fresh
   * (observations, frames), more for what must all be seen (states, actions). The newest are kept.
   */
  keepWhileBusy: number;
  /** A callback threw or rejected. */
  onFailed: (thrown: unknown) => void;
  /** A slow callback missed this many deliveries just now. */
  onMissed: (count: number) => void;
}

/**
 * The callbacks of one event. None of them ever runs inside the push: each one has its own queue, so that a slow or
 * failing one costs the others nothing, and a callback is never entered twice at once.
 */
export class Callbacks<T> {
  readonly #options: CallbacksOptions;
  readonly #subscribers = new Set<Subscriber<T>>();

  constructor(options: CallbacksOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#subscribers.size;
  }

  add(callback: Callback<T>): Unsubscribe {
    const subscriber = new Subscriber(callback, this.#options);
    this.#subscribers.add(subscriber);
    return () => {
      this.#subscribers.delete(subscriber);
      subscriber.stop();
    };
  }

  push(item: T): void {
    for (const subscriber of this.#subscribers) subscriber.push(item);
  }
}

class Subscriber<T> {
  readonly #callback: Callback<T>;
  readonly #options: CallbacksOptions;
  #waiting: T[] = [];
  #isDraining = false;
  #isBusy = false;

  constructor(callback: Callback<T>, options: CallbacksOptions) {
    this.#callback = callback;
    this.#options = options;
  }

  push(item: T): void {
    this.#waiting.push(item);
    const surplus = this.#waiting.length - (this.#isBusy ? this.#options.keepWhileBusy : MAX_WAITING);
    if (surplus > 0) {
      this.#waiting.splice(0, surplus);
      this.#options.onMissed(surplus);
    }
    if (this.#isDraining) return;
    this.#isDraining = true;
    void Promise.resolve().then(() => this.#drain());
  }

  stop(): void {
    this.#waiting = [];
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const item = this.#waiting.shift() as T;
      try {
        const running = this.#callback(item);
        if (running === undefined) continue;
        this.#isBusy = true;
        await running;
      } catch (thrown) {
        this.#options.onFailed(thrown);
      } finally {
        this.#isBusy = false;
      }
    }
    this.#isDraining = false;
  }
}
