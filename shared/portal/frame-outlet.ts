import type { Clock } from './clock.ts';
import type { VideoSpec } from './config.ts';
import { PortalError, describeError, toPortalError } from './errors.ts';
import type { FrameCodecs } from './frame-codec.ts';
import { type FrameVideoCodec, type FrameVideoHeader, encodeFrameVideo, encodeFrameVideoHeader } from './frame-video-packet.ts';
import type { MetricsCollector } from './metrics-collector.ts';
import { TOPIC } from './names.ts';
import type { Warn } from './row-outlet.ts';
import type { Transport } from './transport.ts';
import type { VideoFrame } from './types.ts';

/**
 * After a frame the track rests for this share of the time that sending took. The way to the receivers has queues of its
 * own; sending all the time would keep them full, and every frame would be as old as they are long.
 */
const REST_SHARE = 0.25;
const SHORTEST_REST_MS = 1;
/** Where sending takes so many times the camera's period, the frame that waits is as good as the next one, and older. */
const CROWDED_PERIODS = 3;
const LONGEST_PERIOD_MS = 100;

export interface FrameOutletPorts {
  transport: Pick<Transport, 'sendBytes'>;
  clock: Clock;
  metrics: MetricsCollector;
  warn: Warn;
  codecs: FrameCodecs;
}

interface Picture {
  header: FrameVideoHeader;
  rgb: Uint8Array;
}

interface Lane {
  isBusy: boolean;
  /** The newest one that came meanwhile. */
  waiting: Picture | null;
  /** A pixel buffer to fill again. */
  spare: Uint8Array | null;
  /** Between the last two frames. */
  periodMs: number;
  lastUs: number;
  /** Hears of the next one. */
  onNewer: (() => void) | null;
}

/**
 * A robot's byte-stream tracks. A track encodes and sends one frame at a time, and only the newest one waits: on a link
 * that is too slow frames get fewer, not older.
 */
export class FrameOutlet {
  readonly #ports: FrameOutletPorts;
  #lanes = new Map<string, Lane>();

  constructor(ports: FrameOutletPorts) {
    this.#ports = ports;
  }

  /**
   * Takes a frame of any size from 1×1 to 65535×65535; one that still waited is dropped for it. `frame.data` is borrowed.
   * Throws FRAME_INVALID, and VALUE_INVALID for the timestamp.
   */
  send(spec: VideoSpec, frame: VideoFrame): void {
    const { track, width, height, timestampUs } = frame;
    checkPixels(frame);
    const header: FrameVideoHeader = { codec: spec.codec as FrameVideoCodec, width, height, timestampUs, track };
    encodeFrameVideoHeader(header);
    const lane = this.#lane(track);
    this.#measure(lane);
    const picture = { header, rgb: this.#own(lane, frame) };
    if (!lane.isBusy) {
      lane.isBusy = true;
      void this.#run(lane, spec, picture);
      return;
    }
    if (lane.waiting !== null) this.#replaced(lane, lane.waiting);
    lane.waiting = picture;
    lane.onNewer?.();
  }

  /** The session is over: what waits belongs to it. */
  forget(): void {
    this.#lanes = new Map();
  }

  #lane(track: string): Lane {
    let lane = this.#lanes.get(track);
    if (lane === undefined) {
      lane = { isBusy: false, waiting: null, spare: null, periodMs: 0, lastUs: 0, onNewer: null };
      this.#lanes.set(track, lane);
    }
    return lane;
  }

  #own(lane: Lane, frame: VideoFrame): Uint8Array {
    if (frame.format === 'i420') {
      const { toRgb } = this.#ports.codecs;
      if (toRgb !== undefined) return toRgb(frame);
      throw new PortalError('FRAME_INVALID', `a frame of track '${frame.track}' is in i420, which cannot be converted here`, { expected: 'rgb24', got: frame.format, fix: 'Pass rgb24, or give the session the frame codec toRgb.' });
    }
    const { spare } = lane;
    if (spare?.byteLength !== frame.data.byteLength) return frame.data.slice();
    lane.spare = null;
    spare.set(frame.data);
    return spare;
  }

  #replaced(lane: Lane, { header, rgb }: Picture): void {
    lane.spare = rgb;
    this.#ports.metrics.frameDroppedPublisherFull(header.track);
    this.#ports.warn('publish-full', header.track,
      `track '${header.track}' drops frames: they come faster than the link carries them or this machine encodes them. Lower fps, the resolution or the quality, or declare the track with codec h264.`);
  }

  async #run(lane: Lane, spec: VideoSpec, first: Picture): Promise<void> {
    const lanes = this.#lanes;
    let picture: Picture | null = first;
    while (picture !== null && lanes === this.#lanes) {
      try {
        const sendingMs = await this.#carry(picture, spec, () => lanes === this.#lanes);
        lane.spare = picture.rgb;
        if (sendingMs * REST_SHARE >= SHORTEST_REST_MS) await this.#rest(sendingMs * REST_SHARE);
        if (lane.waiting !== null && lane.periodMs > 0 && sendingMs > CROWDED_PERIODS * lane.periodMs) await this.#newer(lane);
      } catch (thrown) {
        if (lanes !== this.#lanes) return;
        this.#ports.warn('send-failed', `track ${spec.name}`, `a frame of track '${spec.name}' was not sent: ${describeError(toPortalError(thrown, 'PUBLISH_FAILED').toJSON())}`);
      }
      picture = lane.waiting;
      lane.waiting = null;
    }
    lane.isBusy = false;
  }

  /** How long the sending alone took, ms. */
  async #carry({ header, rgb }: Picture, { codec, quality }: VideoSpec, isWanted: () => boolean): Promise<number> {
    const { clock, codecs, metrics, transport } = this.#ports;
    const encoder = codec === 'png' || codec === 'mjpeg' ? codecs[codec] : undefined;
    const { width, height, track } = header;
    const payload = encoder === undefined ? rgb : await encoder.encode({ width, height, rgbBorrow: rgb }, quality);
    if (!isWanted()) return 0;
    const packet = encodeFrameVideo(header, payload);
    const startUs = clock.nowUs();
    // Encoded pictures do not shrink any further.
    await transport.sendBytes(TOPIC.frameVideo, packet, { compress: codec === 'raw' });
    if (!isWanted()) return 0;
    metrics.frameSent(track, packet.byteLength);
    return (clock.nowUs() - startUs) / 1000;
  }

  #measure(lane: Lane): void {
    const nowUs = this.#ports.clock.nowUs();
    lane.periodMs = lane.lastUs === 0 ? 0 : Math.min(LONGEST_PERIOD_MS, Math.max(0, (nowUs - lane.lastUs) / 1000));
    lane.lastUs = nowUs;
  }

  /** Until the next frame has taken the place of the one that waits; not longer than it should take to come. */
  #newer(lane: Lane): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        lane.onNewer = null;
        cancel();
        resolve();
      };
      const cancel = this.#ports.clock.after(1.5 * lane.periodMs, done);
      lane.onNewer = done;
    });
  }

  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => { this.#ports.clock.after(ms, resolve); });
  }
}

/** Throws FRAME_INVALID: a byte-stream frame has at least one pixel, and the data fills it exactly. */
function checkPixels({ track, width, height, format, data }: VideoFrame): void {
  const isSide = (side: number): boolean => Number.isInteger(side) && side > 0 && (format === 'rgb24' || side % 2 === 0);
  if (!isSide(width) || !isSide(height)) {
    throw new PortalError('FRAME_INVALID', `a frame of track '${track}' has no size that can be sent`, {
      expected: format === 'rgb24' ? 'a width and height of 1 to 65535' : 'an even width and height', got: `${width}×${height}`, fix: 'Pass the size of the picture in pixels.',
    });
  }
  const bytes = format === 'rgb24' ? 3 * width * height : (3 * width * height) / 2;
  if (data.byteLength === bytes) return;
  throw new PortalError('FRAME_INVALID', `a frame of track '${track}' has the wrong number of bytes`, {
    expected: `${bytes} bytes of ${format} for ${width}×${height}`, got: `${data.byteLength} bytes`, fix: 'Pass tightly packed rows, without padding, in the format named.',
  });
}
