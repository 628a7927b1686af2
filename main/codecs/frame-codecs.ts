import type { FrameCodecs } from '../../shared/portal/frame-codec.ts';
import { canLoadJpeg, JpegCodec } from './jpeg.ts';
import { PngCodec } from './png.ts';

/** Every codec of byte-stream frames that this runtime has. Nothing is loaded or started before the first frame. */
export function createFrameCodecs(): FrameCodecs {
  return { png: new PngCodec(), ...(canLoadJpeg() ? { mjpeg: new JpegCodec() } : {}) };
}
