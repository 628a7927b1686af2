import { disconnectedError } from './session-errors.ts';

export interface PointerPorts {
  /** Publishes the identity; '' = nobody. */
  write: (text: string) => Promise<void>;
  /** From now on this one is in control; also for the same one again, which is a new claim. `changed` = another one than before. */
  applied: (identity: string | null, changed: boolean) => void;
}

/** Who is in control, as the robot decides and publishes it. Claims are carried out one after the other. */
export class Pointer {
  readonly #ports: PointerPorts;
  #identity: string | null = null;
  #queue: Promise<void> = Promise.resolve();
  #clearing = 0;
  /** Raised when a session ends: a write of the one before changes nothing any more. */
  #session = 0;

  constructor(ports: PointerPorts) {
    this.#ports = ports;
  }

  get identity(): string | null {
    return this.#identity;
  }

  /** Takes over what the room already says: at connect, or when the server itself changed it. */
  adopt(identity: string | null): void {
    this.#apply(identity);
  }

  /** The session is over: nobody is in control, and what is still queued rejects with DISCONNECTED. */
  reset(): void {
    this.#session += 1;
    this.#clearing = 0;
    this.#apply(null);
  }

  /**
   * Gives control once everybody can know it. Taking it away counts at once, before the room has heard of it, and also
   * when telling the room fails. Rejects as `write` does.
   */
  set(identity: string | null): Promise<void> {
    const session = this.#session;
    const isCurrent = (): boolean => session === this.#session;
    if (identity === null) {
      this.#clearing += 1;
      this.#apply(null);
    }
    const done = this.#queue.then(async () => {
      if (!isCurrent()) throw disconnectedError('left');
      try {
        await this.#ports.write(identity ?? '');
      } finally {
        if (identity === null && isCurrent()) this.#clearing -= 1;
      }
      // While a clear waits behind this claim, giving control for that moment would undo what the clear promised.
      if (identity !== null && isCurrent() && this.#clearing === 0) this.#apply(identity);
    });
    this.#queue = done.catch(() => undefined);
    return done;
  }

  #apply(identity: string | null): void {
    const changed = identity !== this.#identity;
    this.#identity = identity;
    if (changed || identity !== null) this.#ports.applied(identity, changed);
  }
}
