import type { VideoFrame } from './types.ts';

/**
 * The pending frames of one track, oldest first, at most `capacity`. Frames are numbered as they come; a number stays
 * valid until its frame is consumed or evicted. A cursor follows the states' clock: while states and frames come in
 * order it only moves forward, so finding a state's neighbours costs O(states + frames) over a whole session.
 *
 * A track's clock is taken to move forward. When it steps back all the same (the sender's clock was set), frames stand in
 * the order in which they came, and the ones from the future are out after at most `capacity` more.
 */
export class TrackBuffer {
  /** Number of the oldest pending frame. */
  #head = 0;
  /** One past the number of the newest. */
  #tail = 0;
  /** Number that the last `seek` found. */
  #cursor = 0;
  readonly #capacity: number;
  readonly #slots: (VideoFrame | undefined)[];

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#slots = new Array<VideoFrame | undefined>(capacity).fill(undefined);
  }

  get size(): number {
    return this.#tail - this.#head;
  }

  /** Timestamp of the pending frame that came last, or -Infinity. */
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

  /** Takes a frame; a full buffer evicts its oldest. Returns how many were evicted. */
  push(frame: VideoFrame): number {
    const evicted = this.size === this.#capacity ? 1 : 0;
    if (evicted === 1) this.consumeThrough(this.#head);
    this.#slots[this.#tail % this.#capacity] = frame;
    this.#tail++;
    return evicted;
  }

  /** Number of the newest pending frame at or before `timestampUs`; the oldest when all are newer, -1 when there is none. */
  seek(timestampUs: number): number {
    if (this.size === 0) return -1;
    let cursor = Math.min(Math.max(this.#cursor, this.#head), this.#tail - 1);
    while (cursor > this.#head && this.at(cursor).timestampUs > timestampUs) cursor--;
    while (cursor + 1 < this.#tail && this.at(cursor + 1).timestampUs <= timestampUs) cursor++;
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
}
