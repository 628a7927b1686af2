import type { Action, ActionChunk } from '../shared/portal/types.ts';

/** A chunk's row whose time has come. */
export interface DueRow {
  /** Stamped with the time it was meant for on its sender's clock. */
  action: Action;
  /** How long ago it was due. */
  lateUs: number;
}

/** Plays a chunk's rows as actions, each at its due time. A newer chunk replaces what is left of an older one. */
export class ChunkPlayer {
  readonly #rowUs: number;
  #current: { chunk: ActionChunk; startUs: number; next: number } | null = null;
  /** When the last row that was played was due. */
  #playedUs = Number.NEGATIVE_INFINITY;

  /** `fps`: rows a second. */
  constructor(fps: number) {
    this.#rowUs = 1_000_000 / fps;
  }

  /** From the first row's due time to the end of the last row's turn. */
  durationUs(chunk: ActionChunk): number {
    return chunk.horizon * this.#rowUs;
  }

  /** The chunk being played; null when there is none. */
  get chunk(): ActionChunk | null {
    return this.#current?.chunk ?? null;
  }

  /** `startUs`: when row 0 is due on this machine's clock. Rows due before the one that was played last, or with it, are left out: motion never goes back. */
  load(chunk: ActionChunk, startUs: number): void {
    // Two chunks are never mapped to our clock to the µs: what is due within half a row of each other is due together.
    const next = Math.max(0, Math.floor((this.#playedUs - startUs) / this.#rowUs + 0.5) + 1);
    this.#current = { chunk, startUs, next };
  }

  /** A handoff, a hold, STOP, a newer command or the end of a session. */
  drop(): void {
    this.#current = null;
    this.#playedUs = Number.NEGATIVE_INFINITY;
  }

  /** The row whose turn it is; null when there is none yet or none left. Rows whose turn has passed are left out. */
  due(nowUs: number): DueRow | null {
    const current = this.#current;
    if (current === null) return null;
    const { chunk, startUs } = current;
    const row = Math.floor((nowUs - startUs) / this.#rowUs);
    if (row >= chunk.horizon) this.#current = null;
    if (row < current.next || row >= chunk.horizon) return null;
    current.next = row + 1;
    const dueUs = startUs + row * this.#rowUs;
    this.#playedUs = dueUs;
    const values = Object.fromEntries(Object.entries(chunk.columns).map(([name, column]) => [name, column[row] ?? 0]));
    const timestampUs = chunk.timestampUs + Math.round(row * this.#rowUs);
    return { action: { values, timestampUs, inReplyToTsUs: chunk.inReplyToTsUs, sender: chunk.sender }, lateUs: nowUs - dueUs };
  }
}
