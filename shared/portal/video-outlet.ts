import type { Clock } from './clock.ts';
import { isWebRtcCodec, type PortalConfig, type VideoSpec } from './config.ts';
import { PortalError, describeError, toPortalError } from './errors.ts';
import type { FrameCodecs } from './frame-codec.ts';
import { FrameOutlet } from './frame-outlet.ts';
import type { MetricsCollector } from './metrics-collector.ts';
import type { Warn } from './row-outlet.ts';
import type { Transport, VideoPublication, WebRtcCodec } from './transport.ts';
import type { VideoFrame } from './types.ts';
import { unknownTrack } from './video-support.ts';

/** The peer's cap where a track sets none. */
const DEFAULT_MAX_BITRATE_KBPS = 10_000;
/** After a refused publication, before the next frame tries again. */
const RETRY_AFTER_MS = 2000;

export interface VideoOutletPorts {
  transport: Transport;
  clock: Clock;
  metrics: MetricsCollector;
  warn: Warn;
  codecs: FrameCodecs;
}

type TrackState =
  | { phase: 'idle' }
  | { phase: 'publishing' }
  | { phase: 'open'; publication: VideoPublication }
  /** `retryAtUs` Infinity = not in this session. */
  | { phase: 'failed'; retryAtUs: number };

/** A robot's tracks. A WebRTC track is published with its first frame, because only that one tells width and height. */
export class VideoOutlet {
  readonly #config: PortalConfig;
  readonly #ports: VideoOutletPorts;
  readonly #specs: ReadonlyMap<string, VideoSpec>;
  readonly #frames: FrameOutlet;
  #tracks = new Map<string, TrackState>();

  constructor(config: PortalConfig, ports: VideoOutletPorts) {
    this.#config = config;
    this.#ports = ports;
    this.#frames = new FrameOutlet(ports);
    this.#specs = new Map(config.videos.map((spec) => [spec.name, spec]));
  }

  /** False = dropped. `frame.data` is borrowed. Throws UNKNOWN_TRACK, FRAME_INVALID and, for a byte-stream track, VALUE_INVALID. */
  send(frame: VideoFrame): boolean {
    const spec = this.#specs.get(frame.track);
    if (spec === undefined) throw unknownTrack(frame.track, [...this.#specs.keys()]);
    if (!isWebRtcCodec(spec.codec)) {
      this.#frames.send(spec, frame);
      return true;
    }
    checkFrame(frame);
    const state = this.#tracks.get(frame.track) ?? { phase: 'idle' };
    switch (state.phase) {
      case 'open':
        return this.#hand(state.publication, frame);
      case 'publishing':
        return this.#dropped(frame.track);
      case 'failed':
        if (this.#ports.clock.nowUs() < state.retryAtUs) return this.#dropped(frame.track);
        break;
      case 'idle':
        break;
    }
    void this.#publish(spec, { ...frame, data: frame.data.slice() });
    return true;
  }

  /** The session is over: its publications went with it. */
  forget(): void {
    this.#tracks = new Map();
    this.#frames.forget();
  }

  async #publish(spec: VideoSpec, first: VideoFrame): Promise<void> {
    const tracks = this.#tracks;
    tracks.set(spec.name, { phase: 'publishing' });
    try {
      const publication = await this.#ports.transport.publishVideo(spec.name, {
        codec: spec.codec as WebRtcCodec,
        maxBitrateKbps: spec.maxBitrateKbps ?? DEFAULT_MAX_BITRATE_KBPS,
        maxFps: 2 * this.#config.fps,
        simulcast: spec.simulcast,
        screencast: spec.screencast,
        width: first.width,
        height: first.height,
      });
      if (tracks !== this.#tracks) return;
      // Handed over before the track counts as open: a publication that cannot take its first frame has failed.
      this.#hand(publication, first);
      tracks.set(spec.name, { phase: 'open', publication });
    } catch (thrown) {
      if (tracks !== this.#tracks) return;
      const error = toPortalError(thrown, 'PUBLISH_FAILED');
      // An encoder does not appear while the program runs; trying again would flash a wrong track at every operator.
      const isFinal = error.code === 'NOT_SUPPORTED';
      tracks.set(spec.name, { phase: 'failed', retryAtUs: isFinal ? Infinity : this.#ports.clock.nowUs() + RETRY_AFTER_MS * 1000 });
      this.#ports.warn('publish-failed', `track ${spec.name}`, `video track '${spec.name}' (${spec.codec}) was not published: ${describeError(error.toJSON())} ${isFinal ? 'Not tried again in this session.' : `Trying again every ${RETRY_AFTER_MS / 1000} s.`}`);
    }
  }

  #hand(publication: VideoPublication, frame: VideoFrame): boolean {
    if (publication.send(frame)) {
      // What the encoder makes of it, and with it the bytes on the wire, stays inside the engine.
      this.#ports.metrics.frameSent(frame.track, 0);
      return true;
    }
    this.#ports.warn('publish-full', frame.track,
      `track '${frame.track}' drops frames: the encoder is still taking the last one, or the connection is being restored. Send fewer or smaller frames, or lower fps, the resolution or the other load of this machine.`);
    return this.#dropped(frame.track);
  }

  #dropped(track: string): false {
    this.#ports.metrics.frameDroppedPublisherFull(track);
    return false;
  }
}

/** Throws FRAME_INVALID: encoders need even sides, and pixels that fill the frame. */
function checkFrame({ track, width, height, format, data }: VideoFrame): void {
  const isSide = (side: number): boolean => Number.isInteger(side) && side > 0 && side % 2 === 0;
  if (!isSide(width) || !isSide(height)) {
    throw new PortalError('FRAME_INVALID', `a frame of track '${track}' has a size that cannot be encoded`, {
      expected: 'an even width and height', got: `${width}×${height}`, fix: 'Crop or scale the picture to even sides.',
    });
  }
  const bytes = format === 'rgb24' ? 3 * width * height : (3 * width * height) / 2;
  if (data.byteLength === bytes) return;
  throw new PortalError('FRAME_INVALID', `a frame of track '${track}' has the wrong number of bytes`, {
    expected: `${bytes} bytes of ${format} for ${width}×${height}`, got: `${data.byteLength} bytes`, fix: 'Pass tightly packed rows, without padding, in the format named.',
  });
}
