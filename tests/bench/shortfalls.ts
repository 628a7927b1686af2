import type { BenchResult } from './result.ts';

/** What the product set out to reach, as a share of the peer's figure or in the row's unit, and what is known to stand in the way. */
interface Aim {
  row: string;
  figure: string;
  /** The figure must be at most this: times the peer's, or absolute. */
  most: { ratio: number } | { value: number };
  why: string;
}

/** Seen with --trace-gc: full collections marked `reduce`, in both processes, as long as the slowest turns are late. */
const TAIL =
  'some 8 s after its start V8 gives memory back in two or three full collections of 2 to 8 ms, in each of our two processes and in the midst of what is measured, ' +
  'where 1 % is two or three turns; Python has none. The rest is waiting for a core: with real-time priority p99 is 0.7× the peer’s at 60 Hz and 1.0× at 200 Hz';

const AIMS: readonly Aim[] = [
  { row: 'state-60', figure: 'p99', most: { ratio: 0.5 }, why: TAIL },
  { row: 'state-200', figure: 'p99', most: { ratio: 0.5 }, why: TAIL },
  { row: 'h264-480p30', figure: 'p50', most: { ratio: 0.6 }, why: 'encoder, network and decoder of the engine' },
  { row: 'h264-720p30', figure: 'p50', most: { ratio: 0.3 }, why: 'encoder, network and decoder of the engine' },
  { row: 'mjpeg-480p30', figure: 'p50', most: { ratio: 0.5 }, why: 'the reliable channel carries some 2 MB/s' },
  {
    row: 'mjpeg-480p30-overload', figure: 'p95', most: { value: 150 },
    why: 'one such frame takes 135 ms to arrive even where the line rests before it, most of it from the server to the operator; a lower quality makes them younger',
  },
  { row: 'cpu-robot-480p30', figure: 'mean', most: { ratio: 1 }, why: 'the app also draws its camera and runs a 100 Hz loop; library_ is the same work as the peer does' },
  { row: 'rss-robot-480p30', figure: 'peak', most: { ratio: 1.25 }, why: 'V8 and Chromium around the headless host; library_ is our robot in plain Node' },
  { row: 'claim', figure: 'p50', most: { ratio: 1 }, why: 'waits until the server has confirmed the new driver to the robot and the robot has answered, so that what is sent next is executed' },
  { row: 'so101-drive', figure: 'cameras_p99/p99', most: { value: 1.5 }, why: 'encoders and the two loops share the cores of the machine; for root the engine’s encoders and decoders have real-time priority and go first' },
];

/** A line for each figure that was measured and misses its aim, with the reason. */
export function shortfalls(results: readonly BenchResult[]): string[] {
  return AIMS.flatMap(({ row, figure, most, why }) => {
    const result = results.find((one) => one.row === row);
    const got = 'ratio' in most ? result?.ratio[figure] : result?.ours[figure];
    const limit = 'ratio' in most ? most.ratio : most.value;
    if (result === undefined || got === null || got === undefined || got <= limit) return [];
    const text = (value: number): string => ('ratio' in most ? `${value.toFixed(2)}× the peer's` : `${value} ${figure.includes('/') ? '×' : result.unit}`);
    return [`${row} ${figure} is ${text(got)}, aimed at ${text(limit)}: ${why}`];
  });
}
