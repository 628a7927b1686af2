import type { VideoFrame } from './types.ts';

/** PORT: pixels ↔ payload of a byte-stream frame, off the event loop where it is costly. */
export interface FrameCodec {
  encode(frame: VideoFrame, quality: number): Promise<Uint8Array>;
  /** RGB24 of exactly `width` × `height`; rejects with FRAME_INVALID before allocating when the payload says otherwise. */
  decode(payload: Uint8Array, width: number, height: number): Promise<Uint8Array>;
}
