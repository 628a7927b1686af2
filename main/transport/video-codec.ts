import { VideoCodec } from '@livekit/rtc-ffi-bindings';
import type { WebRtcCodec } from '../../shared/portal/transport.ts';

const NATIVE: Record<WebRtcCodec, VideoCodec> = {
  h264: VideoCodec.H264,
  vp8: VideoCodec.VP8,
  vp9: VideoCodec.VP9,
  av1: VideoCodec.AV1,
  h265: VideoCodec.H265,
};

/** The engine's word for a codec. */
export function nativeCodec(codec: WebRtcCodec): VideoCodec {
  return NATIVE[codec];
}

/** The codec that a track's MIME type names, in any case; null = none that we know, or not said. */
export function codecOfMime(mimeType: string | undefined): WebRtcCodec | null {
  const name = mimeType?.toLowerCase().replace(/^video\//, '') ?? '';
  return Object.hasOwn(NATIVE, name) ? (name as WebRtcCodec) : null;
}
