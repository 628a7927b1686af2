import type { WriteStream } from 'node:tty';

/** Something that takes time, told to the person who waits for it. */
export interface Task {
  /** What is going on now; a percentage, a count. Cheap: call it as often as wanted. */
  say(what: string): void;
  /** Ends it; `null` = nothing was to be done, which is not worth a line. */
  done(result: string | null): void;
}

export interface ProgressOptions {
  /** Where it is told. Standard error by default, so that standard output stays the program's own. */
  stream?: NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY' | 'columns'>>;
  /** Without a terminal: a line at least this often, ms. */
  everyMs?: number;
}

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** Tells a task: one line that moves on a terminal, else a line at the start, every ten seconds and at the end. */
export function startTask(title: string, { stream = process.stderr, everyMs = 10_000 }: ProgressOptions = {}): Task {
  const startedMs = performance.now();
  const elapsed = (): string => `${Math.round((performance.now() - startedMs) / 1000)} s`;
  const terminal = stream.isTTY === true;
  let now = '';
  let turn = 0;
  let timer: NodeJS.Timeout | null = null;

  const show = (): void => {
    if (terminal) {
      const line = `${SPINNER[turn++ % SPINNER.length] ?? ''} ${title}: ${now} (${elapsed()})`;
      stream.write(`\r\x1b[2K${line.slice(0, Math.max(20, (stream.columns || 80) - 1))}`);
    } else {
      stream.write(`  ${title}: ${now} (${elapsed()})\n`);
    }
  };
  return {
    say(what) {
      now = what;
      if (timer !== null) return;
      show();
      timer = setInterval(show, terminal ? 120 : everyMs);
      timer.unref();
    },
    done(result) {
      if (timer !== null) clearInterval(timer);
      if (timer !== null && terminal) stream.write('\r\x1b[2K');
      timer = null;
      if (result !== null) stream.write(`✓ ${title}: ${result} (${elapsed()})\n`);
    },
  };
}
