import type {
  ByteStream, ConnectionState, DataPacket, DisconnectReason, Peer, RemoteTrack, TrackOffer, TransportListener,
} from '../../shared/portal/transport.ts';
import type { VideoFrame } from '../../shared/portal/types.ts';

export type ReceivedFrame = Omit<VideoFrame, 'timestampUs'> & { timestampUs: number | null };
export interface ReceivedData { topic: string; payload: Uint8Array; from: Peer | null }

/** Long: a machine that is busy with others is no failure, and where all is well nobody waits for it. */
const DEADLINE_MS = 30_000;

/** A listener that keeps everything it was told and lets a test wait for a condition instead of a fixed time. */
export class TransportLog implements TransportListener {
  readonly connections: { state: ConnectionState; reason: DisconnectReason | null }[] = [];
  readonly joined: Peer[] = [];
  readonly left: Peer[] = [];
  /** Those of `left` whose identity was taken over by another connection. */
  readonly replaced: Peer[] = [];
  readonly attributes: { peer: Peer; changed: Readonly<Record<string, string>> }[] = [];
  readonly data: ReceivedData[] = [];
  readonly streams: ByteStream[] = [];
  readonly available: TrackOffer[] = [];
  readonly gone: RemoteTrack[] = [];
  readonly frames: { track: RemoteTrack; frame: ReceivedFrame }[] = [];
  readonly warnings: { tag: string; message: string }[] = [];
  readonly #waiters = new Set<() => void>();

  onConnection(state: ConnectionState, reason: DisconnectReason | null): void { this.#keep(this.connections, { state, reason }); }
  onPeerJoined(peer: Peer): void { this.#keep(this.joined, peer); }
  onPeerLeft(peer: Peer, isReplaced = false): void {
    if (isReplaced) this.replaced.push(peer);
    this.#keep(this.left, peer);
  }
  onPeerAttributes(peer: Peer, changed: Readonly<Record<string, string>>): void { this.#keep(this.attributes, { peer, changed }); }
  onData(packet: DataPacket): void {
    this.#keep(this.data, { topic: packet.topic, payload: packet.payloadBorrow.slice(), from: packet.from });
  }
  onByteStream(stream: ByteStream): void { this.#keep(this.streams, stream); }
  onTrackAvailable(track: TrackOffer): void { this.#keep(this.available, track); }
  onTrackGone(track: RemoteTrack): void { this.#keep(this.gone, track); }
  onVideoFrame(track: RemoteTrack, frame: ReceivedFrame): void { this.#keep(this.frames, { track, frame }); }
  onWarning(tag: string, message: string): void { this.#keep(this.warnings, { tag, message }); }

  /** Waits until `condition` holds, looking after every event; fails with `what` at the deadline. */
  until(what: string, condition: (log: this) => boolean, deadlineMs = DEADLINE_MS): Promise<void> {
    if (condition(this)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!condition(this)) return;
        this.#waiters.delete(look);
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(look);
        reject(new Error(`waited ${deadlineMs} ms in vain for: ${what}. Seen: ${this.summary()}`));
      }, deadlineMs);
      this.#waiters.add(look);
    });
  }

  summary(): string {
    return JSON.stringify({
      connections: this.connections,
      joined: this.joined.map((peer) => peer.identity),
      left: this.left.map((peer) => peer.identity),
      attributes: this.attributes.map(({ peer, changed }) => [peer.identity, changed]),
      data: this.data.length, streams: this.streams.length, frames: this.frames.length,
      tracks: this.available.map((track) => track.name), warnings: this.warnings,
    });
  }

  #keep<T>(list: T[], item: T): void {
    list.push(item);
    for (const look of [...this.#waiters]) look();
  }
}
