/** How a tile's pictures come. */
export interface TileAge {
  /** Capture → presented, median of the last half second; null = the robot does not send capture times, or no picture yet. */
  ageMs: number | null;
  /** Set while no new picture has come for half a second: how long. */
  frozenMs: number | null;
  /** Presented a second. */
  fps: number;
  /** Pictures from the future: the clocks of robot and console are not the same. */
  clocksDiffer: boolean;
}

const FROZEN_AFTER_US = 500_000;
const AGE_WINDOW_US = 500_000;
const RATE_WINDOW_US = 2_000_000;

/** Half a frame ahead is how a presentation time is rounded; more is another clock. */
const FUTURE_MS = -20;

interface Presented {
  presentedUs: number;
  ageMs: number | null;
}

/** The age of one tile's pictures, readable: a median instead of a number that changes thirty times a second. */
export class FrameClock {
  #presented: Presented[] = [];
  #lastUs: number | null = null;

  presented(timestampUs: number | null, presentedUs: number): void {
    this.#presented.push({ presentedUs, ageMs: timestampUs === null ? null : (presentedUs - timestampUs) / 1000 });
    this.#lastUs = presentedUs;
    if (this.#presented.length > 512) this.#presented = this.#presented.slice(-256);
  }

  read(nowUs: number): TileAge {
    const lastUs = this.#lastUs;
    this.#presented = this.#presented.filter(({ presentedUs }) => presentedUs > nowUs - RATE_WINDOW_US);
    const ages = this.#presented
      .flatMap(({ presentedUs, ageMs }) => (ageMs !== null && presentedUs > nowUs - AGE_WINDOW_US ? [ageMs] : []))
      .sort((a, b) => a - b);
    const ageMs = ages[Math.floor(ages.length / 2)] ?? null;
    const silentUs = lastUs === null ? 0 : nowUs - lastUs;
    return {
      ageMs,
      frozenMs: silentUs > FROZEN_AFTER_US ? silentUs / 1000 : null,
      fps: this.#presented.length / (RATE_WINDOW_US / 1_000_000),
      clocksDiffer: ageMs !== null && ageMs < FUTURE_MS,
    };
  }
}

export const NO_PICTURE_YET: TileAge = { ageMs: null, frozenMs: null, fps: 0, clocksDiffer: false };
