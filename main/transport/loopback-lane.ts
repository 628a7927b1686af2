import type { Clock } from '../../shared/portal/clock.ts';

interface Waiting {
  dueUs: number;
  pushedUs: number;
  isReplayed: boolean;
  run: () => void;
}

/** Runs `task` in the next microtask for no delay (never inside the caller), else by the clock. */
export function later(clock: Clock, delayMs: number, task: () => void): void {
  if (delayMs > 0) clock.after(delayMs, task);
  else queueMicrotask(task);
}

/** One ordered way into a participant: nothing overtakes, however the delays fall. Stands still while it is paused. */
export class LoopbackLane {
  readonly #clock: Clock;
  #waiting: Waiting[] = [];
  #isArmed = false;
  #isPaused = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `isReplayed` false = survives any pause; true = given up when the pause outlasts the server's memory. */
  push(delayMs: number, isReplayed: boolean, run: () => void): void {
    const nowUs = this.#clock.nowUs();
    const dueUs = Math.max(nowUs + delayMs * 1000, this.#waiting.at(-1)?.dueUs ?? 0);
    this.#waiting.push({ dueUs, pushedUs: nowUs, isReplayed, run });
    this.#arm();
  }

  pause(): void {
    this.#isPaused = true;
  }

  /** Goes on, without what is older than the server would replay. */
  resume(replayUs: number): void {
    this.#isPaused = false;
    const oldestUs = this.#clock.nowUs() - replayUs;
    this.#waiting = this.#waiting.filter(({ isReplayed, pushedUs }) => !isReplayed || pushedUs >= oldestUs);
    this.#arm();
  }

  #arm(): void {
    const head = this.#waiting[0];
    if (head === undefined || this.#isArmed || this.#isPaused) return;
    this.#isArmed = true;
    later(this.#clock, (head.dueUs - this.#clock.nowUs()) / 1000, () => {
      this.#isArmed = false;
      this.#deliverDue();
    });
  }

  #deliverDue(): void {
    while (!this.#isPaused) {
      const head = this.#waiting[0];
      // A machine's timer may fire a fraction of a millisecond early; waiting again for that would only spin.
      if (head === undefined || head.dueUs > this.#clock.nowUs() + 1000) break;
      this.#waiting.shift();
      head.run();
    }
    this.#arm();
  }
}
