import { suggestion } from '../../shared/did-you-mean.ts';

export interface BenchOptions {
  help: boolean;
  list: boolean;
  /** File the results are written to; null = only the table. */
  json: string | null;
  /** Rows to run, in the bench's own order; null = all. */
  only: readonly string[] | null;
  /** Measured seconds a side and row, split over two turns. */
  seconds: number;
}

export type ParsedBenchOptions = { ok: true; options: BenchOptions } | { ok: false; message: string };

/** With all rows, a run of a quarter of an hour. */
export const DEFAULT_SECONDS = 8;
const FLAGS = ['--help', '--list', '--json', '--only', '--seconds'];

/** `argv` without node and script. A refusal names the word, what is allowed, and the nearest word. */
export function parseBenchOptions(argv: readonly string[], rows: readonly string[]): ParsedBenchOptions {
  const options: BenchOptions = { help: false, list: false, json: null, only: null, seconds: DEFAULT_SECONDS };
  const rest = argv.flatMap((word) => (word.startsWith('--') && word.includes('=') ? [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] : [word]));
  for (let i = 0; i < rest.length; i++) {
    const flag = rest[i] ?? '';
    if (flag === '--help' || flag === '-h') { options.help = true; continue; }
    if (flag === '--list') { options.list = true; continue; }
    if (!FLAGS.includes(flag)) return refuse(`unknown flag ${JSON.stringify(flag)}. ${suggestion(flag, FLAGS)}`);
    const value = rest[++i];
    if (value === undefined || value === '' || value.startsWith('--')) return refuse(`${flag} needs a value`);
    if (flag === '--json') options.json = value;
    if (flag === '--seconds') {
      options.seconds = Number(value);
      if (!Number.isFinite(options.seconds) || options.seconds < 2) return refuse(`--seconds must be a number of at least 2, got ${JSON.stringify(value)}`);
    }
    if (flag === '--only') {
      const wanted = value.split(',').map((name) => name.trim()).filter((name) => name !== '');
      if (wanted.length === 0) return refuse(`--only needs a row; rows: ${rows.join(' ')}`);
      const unknown = wanted.find((name) => !rows.includes(name));
      if (unknown !== undefined) return refuse(`unknown row ${JSON.stringify(unknown)}. ${suggestion(unknown, rows)}`);
      options.only = rows.filter((name) => wanted.includes(name));
    }
  }
  return { ok: true, options };
}

function refuse(message: string): ParsedBenchOptions {
  return { ok: false, message };
}
