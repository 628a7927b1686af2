import type { Clock } from '../shared/portal/clock.ts';

/** A track is judged when it is offered, which is a moment before its owner is known to be the robot. */
const BEFORE_ROBOT_US = 3_000_000;

/** What is known of a robot that cannot be decrypted: the last warning about it, until it is heard or comes anew. */
export class EncryptionTrouble {
  readonly #clock: Clock;
  #last: { words: string; atUs: number } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  warned(words: string): void {
    this.#last = { words, atUs: this.#clock.nowUs() };
  }

  robotJoined(): void {
    if (this.#last !== null && this.#clock.nowUs() - this.#last.atUs > BEFORE_ROBOT_US) this.#last = null;
  }

  /** A readable state disproves that its sender's key is another one, not that its video is plain. True = something changed. */
  stateArrived(): boolean {
    if (this.#last === null || this.#last.words.includes('without end-to-end encryption')) return false;
    this.#last = null;
    return true;
  }

  /** As a sentence; null when the warning was about somebody else. */
  of(robot: string | null): string | null {
    if (this.#last === null || robot === null) return null;
    const { words } = this.#last;
    const isAbout = words.startsWith(`what ${robot} sends `) || words.startsWith(`${robot} sends `);
    return isAbout ? words.charAt(0).toUpperCase() + words.slice(1) : null;
  }
}
