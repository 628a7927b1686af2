/** Questions asked within the silence that is borne: so many may be lost but one. */
const QUESTIONS = 4;

/** How whoever drives is asked for a sign of life. */
export interface PulsePorts {
  /** Sends a question that every side answers by itself: a ping. */
  ask(): void;
  /** When the newest question that `operator` answered was asked; null = it answered none. */
  answeredUs(operator: string): number | null;
  /** Whoever sent the chunk that plays is not heard any more. */
  silent(message: string): void;
}

/**
 * Whether the sender of a chunk is still there while its rows play. A chunk needs nobody: a driver that was killed, or whose
 * network is gone, would move the arm until the rows end or the server notices (10 to 21 s). What counts is a command that
 * passed the checks, or an answered ping, from the time that it was asked: what waited on its way proves nothing later.
 */
export class DriverPulse {
  readonly #silenceUs: number;
  readonly #ports: PulsePorts;
  #operator: string | null = null;
  #heardUs = 0;
  #askedUs = 0;

  /** `silenceMs`: how long a driver may stay unheard. */
  constructor(silenceMs: number, ports: PulsePorts) {
    this.#silenceUs = silenceMs * 1000;
    this.#ports = ports;
  }

  /** A command of `operator` passed the checks. */
  heard(operator: string | null, nowUs: number): void {
    this.#operator = operator;
    this.#heardUs = nowUs;
  }

  /** Asks when it is time to. True = it was not heard for too long: nothing of its must play on. */
  isSilent(nowUs: number): boolean {
    const sinceAskedUs = nowUs - this.#askedUs;
    // A clock that was set back would else ask nobody for as long as the step was.
    if (sinceAskedUs < 0 || sinceAskedUs >= this.#silenceUs / QUESTIONS) {
      this.#askedUs = nowUs;
      this.#ports.ask();
    }
    const answeredUs = this.#operator === null ? null : this.#ports.answeredUs(this.#operator);
    if (answeredUs !== null && answeredUs <= nowUs) this.#heardUs = Math.max(this.#heardUs, answeredUs);
    if (nowUs - this.#heardUs <= this.#silenceUs) return false;
    this.#ports.silent(
      `${this.#operator ?? 'the operator'} has answered nothing for ${this.#silenceUs / 1000} ms: what was left of its chunk is dropped. Its program or its link is gone; driver_silence_ms of station.yaml is how long that is borne.`,
    );
    return true;
  }
}
