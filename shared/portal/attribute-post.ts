/** Publishes one attribute that changes often: one write at a time, and what is overtaken meanwhile is never written. */
export class AttributePost {
  readonly #write: (text: string) => Promise<void>;
  readonly #onFailed: (thrown: unknown) => void;
  #wanted: string | null = null;
  #written: string | null = null;
  #isWriting = false;

  constructor(write: (text: string) => Promise<void>, onFailed: (thrown: unknown) => void) {
    this.#write = write;
    this.#onFailed = onFailed;
  }

  post(text: string): void {
    this.#wanted = text;
    void this.#drain();
  }

  /** Writes the last text again, for a new session that knows nothing of it. */
  repeat(): void {
    this.#written = null;
    void this.#drain();
  }

  async #drain(): Promise<void> {
    if (this.#isWriting) return;
    this.#isWriting = true;
    while (this.#wanted !== null && this.#wanted !== this.#written) {
      const text = this.#wanted;
      this.#written = text;
      try {
        await this.#write(text);
      } catch (thrown) {
        this.#onFailed(thrown);
      }
    }
    this.#isWriting = false;
  }
}
