import type { HostView } from '../shared/hosting.ts';
import type { Clock } from '../shared/portal/clock.ts';
import type { FrameCodecs } from '../shared/portal/frame-codec.ts';
import type { VideoFrame } from '../shared/portal/types.ts';
import { thumbOf } from './picture-thumb.ts';
import type { Log, StationOutput } from './ports.ts';
import { startTicker } from './ticker.ts';

/** Set for a robot host that a window started: it says what the window shows, and listens on its standard input. */
export const FEEDS_WINDOW_ENV = 'PORTAL_CONSOLE_FEEDS_WINDOW';

const VIEWS_PER_S = 5;
const PREVIEW_EVERY_US = 200_000;
const PREVIEW_WIDTH = 480;
const PREVIEW_QUALITY = 70;

/** The part of a robot host that its window watches. */
export interface WatchedHost {
  view(): HostView;
  /** Returns the unsubscribe. */
  onCameraFrame(listener: (frame: VideoFrame) => void): () => void;
}

export interface HostFeedPorts {
  clock: Clock;
  output: StationOutput;
  log: Log;
  frameCodecs: FrameCodecs;
}

/**
 * What a robot host tells the window that started it, as events: a view five times a second, and small pictures. One picture is
 * in the making at a time, and those that come meanwhile are left out. Returns the stop.
 */
export function startHostFeed(host: WatchedHost, { clock, output, log, frameCodecs }: HostFeedPorts): () => void {
  const { mjpeg, toRgb } = frameCodecs;
  const dueUs = new Map<string, number>();
  let isBusy = false;

  const preview = async (frame: VideoFrame): Promise<void> => {
    if (mjpeg === undefined || toRgb === undefined) return;
    isBusy = true;
    try {
      const thumb = thumbOf(frame, PREVIEW_WIDTH);
      const rgbBorrow = thumb.format === 'rgb24' ? thumb.data : toRgb(thumb);
      const jpeg = await mjpeg.encode({ width: thumb.width, height: thumb.height, rgbBorrow }, PREVIEW_QUALITY);
      output.event({ event: 'preview', camera: frame.track, width: thumb.width, height: thumb.height, captured_us: frame.timestampUs, jpeg: Buffer.from(jpeg).toString('base64') });
    } catch (thrown) {
      log.warn('a preview could not be made', { camera: frame.track, error: String(thrown) });
    } finally {
      isBusy = false;
    }
  };

  const stops = [
    startTicker(clock, VIEWS_PER_S, () => output.event({ event: 'view', ...host.view() })),
    host.onCameraFrame((frame) => {
      const nowUs = clock.nowUs();
      if (isBusy || nowUs < (dueUs.get(frame.track) ?? 0)) return;
      dueUs.set(frame.track, nowUs + PREVIEW_EVERY_US);
      void preview(frame);
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
