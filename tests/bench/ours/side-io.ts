import { createInterface } from 'node:readline';
import type { ChunkSpec, FieldSpec } from '../../../shared/portal/config.ts';
import { SO101_JOINTS } from '../../../shared/so101-joints.ts';
import type { Values } from '../../../shared/portal/types.ts';
import type { SideEvents } from '../job.ts';

/** The job from argv. */
export function loadJob<Job>(): Job {
  return JSON.parse(process.argv[2] ?? 'null') as Job;
}

export function emit<N extends keyof SideEvents>(event: N, fields: SideEvents[N]): void {
  process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
}

/** µs since the epoch with the monotonic clock's resolution: two processes on one machine agree to a few µs. */
export function nowUs(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000);
}

/** The app's own fields, so that its robot host can stand in for the robot program. */
export const FIELDS: readonly FieldSpec[] = SO101_JOINTS.map(({ name }) => ({ name, dtype: 'f32' }));

/** A policy's usual answer: 50 rows of the six joints. */
export const CHUNK: ChunkSpec = { name: 'plan', horizon: 50, fields: FIELDS };

export function chunkColumns(step: number): Record<string, number[]> {
  return Object.fromEntries(FIELDS.map((field, i) => [field.name, Array.from({ length: CHUNK.horizon }, (_, row) => (step + row * 7 + i * 13) % 360)]));
}

export function rowValues(step: number): Values {
  return Object.fromEntries(FIELDS.map((field, i) => [field.name, (step * 7 + i * 13) % 360]));
}

/** Words from stdin. The end of stdin counts as `finish`: a program whose parent died ends itself. */
export class Commands {
  readonly #queue: string[] = [];
  #wake: (() => void) | null = null;

  constructor() {
    const lines = createInterface({ input: process.stdin });
    lines.on('line', (line) => this.#push(line.trim()));
    lines.on('close', () => this.#push('finish'));
  }

  /** True when `word` came, false when the parent asked to finish instead. */
  async wait(word: string): Promise<boolean> {
    for (;;) {
      const next = this.#queue.shift();
      if (next === word) return true;
      if (next === 'finish') return false;
      if (next === undefined) await new Promise<void>((resolve) => { this.#wake = resolve; });
    }
  }

  #push(word: string): void {
    this.#queue.push(word);
    this.#wake?.();
  }
}

/** Calls `send` at a steady pace with the step's number, until the returned function is called. */
export function stream(periodMs: number, send: (step: number) => void): () => void {
  let step = 0;
  let due = performance.now();
  let timer: NodeJS.Timeout;
  const run = (): void => {
    send(step++);
    due += periodMs;
    const waitMs = due - performance.now();
    if (waitMs < -periodMs) due = performance.now();
    timer = setTimeout(run, Math.max(0, waitMs));
  };
  timer = setTimeout(run, 0);
  return () => clearTimeout(timer);
}
