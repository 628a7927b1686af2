import { isWebRtcCodec, type PortalConfig } from './config.ts';
import { PortalError } from './errors.ts';
import type { FrameCodecs } from './frame-codec.ts';

/** Throws NOT_SUPPORTED for a declared track whose codec this session was not given: better at the start than as a picture that never comes. */
export function requireSupportedVideo({ videos }: PortalConfig, codecs: FrameCodecs = {}): void {
  for (const { name, codec } of videos) {
    if (isWebRtcCodec(codec) || codec === 'raw' || codecs[codec] !== undefined) continue;
    throw new PortalError('NOT_SUPPORTED', `track '${name}' declares codec ${codec}, which this session has no codec for`, {
      expected: ['h264', 'vp8', 'vp9', 'av1', 'h265', 'raw', ...(['png', 'mjpeg'] as const).filter((name) => codecs[name] !== undefined)].join(', '), got: codec, fix: `Pass frameCodecs that have it, or declare track '${name}' with codec h264 or raw on both sides.`,
    });
  }
}

export function unknownTrack(name: string, declared: readonly string[]): PortalError {
  return new PortalError('UNKNOWN_TRACK', `no video track '${name}' is declared`, {
    expected: declared.join(', ') || 'no track at all', got: name, fix: 'Declare it under videos on both sides.',
  });
}
