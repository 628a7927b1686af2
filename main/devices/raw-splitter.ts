import type { FrameSplitter, SplitPicture } from './frame-splitter.ts';

/** Pictures of one fixed size without anything between them. A program that begins in the middle of one cannot be told from garbage. */
export class RawSplitter implements FrameSplitter {
  readonly discardedBytes = 0;
  readonly #size: number;
  #picture: Uint8Array | null = null;
  #filled = 0;
  #startedUs = 0;

  /** `size`: bytes of a picture. */
  constructor(size: number) {
    this.#size = size;
  }

  push(chunk: Uint8Array, arrivedUs: number): SplitPicture[] {
    const pictures: SplitPicture[] = [];
    for (let at = 0; at < chunk.byteLength;) {
      if (this.#picture === null) {
        this.#picture = new Uint8Array(this.#size);
        this.#filled = 0;
        this.#startedUs = arrivedUs;
      }
      const part = chunk.subarray(at, at + this.#size - this.#filled);
      this.#picture.set(part, this.#filled);
      this.#filled += part.byteLength;
      at += part.byteLength;
      if (this.#filled < this.#size) break;
      pictures.push({ bytes: this.#picture, startedUs: this.#startedUs });
      this.#picture = null;
    }
    return pictures;
  }
}
