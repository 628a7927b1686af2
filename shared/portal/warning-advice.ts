import type { WarningTag } from './warning-tags.ts';

/** Likely cause and knob of what a transport warns of: it knows what happened, and not what a program can do about it. */
const ADVICE: Partial<Record<WarningTag, string>> = {
  'announce-late': 'It heals by itself; with the role in the token, and a key and secret here, it does not happen.',
  'byte-stream-broken': 'Its sender left or lost its link in the middle; the next one is taken.',
  'byte-stream-crowded': 'Its sender opens them faster than its link carries them: lower its fps, or make frames and chunks smaller.',
  'byte-stream-idle': 'Its sender died in the middle or its link is gone; the next one is taken.',
  'byte-stream-too-large': 'Lower the resolution, declare the track as mjpeg, or shorten the chunk.',
  'engine-refused': 'Usually a track or stream that went in that moment; if it goes on, join again.',
  'rpc-handler-failed': 'Its caller is told 1500; catch it in the handler, or throw a PortalError with an rpcCode of your own.',
  'track-subscription-failed':
    'Check that the token allows subscribing. A codec that this side cannot decode is not delivered either: declare the track with h264, vp8 or vp9 in portal.yaml on both sides.',
};

/** A transport's warning with what to do about it. */
export function withAdvice(tag: WarningTag, message: string): string {
  const advice = ADVICE[tag];
  return advice === undefined ? message : `${message.replace(/\.$/u, '')}. ${advice}`;
}
