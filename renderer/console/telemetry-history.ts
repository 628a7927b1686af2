import type { Telemetry } from '../../shared/console-state.ts';

/** 20 s at 30 a second, with room for a faster sender. */
const CAPACITY = 1024;
/** Nothing is drawn over a silence: the joint may have been anywhere. */
const GAP_US = 1_000_000;

/** One joint's last seconds as the plot wants them: seconds since the epoch, state, command; null = none. */
export type Series = [times: number[], state: (number | null)[], command: (number | null)[]];

/** The last telemetry, bounded. Not reactive: the plot reads it when it draws. */
export class TelemetryHistory {
  readonly #spanUs: number;
  #samples: Telemetry[] = [];

  constructor(spanS = 20) {
    this.#spanUs = spanS * 1_000_000;
  }

  add(sample: Telemetry): void {
    const last = this.#samples.at(-1);
    // A robot that returns with another clock starts a new line instead of drawing backwards.
    if (last !== undefined && sample.timestampUs < last.timestampUs) this.#samples = [];
    if (last?.timestampUs === sample.timestampUs) this.#samples.pop();
    this.#samples.push(sample);
    const fromUs = sample.timestampUs - this.#spanUs;
    const first = this.#samples.findIndex(({ timestampUs }) => timestampUs >= fromUs);
    // Cut in batches: cutting one at a time would move the whole array thirty times a second.
    if (first > 64 || this.#samples.length > CAPACITY) this.#samples = this.#samples.slice(Math.max(first, this.#samples.length - CAPACITY));
  }

  clear(): void {
    this.#samples = [];
  }

  series(joint: string): Series {
    const series: Series = [[], [], []];
    const newest = this.#samples.at(-1);
    if (newest === undefined) return series;
    let beforeUs: number | null = null;
    for (const { timestampUs, state, command } of this.#samples) {
      if (timestampUs < newest.timestampUs - this.#spanUs) continue;
      if (beforeUs !== null && timestampUs - beforeUs > GAP_US) {
        series[0].push((beforeUs + GAP_US / 2) / 1_000_000);
        series[1].push(null);
        series[2].push(null);
      }
      beforeUs = timestampUs;
      series[0].push(timestampUs / 1_000_000);
      series[1].push(state[joint] ?? null);
      series[2].push(command[joint] ?? null);
    }
    return series;
  }
}
