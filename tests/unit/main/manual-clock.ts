import type { Clock } from '../../../shared/portal/clock.ts';

/** PORT Clock moved by the test: due tasks run in order while `advance` passes their time. */
export class ManualClock implements Clock {
  #nowUs = 1_700_000_000_000_000;
  #nextId = 0;
  readonly #due = new Map<number, { atUs: number; task: () => void }>();

  nowUs(): number {
    return this.#nowUs;
  }

  after(delayMs: number, task: () => void): () => void {
    const id = this.#nextId++;
    this.#due.set(id, { atUs: this.#nowUs + delayMs * 1000, task });
    return () => this.#due.delete(id);
  }

  every(intervalMs: number, task: () => void): () => void {
    let cancel = this.after(intervalMs, run.bind(this));
    return () => cancel();
    function run(this: ManualClock): void {
      cancel = this.after(intervalMs, run.bind(this));
      task();
    }
  }

  advance(ms: number): void {
    const untilUs = this.#nowUs + ms * 1000;
    for (;;) {
      let next: [number, { atUs: number; task: () => void }] | null = null;
      for (const entry of this.#due) if (entry[1].atUs <= untilUs && (next === null || entry[1].atUs < next[1].atUs)) next = entry;
      if (next === null) break;
      this.#due.delete(next[0]);
      this.#nowUs = Math.max(this.#nowUs, next[1].atUs);
      next[1].task();
    }
    this.#nowUs = untilUs;
  }

  /** Sets the clock to another time, as a time server does; waiting tasks keep their delays. */
  step(ms: number): void {
    this.#nowUs += ms * 1000;
    for (const entry of this.#due.values()) entry.atUs += ms * 1000;
  }
}
