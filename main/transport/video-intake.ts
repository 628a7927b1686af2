import { VideoQuality, VideoStreamType } from '@livekit/rtc-ffi-bindings';
import type { NewVideoStreamResponse, VideoStreamEvent } from '@livekit/rtc-ffi-bindings';
import type { RemoteTrack, TransportListener, VideoPull, WebRtcCodec } from '../../shared/portal/transport.ts';
import { systemClock } from '../system-clock.ts';
import { DecodeWatch, readReceived } from './decode-watch.ts';
import { dropHandle, ffiRequest, ffiRoutes } from './ffi-client.ts';
import { frameTimestampUs } from './frame-timestamps.ts';
import type { OfferedTrack, PeerTable } from './peer-table.ts';
import { copyPixels, nativeType } from './video-buffer.ts';

/** Which tracks are wanted, by identity and name; outlives a session so that a reconnect finds them again. */
export class VideoWishes {
  readonly #pulls = new Map<string, VideoPull>();

  get(identity: string, name: string): VideoPull | null {
    return this.#pulls.get(key(identity, name)) ?? null;
  }

  set(identity: string, name: string, pull: VideoPull | null): void {
    if (pull === null) this.#pulls.delete(key(identity, name));
    else this.#pulls.set(key(identity, name), pull);
  }
}

function key(identity: string, name: string): string {
  return JSON.stringify([identity, name]);
}

/** A wish that the server has not answered after this long is told anew: of a subscription given up and renewed at once it may miss the last word. */
const ASK_AGAIN_MS = 3_000;
/** A busy server answers within these. */
const SAID_AFTER_ASKS = 3;

function described(identity: string, { name, codec }: Pick<OfferedTrack, 'name' | 'codec'>): string {
  return `track '${name}' of ${identity} (${codec ?? 'codec unknown'})`;
}

const NO_PIXELS = { format: 'i420', width: 0, height: 0, data: new Uint8Array(0) } as const;

interface Stream {
  handle: bigint;
  pull: VideoPull;
}

interface Subscription {
  identity: string;
  name: string;
  codec: WebRtcCodec | null;
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
  /** By track: what was asked for and has not come yet. */
  readonly #waiting = new Map<string, ReturnType<typeof setTimeout>>();
  /** Null in an encrypted session: there a wrong key looks the same, and is said by who knows it. */
  readonly #decoding: DecodeWatch | null;

  constructor(wishes: VideoWishes, peers: PeerTable, listener: Pick<TransportListener, 'onVideoFrame' | 'onWarning'>, isEncrypted: boolean) {
    this.#wishes = wishes;
    this.#peers = peers;
    this.#listener = listener;
    const say = (words: string): void => listener.onWarning('decode-failed', words);
    // A track that goes meanwhile takes its figures with it.
    const read = (track: bigint): ReturnType<typeof readReceived> => readReceived(track).catch(() => null);
    this.#decoding = isEncrypted ? null : new DecodeWatch({ clock: systemClock, read, say });
  }

  /** The wish for this track may have changed, or the track has just been offered. */
  apply(identity: string, name: string): void {
    const pull = this.#wishes.get(identity, name);
    for (const track of this.#peers.tracksNamed(identity, name)) this.#applyTo(identity, track, pull);
  }

  /** Asks again for everything wished for of this peer. */
  applyAll(identity: string): void {
    for (const name of this.#peers.trackNames(identity)) {
      if (this.#wishes.get(identity, name) !== null) this.apply(identity, name);
    }
  }

  #applyTo(identity: string, track: OfferedTrack, pull: VideoPull | null): void {
    const subscription = this.#subscriptions.get(track.sid);
    if (subscription !== undefined && subscription.stream?.pull !== pull) {
      this.#closeStream(subscription);
      if (pull !== null) this.#openStream(subscription, pull);
    }
    ffiRequest({ case: 'setSubscribed', value: { subscribe: pull !== null, publicationHandle: track.publication } });
    this.#settled(track.sid);
    if (pull !== null && subscription === undefined) this.#waiting.set(track.sid, setTimeout(() => this.#askAgain(identity, track, 1), ASK_AGAIN_MS));
    // The server may start a subscriber on a small picture and leave it there.
    if (pull !== null && track.isSimulcast) ffiRequest({ case: 'setRemoteTrackPublicationQuality', value: { trackPublicationHandle: track.publication, quality: VideoQuality.HIGH } });
  }

  /** `times` is how often it was asked for in vain. */
  #askAgain(identity: string, track: OfferedTrack, times: number): void {
    this.#waiting.delete(track.sid);
    if (this.#subscriptions.has(track.sid) || this.#peers.track(identity, track.sid) === null) return;
    try {
      ffiRequest({ case: 'setSubscribed', value: { subscribe: false, publicationHandle: track.publication } });
      ffiRequest({ case: 'setSubscribed', value: { subscribe: true, publicationHandle: track.publication } });
    } catch (thrown) {
      // The track went in between, and with it the wish.
      this.#listener.onWarning('engine-refused', thrown instanceof Error ? thrown.message : String(thrown));
      return;
    }
    if (times >= SAID_AFTER_ASKS) {
      this.#listener.onWarning('track-subscription-failed', `the server does not deliver ${described(identity, track)}, asked for again and again`);
    }
    this.#waiting.set(track.sid, setTimeout(() => this.#askAgain(identity, track, times + 1), ASK_AGAIN_MS));
  }

  #settled(sid: string): void {
    clearTimeout(this.#waiting.get(sid));
    this.#waiting.delete(sid);
  }

  /** The engine has the track: decode it if it is still wished for. */
  subscribed(identity: string, sid: string, track: bigint): void {
    this.#settled(sid);
    const offered = this.#peers.track(identity, sid);
    const pull = offered === null ? null : this.#wishes.get(identity, offered.name);
    if (offered === null || pull === null) return dropHandle(track);
    this.unsubscribed(sid);
    const subscription: Subscription = { identity, name: offered.name, codec: offered.codec, track, hasTimestamps: offered.hasTimestamps, stream: null };
    this.#subscriptions.set(sid, subscription);
    this.#openStream(subscription, pull);
  }

  unsubscribed(sid: string): void {
    const subscription = this.#subscriptions.get(sid);
    if (subscription === undefined) return;
    this.#subscriptions.delete(sid);
    this.#closeStream(subscription);
    dropHandle(subscription.track);
  }

  close(): void {
    for (const sid of [...this.#waiting.keys()]) this.#settled(sid);
    for (const sid of [...this.#subscriptions.keys()]) this.unsubscribed(sid);
  }

  #openStream(subscription: Subscription, pull: VideoPull): void {
    const { stream } = ffiRequest<NewVideoStreamResponse>({
      case: 'newVideoStream',
      // Without a format the engine hands over what its decoder made, which costs nothing.
      value: { trackHandle: subscription.track, type: VideoStreamType.VIDEO_STREAM_NATIVE, ...(pull === 'times' ? {} : { format: nativeType(pull) }), normalizeStride: true, queueSizeFrames: 1 },
    });
    const handle = stream?.handle?.id ?? 0n;
    subscription.stream = { handle, pull };
    ffiRoutes.video.set(handle, (event) => this.#handleEvent(subscription, event));
    this.#decoding?.begin(subscription.track, described(subscription.identity, subscription));
  }

  #closeStream(subscription: Subscription): void {
    if (subscription.stream === null) return;
    this.#decoding?.end(subscription.track);
    ffiRoutes.video.delete(subscription.stream.handle);
    dropHandle(subscription.stream.handle);
    subscription.stream = null;
  }

  #handleEvent(subscription: Subscription, event: VideoStreamEvent): void {
    if (event.message.case !== 'frameReceived') return;
    this.#decoding?.end(subscription.track);
    const { buffer, metadata } = event.message.value;
    const timestampUs = frameTimestampUs(metadata);
    try {
      // Until the first real frame the sender's engine fills the track with black ones, recognizable by the missing timestamp.
      if (timestampUs === null && subscription.hasTimestamps) return;
      const peer = this.#peers.get(subscription.identity);
      const pixels = subscription.stream?.pull === 'times' ? NO_PIXELS : buffer?.info === undefined ? null : copyPixels(buffer.info);
      if (peer === null || pixels === null) return;
      const track: RemoteTrack = { peer, name: subscription.name };
      this.#listener.onVideoFrame(track, { track: subscription.name, ...pixels, timestampUs });
    } finally {
      dropHandle(buffer?.handle?.id);
    }
  }
}
