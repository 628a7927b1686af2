import type { Action, ActionChunk } from '../shared/portal/types.ts';

/** Plays a chunk's rows as actions, each at its due time. A newer chunk replaces what is left of an older one. */
export class ChunkPlayer {
  readonly #rowUs: number;
  #current: { chunk: ActionChunk; startUs: number; next: number } | null = null;

  /** `fps`: rows a second. */
  constructor(fps: number) {
    this.#rowUs = 1_000_000 / fps;
  }

  load(chunk: ActionChunk, nowUs: number): void {
    this.#current = { chunk, startUs: nowUs, next: 0 };
  }

  /** A handoff, a hold or STOP. */
  drop(): void {
    this.#current = null;
  }

  /** The row that is due, stamped with the time it was meant for on its sender's clock; null when there is none yet or none left. Rows that were missed are left out. */
  due(nowUs: number): Action | null {
    const current = this.#current;
    if (current === null) return null;
    const { chunk, startUs } = current;
    const row = Math.floor((nowUs - startUs) / this.#rowUs);
    if (row < current.next) return null;
    if (row >= chunk.horizon) {
      this.#current = null;
      return null;
    }
    current.next = row + 1;
    const values = Object.fromEntries(Object.entries(chunk.columns).map(([name, column]) => [name, column[row] ?? 0]));
    return { values, timestampUs: chunk.timestampUs + Math.round(row * this.#rowUs), inReplyToTsUs: chunk.inReplyToTsUs, sender: chunk.sender };
  }
}
