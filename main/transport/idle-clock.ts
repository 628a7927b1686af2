/** Steps in which silence is counted: a stall of this process costs one of them, however long it lasts. */
const STEPS = 4;

/**
 * Tells when nothing has come for `idleMs`. What came while this process was stalled still waits to be heard when the timer is
 * due: neither the stall nor its end may make a sender look silent that was not.
 */
export class IdleClock {
  readonly #stepMs: number;
  readonly #onIdle: () => void;
  #stepsLeft = STEPS;
  #timer: NodeJS.Timeout;
  #lastLook: NodeJS.Immediate | null = null;

  constructor(idleMs: number, onIdle: () => void) {
    this.#stepMs = idleMs / STEPS;
    this.#onIdle = onIdle;
    this.#timer = setTimeout(() => this.#step(), this.#stepMs);
  }

  /** Something came. */
  restart(): void {
    this.stop();
    this.#stepsLeft = STEPS;
    this.#timer = setTimeout(() => this.#step(), this.#stepMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    if (this.#lastLook !== null) clearImmediate(this.#lastLook);
    this.#lastLook = null;
  }

  #step(): void {
    this.#stepsLeft -= 1;
    if (this.#stepsLeft > 0) this.#timer = setTimeout(() => this.#step(), this.#stepMs);
    // Timers run before what has arrived; an immediate runs after it.
    else this.#lastLook = setImmediate(this.#onIdle);
  }
}
