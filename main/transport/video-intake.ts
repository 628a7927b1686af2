import { VideoStreamType } from '@livekit/rtc-ffi-bindings';
import type { NewVideoStreamResponse, VideoStreamEvent } from '@livekit/rtc-ffi-bindings';
import type { RemoteTrack, TransportListener } from '../../shared/portal/transport.ts';
import type { PixelFormat } from '../../shared/portal/types.ts';
import { dropHandle, ffiRequest, ffiRoutes } from './ffi-client.ts';
import { frameTimestampUs } from './frame-timestamps.ts';
import type { OfferedTrack, PeerTable } from './peer-table.ts';
import { copyPixels, nativeType } from './video-buffer.ts';

/** Which tracks are wanted, by identity and name; outlives a session so that a reconnect finds them again. */
export class VideoWishes {
  readonly #formats = new Map<string, PixelFormat>();

  get(identity: string, name: string): PixelFormat | null {
    return this.#formats.get(key(identity, name)) ?? null;
  }

  set(identity: string, name: string, format: PixelFormat | null): void {
    if (format === null) this.#formats.delete(key(identity, name));
    else this.#formats.set(key(identity, name), format);
  }
}

function key(identity: string, name: string): string {
  return JSON.stringify([identity, name]);
}

interface Stream {
  handle: bigint;
  format: PixelFormat;
}

interface Subscription {
  identity: string;
  name: string;
  /** Native track, owned here while subscribed. */
  track: bigint;
  hasTimestamps: boolean;
  stream: Stream | null;
}

/**
 * Subscribes, decodes and hands on exactly the tracks that are wished for. The engine keeps only the newest decoded frame,
 * so a slow main process loses frames instead of memory; every stream, track and buffer handle is freed here.
 */
export class VideoIntake {
  readonly #wishes: VideoWishes;
  readonly #peers: PeerTable;
  readonly #listener: Pick<TransportListener, 'onVideoFrame' | 'onWarning'>;
  readonly #subscriptions = new Map<string, Subscription>();

  constructor(wishes: VideoWishes, peers: PeerTable, listener: Pick<TransportListener, 'onVideoFrame' | 'onWarning'>) {
    this.#wishes = wishes;
    this.#peers = peers;
    this.#listener = listener;
  }

  /** The wish for this track may have changed, or the track has just been offered. */
  apply(identity: string, name: string): void {
    const format = this.#wishes.get(identity, name);
    for (const track of this.#peers.tracksNamed(identity, name)) this.#applyTo(track, format);
  }

  /** Asks again for everything wished for of this peer. */
  applyAll(identity: string): void {
    for (const name of this.#peers.trackNames(identity)) {
      if (this.#wishes.get(identity, name) !== null) this.apply(identity, name);
    }
  }

  #applyTo(track: OfferedTrack, format: PixelFormat | null): void {
    const subscription = this.#subscriptions.get(track.sid);
    if (subscription !== undefined && subscription.stream?.format !== format) {
      this.#closeStream(subscription);
      if (format !== null) this.#openStream(subscription, format);
    }
    ffiRequest({ case: 'setSubscribed', value: { subscribe: format !== null, publicationHandle: track.publication } });
  }

  /** The engine has the track: decode it if it is still wished for. */
  subscribed(identity: string, sid: string, track: bigint): void {
    const offered = this.#peers.track(identity, sid);
    const format = offered === null ? null : this.#wishes.get(identity, offered.name);
    if (offered === null || format === null) return dropHandle(track);
    this.unsubscribed(sid);
    const subscription: Subscription = { identity, name: offered.name, track, hasTimestamps: offered.hasTimestamps, stream: null };
    this.#subscriptions.set(sid, subscription);
    this.#openStream(subscription, format);
  }

  unsubscribed(sid: string): void {
    const subscription = this.#subscriptions.get(sid);
    if (subscription === undefined) return;
    this.#subscriptions.delete(sid);
    this.#closeStream(subscription);
    dropHandle(subscription.track);
  }

  close(): void {
    for (const sid of [...this.#subscriptions.keys()]) this.unsubscribed(sid);
  }

  #openStream(subscription: Subscription, format: PixelFormat): void {
    const { stream } = ffiRequest<NewVideoStreamResponse>({
      case: 'newVideoStream',
      value: { trackHandle: subscription.track, type: VideoStreamType.VIDEO_STREAM_NATIVE, format: nativeType(format), normalizeStride: true, queueSizeFrames: 1 },
    });
    const handle = stream?.handle?.id ?? 0n;
    subscription.stream = { handle, format };
    ffiRoutes.video.set(handle, (event) => this.#handleEvent(subscription, event));
  }

  #closeStream(subscription: Subscription): void {
    if (subscription.stream === null) return;
    ffiRoutes.video.delete(subscription.stream.handle);
    dropHandle(subscription.stream.handle);
    subscription.stream = null;
  }

  #handleEvent(subscription: Subscription, event: VideoStreamEvent): void {
    if (event.message.case !== 'frameReceived') return;
    const { buffer, metadata } = event.message.value;
    const timestampUs = frameTimestampUs(metadata);
    try {
      // Until the first real frame the sender's engine fills the track with black ones, recognizable by the missing timestamp.
      if (timestampUs === null && subscription.hasTimestamps) return;
      const peer = this.#peers.get(subscription.identity);
      const pixels = buffer?.info === undefined ? null : copyPixels(buffer.info);
      if (peer === null || pixels === null) return;
      const track: RemoteTrack = { peer, name: subscription.name };
      this.#listener.onVideoFrame(track, { track: subscription.name, ...pixels, timestampUs });
    } finally {
      dropHandle(buffer?.handle?.id);
    }
  }
}
