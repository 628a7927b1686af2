import type { VideoFrame } from './types.ts';

/** RGB24 pixels, rows top to bottom, without padding. */
export interface RgbImage {
  width: number;
  height: number;
  rgbBorrow: Uint8Array;
}

/** PORT: pixels ↔ payload of a byte-stream frame, off the event loop. */
export interface FrameCodec {
  /** `image` is borrowed until it settles. `quality` 1–100, where the codec has such a thing. Rejects with FRAME_INVALID. */
  encode(image: RgbImage, quality: number): Promise<Uint8Array>;
  /**
   * RGB24 of exactly `width` × `height`, owned by the caller. The size in the payload was checked against both before.
   * Rejects with FRAME_INVALID for a payload that is broken further in.
   */
  decode(payload: Uint8Array, width: number, height: number): Promise<Uint8Array>;
}

/** What a session needs for its byte-stream tracks; `raw` needs none. A track whose codec is missing is refused at the start. */
export interface FrameCodecs {
  png?: FrameCodec;
  mjpeg?: FrameCodec;
  /** RGB24 of an `i420` picture, for cameras that give those; takes well below a millisecond a megapixel, for it runs in the send call. */
  toRgb?: (frame: VideoFrame) => Uint8Array;
}
