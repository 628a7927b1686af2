import { isWebRtcCodec, type PortalConfig, type VideoCodec } from './config.ts';
import { describeError, toPortalError } from './errors.ts';
import type { FrameCodecs } from './frame-codec.ts';
import { type DecodedFrameVideoHeader, decodeFrameVideoHeader } from './frame-video-packet.ts';
import { type ImageSize, readJpegSize, readPngSize } from './image-size.ts';
import type { Warn } from './row-outlet.ts';
import type { VideoFrame } from './types.ts';

/** Most pixels of a frame that is decoded, unless an operator says otherwise. */
export const DEFAULT_MAX_FRAME_PIXELS = 4096 * 4096;
/** Frames of a track that may wait for the decoder: a link that stood still brings several at once. */
const MAX_WAITING = 4;

export interface FrameIntakePorts {
  codecs: FrameCodecs;
  warn: Warn;
  maxPixels: number;
  /** False = a frame is delivered as of 0×0, without data, and none is decoded. */
  wantsPixels: () => boolean;
  /** A decoded frame, in order within its track, and the bytes it took on the wire. */
  deliver(frame: VideoFrame, bytesOnWire: number): void;
}

interface Encoded {
  header: DecodedFrameVideoHeader;
  size: ImageSize;
  packet: Uint8Array;
}

interface Lane {
  isBusy: boolean;
  waiting: Encoded[];
}

/**
 * An operator's byte-stream tracks. Everything a packet claims is checked before anything is allocated by it; decoding
 * happens elsewhere, one frame of a track at a time, so that frames come out in the order they came in.
 */
export class FrameIntake {
  readonly #ports: FrameIntakePorts;
  readonly #declared: ReadonlyMap<string, VideoCodec>;
  #lanes = new Map<string, Lane>();

  constructor(config: PortalConfig, ports: FrameIntakePorts) {
    this.#ports = ports;
    this.#declared = new Map(config.videos.map(({ name, codec }) => [name, codec]));
  }

  /** A frame packet of the robot; it keeps `packet`. What is wrong with one is a warning and costs nothing else. */
  take(packet: Uint8Array): void {
    const header = decodeFrameVideoHeader(packet);
    if (!header.ok) {
      const { reason, expected, got } = header;
      return this.#ports.warn('bad-payload', `frame ${reason}`, `a video frame of the robot was dropped: ${reason} expected ${expected}, got ${got}. Check the robot's version, and that no other program uses the topic.`);
    }
    const { track, codec } = header;
    const declared = this.#declared.get(track);
    if (declared === undefined) {
      return this.#ports.warn('unknown-track', track, `the robot sends a track '${track}' that is not declared here; it is dropped. Declare it under videos, or share one portal.yaml.`);
    }
    if (declared !== codec) {
      return this.#ports.warn('codec-mismatch', track, `the robot sends track '${track}' as ${codec}, declared here is ${declared}; its frames are dropped. Declare the same codec on both sides${isWebRtcCodec(declared) ? '' : ', or share one portal.yaml'}.`);
    }
    const size = this.#checkedSize(header, packet);
    if (size !== null) this.#accept({ header, size, packet });
  }

  /** The robot or the session changed: what is being decoded belongs to the one before. */
  forget(): void {
    this.#lanes = new Map();
  }

  /** Null = refused, and said why. */
  #checkedSize({ codec, width, height, track, headerBytes }: DecodedFrameVideoHeader, packet: Uint8Array): ImageSize | null {
    const payload = packet.subarray(headerBytes);
    const size = codec === 'raw' ? { width, height } : codec === 'png' ? readPngSize(payload) : readJpegSize(payload);
    const refuse = (what: string): null => {
      this.#failed(track, what);
      return null;
    };
    if (size === null) return refuse(`its payload is no ${codec === 'png' ? 'plain PNG' : 'JPEG'}`);
    // A header of 0×0 leaves it to the picture.
    const isUnsaid = codec !== 'raw' && width === 0 && height === 0;
    if (!isUnsaid && (size.width !== width || size.height !== height)) return refuse(`it claims ${width}×${height} and holds ${size.width}×${size.height}`);
    if (size.width * size.height > this.#ports.maxPixels) return refuse(`${size.width}×${size.height} are more than the ${this.#ports.maxPixels} pixels allowed; raise maxFramePixels for a camera this large`);
    const bytes = 3 * size.width * size.height;
    if (codec === 'raw' && (bytes === 0 || payload.byteLength !== bytes)) return refuse(`${payload.byteLength} bytes are no ${width}×${height} pixels`);
    return size;
  }

  #accept(encoded: Encoded): void {
    const { header, size, packet } = encoded;
    if (!this.#ports.wantsPixels()) return this.#deliver(header, { width: 0, height: 0 }, new Uint8Array(0), packet.byteLength);
    const decoder = header.codec === 'raw' ? undefined : this.#ports.codecs[header.codec];
    if (decoder === undefined) {
      this.#deliver(header, size, packet.subarray(header.headerBytes), packet.byteLength);
      return;
    }
    let lane = this.#lanes.get(header.track);
    if (lane === undefined) this.#lanes.set(header.track, (lane = { isBusy: false, waiting: [] }));
    if (lane.waiting.length >= MAX_WAITING) {
      // The decoder is behind for good: only the newest is worth its time.
      lane.waiting = [];
      this.#ports.warn('decode-slow', header.track, `frames of track '${header.track}' come faster than this machine decodes them; old ones are left out. Lower fps or the resolution, or use codec mjpeg or h264.`);
    }
    lane.waiting.push(encoded);
    if (lane.isBusy) return;
    lane.isBusy = true;
    void this.#decodeAll(lane);
  }

  async #decodeAll(lane: Lane): Promise<void> {
    const lanes = this.#lanes;
    for (let next = lane.waiting.shift(); next !== undefined && lanes === this.#lanes; next = lane.waiting.shift()) {
      const { header, size, packet } = next;
      const decoder = header.codec === 'raw' ? undefined : this.#ports.codecs[header.codec];
      try {
        const rgb = await decoder?.decode(packet.subarray(header.headerBytes), size.width, size.height);
        if (lanes !== this.#lanes) return;
        if (rgb?.byteLength === 3 * size.width * size.height) this.#deliver(header, size, rgb, packet.byteLength);
        else this.#failed(header.track, 'it does not fill its size');
      } catch (thrown) {
        if (lanes === this.#lanes) this.#failed(header.track, describeError(toPortalError(thrown, 'FRAME_INVALID').toJSON()));
      }
    }
    lane.isBusy = false;
  }

  #deliver({ track, timestampUs }: DecodedFrameVideoHeader, { width, height }: ImageSize, data: Uint8Array, bytesOnWire: number): void {
    this.#ports.deliver({ track, width, height, format: 'rgb24', data, timestampUs }, bytesOnWire);
  }

  #failed(track: string, why: string): void {
    this.#ports.warn('decode-failed', track, `a frame of track '${track}' could not be decoded and was dropped: ${why}. The robot's encoder, or something on the way, breaks its pictures.`);
  }
}
