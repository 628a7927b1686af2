/** One picture cut out of a program's output, as it was written there. */
export interface SplitPicture {
  /** Owned by the receiver. */
  bytes: Uint8Array;
  /** When its first byte arrived, µs. */
  startedUs: number;
}

/** Cuts a stream of bytes into pictures. Total: whatever comes, nothing is thrown and no more than one picture is kept. */
export interface FrameSplitter {
  /** Bytes that were part of no picture. */
  readonly discardedBytes: number;
  /** `chunk` is borrowed; the pictures that are complete with it, oldest first. */
  push(chunk: Uint8Array, arrivedUs: number): SplitPicture[];
}
