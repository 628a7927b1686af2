import type { FrameSplitter, SplitPicture } from './frame-splitter.ts';

const START = Uint8Array.of(0xff, 0xd8, 0xff);
const FIRST_BYTES = 65_536;

/**
 * JPEG pictures one after the other, with anything or nothing between them (multipart headers, for instance). Segments are
 * walked by their length (ITU-T T.81, annex B), so that the end of a thumbnail inside a picture is not taken for the picture's.
 * What was walked is never looked at again: the work is linear in the bytes, whatever they are.
 */
export class MjpegSplitter implements FrameSplitter {
  discardedBytes = 0;
  readonly #maxBytes: number;
  #buffer = Buffer.alloc(FIRST_BYTES);
  #end = 0;
  /** Where the walk stands; may lie beyond `#end`, in a segment that is still to come. */
  #at = 0;
  #walk: 'outside' | 'segments' | 'pixels' = 'outside';
  #startedUs = 0;

  /** `maxBytes`: a picture that is longer is none. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(chunk: Uint8Array, arrivedUs: number): SplitPicture[] {
    const before = this.#end;
    const beforeUs = this.#startedUs;
    this.#append(chunk);
    const pictures: SplitPicture[] = [];
    let from = 0;
    for (;;) {
      if (this.#walk === 'outside') {
        const start = this.#buffer.subarray(0, this.#end).indexOf(START, from);
        if (start < 0) {
          // The last two bytes may be the beginning of a start.
          const kept = Math.max(from, this.#end - 2);
          this.discardedBytes += kept - from;
          from = kept;
          this.#startedUs = arrivedUs;
          break;
        }
        this.discardedBytes += start - from;
        this.#startedUs = start < before ? beforeUs : arrivedUs;
        from = start;
        this.#at = start + 2;
        this.#walk = 'segments';
      }
      const found = this.#step();
      if (found === 'end') {
        pictures.push({ bytes: new Uint8Array(this.#buffer.subarray(from, this.#at)), startedUs: this.#startedUs });
      } else if (found === 'more' && this.#at - from <= this.#maxBytes) {
        break;
      } else {
        this.#at = Math.min(this.#at, this.#end);
        this.discardedBytes += this.#at - from;
      }
      from = this.#at;
      this.#walk = 'outside';
    }
    this.#drop(from);
    return pictures;
  }

  /** Walks on. `end`: a whole picture ends at `#at`; `more`: the bytes do; `broken`: this is no picture. */
  #step(): 'end' | 'more' | 'broken' {
    const bytes = this.#buffer;
    const end = this.#end;
    while (this.#at + 1 < end) {
      if (this.#walk === 'pixels') {
        const mark = bytes.subarray(0, end).indexOf(0xff, this.#at);
        this.#at = mark < 0 ? end : mark;
        if (this.#at + 1 >= end) return 'more';
        const next = bytes[this.#at + 1] as number;
        if (next === 0xff) this.#at += 1;
        else if (next === 0 || (next >= 0xd0 && next <= 0xd7)) this.#at += 2;
        else this.#walk = 'segments';
        continue;
      }
      if (bytes[this.#at] !== 0xff) return 'broken';
      const marker = bytes[this.#at + 1] as number;
      if (marker === 0xff) this.#at += 1;
      else if (marker === 0xd9) {
        this.#at += 2;
        return 'end';
      } else if (marker === 0 || marker === 0xd8) return 'broken';
      else if (marker === 1 || (marker >= 0xd0 && marker <= 0xd7)) this.#at += 2;
      else {
        if (this.#at + 3 >= end) return 'more';
        const length = bytes.readUInt16BE(this.#at + 2);
        if (length < 2) return 'broken';
        this.#at += 2 + length;
        if (marker === 0xda) this.#walk = 'pixels';
      }
    }
    return 'more';
  }

  #append(chunk: Uint8Array): void {
    const needed = this.#end + chunk.byteLength;
    if (needed > this.#buffer.length) {
      const larger = Buffer.alloc(Math.max(needed, 2 * this.#buffer.length));
      this.#buffer.copy(larger, 0, 0, this.#end);
      this.#buffer = larger;
    }
    this.#buffer.set(chunk, this.#end);
    this.#end = needed;
  }

  #drop(count: number): void {
    this.#buffer.copyWithin(0, count, this.#end);
    this.#end -= count;
    this.#at -= count;
  }
}
