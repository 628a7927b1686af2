import type { ParticipantInfo } from '@livekit/rtc-ffi-bindings';
import type { Peer, WebRtcCodec } from '../../shared/portal/transport.ts';

/** A video track a peer offers, as the engine knows it. */
export interface OfferedTrack {
  sid: string;
  name: string;
  /** Null = not said, or none that we know. */
  codec: WebRtcCodec | null;
  /** Native publication handle; subscribing needs it. */
  publication: bigint;
  /** The publisher promises a timestamp with every frame. */
  hasTimestamps: boolean;
  /** Offered in several sizes at once. */
  isSimulcast: boolean;
}

interface Entry {
  peer: Peer;
  handle: bigint | undefined;
  tracks: Map<string, OfferedTrack>;
}

/** What the engine says of a participant, as a Peer. */
export function peerOf(info: ParticipantInfo): Peer {
  return { identity: info.identity ?? '', sessionId: info.sid ?? '', attributes: { ...info.attributes } };
}

/** Who is in the room and which video tracks they offer. Native handles in it belong to the table's user. */
export class PeerTable {
  readonly #entries = new Map<string, Entry>();

  get(identity: string): Peer | null {
    return this.#entries.get(identity)?.peer ?? null;
  }

  set(peer: Peer, handle: bigint | undefined): void {
    const known = this.#entries.get(peer.identity);
    this.#entries.set(peer.identity, { peer, handle: handle ?? known?.handle, tracks: known?.tracks ?? new Map() });
  }

  /** The peer with other attributes; null when it is not in the room. */
  setAttributes(identity: string, attributes: Record<string, string>): Peer | null {
    const entry = this.#entries.get(identity);
    if (entry === undefined) return null;
    entry.peer = { ...entry.peer, attributes };
    return entry.peer;
  }

  /** Takes the peer out; its tracks and handle go to the caller. */
  remove(identity: string): Entry | null {
    const entry = this.#entries.get(identity) ?? null;
    this.#entries.delete(identity);
    return entry;
  }

  addTrack(identity: string, track: OfferedTrack): void {
    this.#entries.get(identity)?.tracks.set(track.sid, track);
  }

  removeTrack(identity: string, sid: string): OfferedTrack | null {
    const tracks = this.#entries.get(identity)?.tracks;
    const track = tracks?.get(sid) ?? null;
    tracks?.delete(sid);
    return track;
  }

  track(identity: string, sid: string): OfferedTrack | null {
    return this.#entries.get(identity)?.tracks.get(sid) ?? null;
  }

  /** Every offer of that name: a restarting publisher may show two for a moment. */
  tracksNamed(identity: string, name: string): OfferedTrack[] {
    return [...(this.#entries.get(identity)?.tracks.values() ?? [])].filter((track) => track.name === name);
  }

  trackSids(identity: string): string[] {
    return [...(this.#entries.get(identity)?.tracks.keys() ?? [])];
  }

  trackNames(identity: string): string[] {
    return [...new Set([...(this.#entries.get(identity)?.tracks.values() ?? [])].map((track) => track.name))];
  }

  identities(): string[] {
    return [...this.#entries.keys()];
  }
}
