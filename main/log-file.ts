import { appendFileSync, renameSync, rmSync, statSync } from 'node:fs';

/** Of one file; with `KEPT` older ones beside it, the log never takes more than four times this. */
const MAX_BYTES = 5_000_000;
const KEPT = 3;

/**
 * A log file that stays small: full, it becomes `FILE.1`, the one of before `FILE.2`, and so on. Written at once and not
 * buffered, so that the last words before a crash are in it. A disk that is full or a folder that is gone costs the log and
 * nothing else.
 */
export class LogFile {
  readonly #path: string;
  readonly #maxBytes: number;
  /** Null: not looked at yet. */
  #bytes: number | null = null;
  #isFailing = false;

  constructor(path: string, maxBytes: number = MAX_BYTES) {
    this.#path = path;
    this.#maxBytes = maxBytes;
  }

  /** `onFailure` is told once, until it can be written again. */
  write(line: string, onFailure: (message: string) => void): void {
    try {
      const size = Buffer.byteLength(line);
      let before = (this.#bytes ??= statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0);
      if (before > 0 && before + size > this.#maxBytes) {
        this.#rotate();
        before = 0;
      }
      appendFileSync(this.#path, line, { mode: 0o600 });
      this.#bytes = before + size;
      this.#isFailing = false;
    } catch (thrown) {
      if (!this.#isFailing) onFailure(thrown instanceof Error ? thrown.message : String(thrown));
      this.#isFailing = true;
    }
  }

  #rotate(): void {
    rmSync(`${this.#path}.${KEPT}`, { force: true });
    for (let age = KEPT - 1; age >= 0; age -= 1) {
      const from = age === 0 ? this.#path : `${this.#path}.${age}`;
      if (statSync(from, { throwIfNoEntry: false }) !== undefined) renameSync(from, `${this.#path}.${age + 1}`);
    }
    this.#bytes = 0;
  }
}
