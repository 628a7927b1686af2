import type { TrackWindow } from './config.ts';
import { resolveStall } from './stall.ts';
import { TrackBuffer } from './track-buffer.ts';
import type { FrameSource, VideoFrame } from './types.ts';

/** What a track says about a state. */
export type TrackVerdict = FrameSource | 'wait' | 'drop';

/** One state as a track judges it. */
export interface StateMoment {
  stateUs: number;
  /** The next pending state, or null: a frame strictly nearer to it is left to it. */
  nextStateUs: number | null;
  /** How far the streams have come, never before the state: what max lag is measured by. */
  streamUs: number;
}

/** One track of a sync buffer: its pending frames, its window, and what it last said about the state at the head. */
export class SyncTrack {
  readonly name: string;
  readonly frames: TrackBuffer;
  framesOmitted = 0;
  evictions = 0;
  verdict: TrackVerdict = 'wait';
  /** The frame that stands for the verdict; null when it waits or drops. An omitted one's is the last real frame, for its age. */
  frame: VideoFrame | null = null;
  readonly #window: TrackWindow;
  readonly #rangeUs: number;
  #lastEmitted: VideoFrame | null = null;
  /** Number of the pending frame that is consumed with the verdict, or -1. */
  #used = -1;
  #lagged = false;
  /** Whether the last verdict stands if more frames come and none is evicted, as long as time, state and next state are the same. */
  settled = false;

  constructor(name: string, window: TrackWindow, rangeUs: number, slack: number) {
    this.name = name;
    this.frames = new TrackBuffer(slack);
    this.#window = window;
    this.#rangeUs = rangeUs;
  }

  /** Stream time at which waiting ends; Infinity when more time changes nothing. */
  wakeUs(stateUs: number): number {
    return this.verdict === 'wait' && !this.#lagged ? stateUs + this.#window.maxLagUs : Infinity;
  }

  judge({ stateUs, nextStateUs, streamUs }: StateMoment): TrackVerdict {
    const below = this.frames.seek(stateUs);
    const nearest = below < 0 ? -1 : this.#nearest(below, stateUs, nextStateUs);
    if (nearest >= 0) {
      this.settled = true;
      return this.#decide('live', nearest, this.frames.at(nearest));
    }
    const past = this.frames.newestUs >= stateUs + this.#rangeUs;
    this.#lagged = streamUs - stateUs >= this.#window.maxLagUs;
    this.settled = past;
    // One within the range is not older but the next state's: it would be in two observations.
    const hasOlderFrame = below >= 0 && stateUs - this.frames.at(below).timestampUs >= this.#rangeUs;
    const resolution = resolveStall(this.#window.stall, { past, lagged: this.#lagged, hasOlderFrame, hasEmitted: this.#lastEmitted !== null });
    switch (resolution) {
      case 'older-frame':
        return this.#decide('stale', below, this.frames.at(below));
      case 'last-frame':
        return this.#decide('stale', -1, this.#lastEmitted);
      case 'omitted':
        // The peer counts placeholders when it looks at a state, not when it emits it; the figures are to read alike.
        this.framesOmitted++;
        return this.#decide('omitted', -1, this.#lastEmitted);
      default:
        return this.#decide(resolution, -1, null);
    }
  }

  /** The verdict's observation goes out: the frame used and all before it are consumed. */
  emit(): void {
    if (this.#used < 0) return;
    this.frames.consumeThrough(this.#used);
    this.#lastEmitted = this.frame;
  }

  /** Forgets everything but the counters. */
  clear(): void {
    this.frames.clear();
    this.#lastEmitted = null;
    this.#decide('wait', -1, null);
    this.settled = false;
  }

  /**
   * Number of the frame nearest to the state within the range that the next state has no better claim to, or -1; the
   * older of two equally near ones. Only the two neighbours come into question: what is farther out on a side is farther
   * from the state, and nearer to the next state whenever the neighbour is.
   */
  #nearest(below: number, stateUs: number, nextStateUs: number | null): number {
    let best = -1;
    let bestUs = this.#rangeUs;
    for (const number of [below, below + 1]) {
      if (!this.frames.isPending(number)) continue;
      const frameUs = this.frames.at(number).timestampUs;
      const distanceUs = Math.abs(stateUs - frameUs);
      if (distanceUs >= bestUs || (nextStateUs !== null && Math.abs(nextStateUs - frameUs) < distanceUs)) continue;
      best = number;
      bestUs = distanceUs;
    }
    return best;
  }

  #decide(verdict: TrackVerdict, used: number, frame: VideoFrame | null): TrackVerdict {
    this.#used = used;
    this.frame = frame;
    this.verdict = verdict;
    return verdict;
  }
}
