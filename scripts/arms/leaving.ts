import { toPortalError } from '../../shared/portal/errors.ts';
import type { Dialogue } from './dialogue.ts';

/** What Ctrl+C leaves behind, for a person and for a script. */
export interface Left {
  words: string;
  fields?: object;
}

/** Ctrl+C while an arm is worked on: says what is left behind, and ends. */
export class Leaving {
  readonly #dialogue: Dialogue;
  readonly #left: () => Left;
  #isWriting = false;
  #isAsked = false;

  /** `left`: what would be left behind now. */
  constructor(dialogue: Dialogue, left: () => Left) {
    this.#dialogue = dialogue;
    this.#left = left;
    const asked = (): void => { this.#ask(); };
    process.on('SIGINT', asked).on('SIGTERM', asked);
  }

  /** While this lasts, Ctrl+C waits for its end: half a calibration in the motors is worse than a second. */
  async whileWriting<T>(work: () => Promise<T>): Promise<T> {
    this.#isWriting = true;
    try {
      return await work();
    } catch (thrown) {
      // Whoever waits for the end must still read what could not be put back.
      if (this.#isAsked) this.#dialogue.error(toPortalError(thrown).toJSON());
      throw thrown;
    } finally {
      this.#isWriting = false;
      if (this.#isAsked) this.#end();
    }
  }

  #ask(): void {
    if (!this.#isWriting) return this.#end();
    if (!this.#isAsked) this.#dialogue.say('\nThe motors are being written; it ends right after that.');
    this.#isAsked = true;
  }

  #end(): never {
    const { words, fields } = this.#left();
    this.#dialogue.say(`\n${words}`);
    this.#dialogue.event('left', fields);
    process.exit(130);
  }
}
