import type { PortalConfig, VideoCodec } from './config.ts';
import { PortalError } from './errors.ts';
import type { WebRtcCodec } from './transport.ts';

const WEBRTC_CODECS: readonly VideoCodec[] = ['h264', 'vp8', 'vp9', 'av1', 'h265'] satisfies WebRtcCodec[];

/** Travels as a media track; the others as one byte stream a frame. */
export function isWebRtc(codec: VideoCodec): codec is WebRtcCodec {
  return WEBRTC_CODECS.includes(codec);
}

/** Throws NOT_SUPPORTED for a declared track that this version cannot carry: better at the start than as a picture that never comes. */
export function requireSupportedVideo(config: PortalConfig): void {
  for (const { name, codec } of config.videos) {
    if (isWebRtc(codec)) continue;
    throw new PortalError('NOT_SUPPORTED', `track '${name}' declares codec ${codec}, which this version does not carry`, {
      expected: WEBRTC_CODECS.join(', '), got: codec, fix: `Declare track '${name}' with codec h264 on both sides.`,
    });
  }
}

export function unknownTrack(name: string, declared: readonly string[]): PortalError {
  return new PortalError('UNKNOWN_TRACK', `no video track '${name}' is declared`, {
    expected: declared.join(', ') || 'no track at all', got: name, fix: 'Declare it under videos on both sides.',
  });
}
