import { DegradationPreference, TrackSource, VideoSourceType } from '@livekit/rtc-ffi-bindings';
import type { CreateVideoTrackResponse, NewVideoSourceResponse, PublishTrackCallback, UnpublishTrackCallback } from '@livekit/rtc-ffi-bindings';
import { PortalError } from '../../shared/portal/errors.ts';
import type { VideoPublication, VideoPublishOptions, WebRtcCodec } from '../../shared/portal/transport.ts';
import type { VideoFrame } from '../../shared/portal/types.ts';
import { withDeadline } from './deadline.ts';
import { dropHandle, ffiCall, ffiCapture, ffiRequest, type CallGroup } from './ffi-client.ts';
import { FRAME_TIMESTAMP_FEATURES } from './frame-timestamps.ts';
import { checkPixels } from './video-buffer.ts';
import { codecOfMime, nativeCodec } from './video-codec.ts';

const PUBLISH_TIMEOUT_MS = 10_000;

/** What a publication needs to know of the session it lives in. */
export interface PublishingSession {
  /** Native handle of the local participant. */
  participant: bigint;
  calls: CallGroup;
  isSending(): boolean;
  onClosed(publisher: VideoPublisher): void;
}

/** One published WebRTC track. Each frame is handed to the engine with its timestamp; the encoder runs on the engine's threads. */
export class VideoPublisher implements VideoPublication {
  readonly #session: PublishingSession;
  readonly #source: bigint;
  readonly #track: bigint;
  #publication: bigint | undefined;
  #sid = '';
  #isTaking = false;
  #isClosed = false;

  private constructor(session: PublishingSession, source: bigint, track: bigint) {
    this.#session = session;
    this.#source = source;
    this.#track = track;
  }

  /** Rejects with PUBLISH_FAILED, or NOT_SUPPORTED for a codec that this machine cannot encode. */
  static async open(name: string, options: VideoPublishOptions, session: PublishingSession): Promise<VideoPublisher> {
    const { source } = ffiRequest<NewVideoSourceResponse>({
      case: 'newVideoSource',
      value: { type: VideoSourceType.VIDEO_SOURCE_NATIVE, resolution: { width: options.width, height: options.height }, isScreencast: options.screencast },
    });
    const sourceHandle = source?.handle?.id ?? 0n;
    const { track } = ffiRequest<CreateVideoTrackResponse>({ case: 'createVideoTrack', value: { name, sourceHandle } });
    const publisher = new VideoPublisher(session, sourceHandle, track?.handle?.id ?? 0n);
    try {
      await publisher.#publish(name, options);
      return publisher;
    } catch (thrown) {
      if (publisher.#publication === undefined) publisher.abandon();
      else await publisher.close();
      throw thrown;
    }
  }

  async #publish(name: string, options: VideoPublishOptions): Promise<void> {
    const reply = await withDeadline(
      ffiCall<PublishTrackCallback>({
        case: 'publishTrack',
        value: {
          localParticipantHandle: this.#session.participant,
          trackHandle: this.#track,
          options: {
            videoCodec: nativeCodec(options.codec),
            videoEncoding: { maxBitrate: BigInt(Math.round(options.maxBitrateKbps * 1000)), maxFramerate: options.maxFps },
            simulcast: options.simulcast,
            source: TrackSource.SOURCE_CAMERA,
            frameMetadataFeatures: FRAME_TIMESTAMP_FEATURES,
            degradationPreference: options.screencast
              ? DegradationPreference.MAINTAIN_RESOLUTION
              : DegradationPreference.MAINTAIN_FRAMERATE,
          },
        },
      }, this.#session.calls),
      PUBLISH_TIMEOUT_MS,
      () => publishFailed(name, `no answer within ${PUBLISH_TIMEOUT_MS / 1000} s`),
    );
    if (reply.message.case !== 'publication') throw publishFailed(name, reply.message.value ?? 'no reason given');
    this.#publication = reply.message.value.handle?.id;
    this.#sid = reply.message.value.info?.sid ?? '';
    // Without an encoder for the codec the engine takes another one and says so nowhere else.
    const encoded = codecOfMime(reply.message.value.info?.mimeType);
    if (encoded !== null && encoded !== options.codec) throw cannotEncode(name, options.codec, encoded);
  }

  /** Hands the pixels over; they are copied before it returns. Throws FRAME_INVALID. */
  send(frame: VideoFrame): boolean {
    if (this.#isTaking || this.#isClosed || !this.#session.isSending()) return false;
    checkPixels(frame);
    this.#isTaking = true;
    try {
      ffiCapture(this.#source, frame);
    } finally {
      this.#isTaking = false;
    }
    return true;
  }

  /** The server gave the track a new id after a full reconnect. */
  rename(previousSid: string, sid: string): void {
    if (this.#sid === previousSid) this.#sid = sid;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#session.isSending()) {
      const value = { localParticipantHandle: this.#session.participant, trackSid: this.#sid, stopOnUnpublish: true };
      // Whatever the answer, the track is gone for us; the server drops it with the session at the latest.
      await withDeadline(ffiCall<UnpublishTrackCallback>({ case: 'unpublishTrack', value }, this.#session.calls), PUBLISH_TIMEOUT_MS, () => new Error('unpublish')).catch(() => null);
    }
    this.#free();
  }

  /** Frees what the engine holds without asking the server: the session is over. */
  abandon(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#free();
  }

  #free(): void {
    for (const handle of [this.#publication, this.#track, this.#source]) dropHandle(handle);
    this.#session.onClosed(this);
  }
}

function cannotEncode(name: string, wanted: WebRtcCodec, encoded: WebRtcCodec): PortalError {
  return new PortalError('NOT_SUPPORTED', `this machine cannot encode ${wanted} for video track ${name}`, {
    expected: wanted, got: encoded, fix: `Declare the track with codec h264 or ${encoded} on both sides, or run the robot on a machine with an encoder for ${wanted}.`,
  });
}

function publishFailed(name: string, got: string): PortalError {
  return new PortalError('PUBLISH_FAILED', `video track ${name} could not be published`, {
    expected: 'the server to take the track',
    got,
    fix: 'Check that the token allows publishing and that this machine can encode the codec.',
  });
}
