import type { BenchResult } from './result.ts';
import { shortfalls } from './shortfalls.ts';

/** Aim of the product: no figure worse than this many times the peer's. */
export const WORST_RATIO = 1.25;
/** Figures of which more is better; of all others less is. */
const MORE_IS_BETTER: ReadonlySet<string> = new Set(['observed', 'answered', 'rate']);
const UNIT_OF_FIGURE: Readonly<Record<string, string>> = { samples: '', refused: '', overruns: '', 'cameras_p99/p99': '×', observed: '%', answered: '%', cpu: 'CPU s/s', seconds: 's' };

const HEADINGS = ['row', 'figure', 'ours', 'peer', 'ours/peer', 'unit', ''];

/** The results as lines of text, a line a figure, with what is worse than the aim marked and the notes below. */
export function benchTable(results: readonly BenchResult[]): string {
  const cells = results.flatMap(linesOf);
  const widths = HEADINGS.map((heading, column) => Math.max(heading.length, ...cells.map((line) => (line[column] ?? '').length)));
  const text = (line: readonly string[]): string =>
    line.map((cell, column) => (column >= 2 && column <= 4 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))).join('  ').trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('──');
  const remarks = results.flatMap((result) => [
    ...(result.note === undefined ? [] : [`${result.row}: ${result.note}`]),
    ...(result.error === undefined ? [] : [`${result.row} FAILED: ${result.error}`]),
  ]);
  return [text(HEADINGS), rule, ...cells.map(text), rule, ...remarks, ...shortfalls(results), verdict(results)].join('\n');
}

/** `row figure` of everything that is worse than the aim. */
export function worseThanAim(results: readonly BenchResult[]): string[] {
  return results.flatMap((result) =>
    Object.keys(result.ratio).filter((figure) => isWorse(figure, result.ratio[figure] ?? null)).map((figure) => `${result.row} ${figure}`),
  );
}

function linesOf(result: BenchResult): string[][] {
  const names = [...new Set([...Object.keys(result.ours), ...Object.keys(result.peer)])];
  const present = names.filter((name) => (result.ours[name] ?? 0) !== 0 || (result.peer[name] ?? 0) !== 0);
  if (present.length === 0) return [[result.row, '', '–', '–', '–', result.unit, 'failed']];
  return present.map((name, index) => {
    const ratio = result.ratio[name] ?? null;
    return [
      index === 0 ? result.row : '',
      name,
      figure(result.ours[name]),
      figure(result.peer[name]),
      ratio === null ? '–' : `${ratio.toFixed(2)}×`,
      UNIT_OF_FIGURE[name] ?? result.unit,
      isWorse(name, ratio) ? `worse than ${WORST_RATIO}×` : '',
    ];
  });
}

function isWorse(name: string, ratio: number | null): boolean {
  if (ratio === null) return false;
  return MORE_IS_BETTER.has(name) ? ratio < 1 / WORST_RATIO : ratio > WORST_RATIO;
}

function figure(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 100 ? value.toFixed(1) : value.toFixed(2);
}

function verdict(results: readonly BenchResult[]): string {
  const worse = worseThanAim(results);
  const failed = results.filter((result) => result.error !== undefined).length;
  const rows = `${results.length - failed} of ${results.length} rows measured`;
  return worse.length === 0 ? `${rows}; none worse than ${WORST_RATIO}× the peer` : `${rows}; worse than ${WORST_RATIO}× the peer: ${worse.join(', ')}`;
}
