import type { VideoFrame } from './types.ts';

/**
 * The pending frames of one track, oldest first, at most `capacity`. Frames are numbered as they come; a number stays
 * valid until its frame is consumed or evicted. A cursor follows the states' clock: while states and frames come in
 * order it only moves forward, so finding a state's neighbours costs O(states + frames) over a whole session.
 */
export class TrackBuffer {
  /** Number of the oldest pending frame. */
  #head = 0;
  /** One past the number of the newest. */
  #tail = 0;
  /** Number of the newest frame at or before the last `seek`, or `#head - 1`. */
  #cursor = -1;
  readonly #capacity: number;
  readonly #slots: (VideoFrame | undefined)[];

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#slots = new Array<VideoFrame | undefined>(capacity).fill(undefined);
  }

  get size(): number {
    return this.#tail - this.#head;
  }

  get oldest(): number {
    return this.#head;
  }

  /** Timestamp of the newest pending frame, or -Infinity. */
  get newestUs(): number {
    return this.#tail === this.#head ? -Infinity : this.at(this.#tail - 1).timestampUs;
  }

  /** The pending frame of this number. */
  at(number: number): VideoFrame {
    return this.#slots[number % this.#capacity] as VideoFrame;
  }

  isPending(number: number): boolean {
    return number >= this.#head && number < this.#tail;
  }

  /**
   * Takes a frame; a full buffer evicts its oldest. When a track's clock steps back (the sender's clock was set, or one
   * frame was stamped in the future) the pending frames ahead of it are evicted: kept, they would make every later
   * state look missed for as long as the step is large. Returns how many were evicted.
   */
  push(frame: VideoFrame): number {
    let evicted = 0;
    while (this.newestUs > frame.timestampUs) {
      this.#tail--;
      this.#slots[this.#tail % this.#capacity] = undefined;
      evicted++;
    }
    if (this.size === this.#capacity) {
      this.consumeThrough(this.#head);
      evicted++;
    }
    this.#slots[this.#tail % this.#capacity] = frame;
    this.#tail++;
    return evicted;
  }

  /** Number of the newest pending frame at or before `timestampUs`; `oldest - 1` when there is none. */
  seek(timestampUs: number): number {
    let cursor = Math.min(Math.max(this.#cursor, this.#head - 1), this.#tail - 1);
    if (cursor >= this.#head && this.at(cursor).timestampUs > timestampUs) {
      cursor = this.#bisect(timestampUs, cursor);
    } else {
      while (cursor + 1 < this.#tail && this.at(cursor + 1).timestampUs <= timestampUs) cursor++;
    }
    this.#cursor = cursor;
    return cursor;
  }

  /** Forgets every frame up to and with this number. */
  consumeThrough(number: number): void {
    while (this.#head <= number && this.#head < this.#tail) {
      this.#slots[this.#head % this.#capacity] = undefined;
      this.#head++;
    }
  }

  clear(): void {
    this.consumeThrough(this.#tail);
  }

  /** A state older than the one before it: the cursor goes back, which no forward walk can do cheaply. `above` is newer than the state. */
  #bisect(timestampUs: number, above: number): number {
    let low = this.#head - 1;
    let high = above;
    while (high - low > 1) {
      const middle = low + Math.floor((high - low) / 2);
      if (this.at(middle).timestampUs <= timestampUs) low = middle;
      else high = middle;
    }
    return low;
  }
}
