/** A member's first packet is under way by then, and a connect that goes well is over. */
const PATIENCE_MS = 700;
/** Every side of a session that sends nothing else sends a ping a second. */
const LISTEN_MS = 2_000;
/** Then a look now and then: whoever begins to send late is noticed within 3 s, and whoever never sends costs little. */
const LOOK_MS = 250;
const PAUSE_MS = 1_250;

/**
 * Listens closer while somebody is present of whom no data packet was understood yet. What cannot be decrypted shows in the
 * engine's log alone, and hearing that log all the time would cost more than the data itself.
 */
export class Unheard {
  readonly #listen: () => () => void;
  readonly #isConstant: boolean;
  readonly #waiting = new Set<string>();
  #timer: NodeJS.Timeout | null = null;
  #stop: (() => void) | null = null;

  /**
   * `listen` starts, and what it returns ends it. `isConstant`: without a pause, from the start; for an engine with a key, which
   * says of a wrong one's packets a few times only that it cannot read them.
   */
  constructor(listen: () => () => void, isConstant: boolean) {
    this.#listen = listen;
    this.#isConstant = isConstant;
  }

  joined(identity: string): void {
    this.#waiting.add(identity);
    if (this.#isConstant) this.#stop ??= this.#listen();
    else if (this.#stop === null) this.#after(PATIENCE_MS, () => this.#begin(LISTEN_MS));
  }

  /** Understood, or gone. */
  heard(identity: string): void {
    if (this.#waiting.size > 0 && this.#waiting.delete(identity) && this.#waiting.size === 0) this.close();
  }

  close(): void {
    this.#waiting.clear();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#end();
  }

  #begin(forMs: number): void {
    this.#stop = this.#listen();
    this.#after(forMs, () => {
      this.#end();
      this.#after(PAUSE_MS, () => this.#begin(LOOK_MS));
    });
  }

  #end(): void {
    this.#stop?.();
    this.#stop = null;
  }

  #after(ms: number, task: () => void): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(task, ms);
  }
}
