import type { PortalPorts } from '../../shared/portal/link.ts';
import { createFrameCodecs } from '../codecs/frame-codecs.ts';
import { systemClock } from '../system-clock.ts';
import { LivekitTransport } from '../transport/livekit-transport.ts';
import { toRgb } from '../transport/to-rgb.ts';

/** What a session needs from outside, brought anew for each: a program on the library names none of it. */
export function libraryPorts(): PortalPorts {
  return { transport: new LivekitTransport(), clock: systemClock, frameCodecs: { ...createFrameCodecs(), toRgb } };
}
