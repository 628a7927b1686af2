import { createInterface } from 'node:readline';
import { describeError, PortalError, type PortalErrorShape } from '../../shared/portal/errors.ts';
import type { WarningTag } from '../../shared/portal/warning-tags.ts';

/** Between two lines of a table that cannot be drawn in place. */
const PLAIN_EVERY_MS = 1000;

/** A program's talk with a person at a terminal, or with a script (`json`: one event a line, answers are lines all the same). */
export class Dialogue {
  readonly #json: boolean;
  readonly #waiting: ((line: string | null) => void)[] = [];
  readonly #said: string[] = [];
  #isOver = false;
  #drawn = 0;
  #plainAtMs = 0;

  constructor(json: boolean) {
    this.#json = json;
    const lines = createInterface({ input: process.stdin });
    lines.on('line', (line) => {
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#said.push(line.trim());
      else waiting(line.trim());
    });
    lines.on('close', () => {
      this.#isOver = true;
      for (const waiting of this.#waiting.splice(0)) waiting(null);
    });
  }

  /** For scripts; nothing without `--json`. */
  event(event: string, fields: object = {}): void {
    if (this.#json) process.stdout.write(`${JSON.stringify({ event, timestamp_us: Date.now() * 1000, ...fields })}\n`);
  }

  /** For people; nothing with `--json`. */
  say(text: string): void {
    if (this.#json) return;
    this.#drawn = 0;
    process.stdout.write(`${text}\n`);
  }

  /** Something to know that stops nothing. */
  warning(tag: WarningTag, message: string): void {
    this.event('warning', { tag, message });
    this.say(`Warning: ${message}.`);
  }

  error(error: PortalErrorShape): void {
    this.event('error', error);
    this.#drawn = 0;
    if (!this.#json) process.stderr.write(`${describeError(error)}\n`);
  }

  /** Lines that are drawn over the ones before; where there is no terminal, once a second. */
  live(lines: readonly string[]): void {
    if (this.#json) return;
    if (process.stdout.isTTY) {
      process.stdout.write(`${this.#drawn > 0 ? `\u001b[${this.#drawn}A` : ''}${lines.map((line) => `\u001b[2K${line}\n`).join('')}`);
      this.#drawn = lines.length;
    } else if (performance.now() - this.#plainAtMs >= PLAIN_EVERY_MS) {
      this.#plainAtMs = performance.now();
      process.stdout.write(`${lines.join('\n')}\n`);
    }
  }

  /** The next line that is typed. Rejects with USAGE when nothing more can be. */
  async answer(): Promise<string> {
    const line = this.#said.shift() ?? (this.#isOver ? null : await new Promise<string | null>((resolve) => this.#waiting.push(resolve)));
    if (line !== null) return line;
    throw new PortalError('USAGE', 'the input ended before the work did', { fix: 'Run it in a terminal, or send a line for every step.' });
  }

  close(): void {
    process.stdin.destroy();
  }
}
