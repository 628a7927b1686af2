import { DisconnectReason, TrackKind, type OwnedParticipant, type OwnedTrackPublication, type ParticipantInfo, type TrackPublicationInfo } from '@livekit/rtc-ffi-bindings';
import type { Peer, TransportListener } from '../../shared/portal/transport.ts';
import { dropHandle } from './ffi-client.ts';
import { hasFrameTimestamps } from './frame-timestamps.ts';
import { PeerTable, peerOf } from './peer-table.ts';
import { codecOfMime } from './video-codec.ts';

/** How much later than the end of a replaced session its successor may be reported; usually the very next event. */
const SUCCESSOR_WAIT_MS = 250;

type MembersListener = Pick<TransportListener, 'onPeerJoined' | 'onPeerLeft' | 'onPeerAttributes' | 'onTrackAvailable' | 'onTrackGone'>;

/** What happens below when tracks come and go, and how this side stands. */
export interface MembersHooks {
  offered(identity: string, name: string): void;
  gone(sid: string): void;
  joined(identity: string): void;
  /** False = the track is as good as absent. */
  isAcceptable(identity: string, track: TrackPublicationInfo): boolean;
  /** Whether this side is on its way back into the session. */
  isReconnecting(): boolean;
}

/**
 * Everybody in the room, the local peer included, and what they offer. The engine says some things twice (a state it
 * sends whole after a change, a participant it knew before a reconnect); the listener hears each change once.
 */
export class RoomMembers {
  readonly peers = new PeerTable();
  /** Told the identity of whoever leaves or is replaced: what only that connection could have answered is never answered. */
  readonly whenGone = new Set<(identity: string) => void>();
  readonly #listener: MembersListener;
  readonly #hooks: MembersHooks;
  /** Peers that left without a reason, and may turn out to be replaced. */
  readonly #departing = new Map<string, NodeJS.Timeout>();
  #local: Peer;
  #onLocalAttributes: (() => void) | null = null;

  constructor(local: Peer, listener: MembersListener, hooks: MembersHooks) {
    this.#local = local;
    this.#listener = listener;
    this.#hooks = hooks;
  }

  get local(): Peer {
    return this.#local;
  }

  /** One listener for the time of a write; null ends it. */
  watchLocal(listener: (() => void) | null): void {
    this.#onLocalAttributes = listener;
  }

  join(owned: OwnedParticipant | undefined): void {
    if (owned?.info === undefined) return;
    const peer = peerOf(owned.info);
    const known = this.peers.get(peer.identity);
    if (known?.sessionId === peer.sessionId) {
      this.#stay(peer.identity);
      dropHandle(owned.handle?.id);
      return this.setAttributes(peer.identity, { ...peer.attributes });
    }
    if (known !== null) this.leave(peer.identity, !this.#hooks.isReconnecting());
    this.peers.set(peer, owned.handle?.id);
    this.#hooks.joined(peer.identity);
    this.#listener.onPeerJoined(peer);
  }

  /**
   * A peer left. When another connection takes its identity, the server reports only the new one and the engine makes up
   * the end of the old one, without a reason: who left so is announced once it is clear which of the two it was. When this
   * side itself comes back, after a server crashed for instance, the engine does the same with everybody, and nobody was
   * replaced.
   */
  depart(identity: string, reason: DisconnectReason | undefined): void {
    if (reason !== undefined && reason !== DisconnectReason.UNKNOWN_REASON) return this.leave(identity, reason === DisconnectReason.DUPLICATE_IDENTITY);
    if (this.#hooks.isReconnecting()) return this.leave(identity, false);
    if (this.peers.get(identity) === null || this.#departing.has(identity)) return;
    this.#departing.set(identity, setTimeout(() => this.leave(identity, false), SUCCESSOR_WAIT_MS));
  }

  /** `isReplaced`: another connection took the identity. */
  leave(identity: string, isReplaced: boolean): void {
    this.#stay(identity);
    const peer = this.peers.get(identity);
    if (peer === null) return;
    for (const sid of this.peers.trackSids(identity)) this.withdrawTrack(identity, sid);
    dropHandle(this.peers.remove(identity)?.handle);
    for (const gone of [...this.whenGone]) gone(identity);
    this.#listener.onPeerLeft(peer, isReplaced);
  }

  /**
   * A full reconnect gives the local peer another session. Of what else the engine says here nothing is taken: it may be
   * older than the attributes that were announced by an event of their own.
   */
  refresh(info: ParticipantInfo): void {
    if (info.identity === this.#local.identity && info.sid) this.#local = { ...this.#local, sessionId: info.sid };
  }

  /** `attributes` is the new whole. */
  setAttributes(identity: string, attributes: Record<string, string>): void {
    const isLocal = identity === this.#local.identity;
    const known = isLocal ? this.#local : this.peers.get(identity);
    if (known === null) return;
    const changed = changedAttributes(known.attributes, attributes);
    if (Object.keys(changed).length === 0) return;
    const peer: Peer = { ...known, attributes };
    if (isLocal) this.#local = peer;
    else this.peers.setAttributes(identity, attributes);
    this.#listener.onPeerAttributes(peer, changed);
    if (isLocal) this.#onLocalAttributes?.();
  }

  offerTrack(identity: string, owned: OwnedTrackPublication): void {
    const { info } = owned;
    const publication = owned.handle?.id;
    const peer = this.peers.get(identity);
    if (peer === null || publication === undefined || info?.kind !== TrackKind.KIND_VIDEO) return dropHandle(publication);
    const sid = info.sid ?? '';
    if (this.peers.track(identity, sid) !== null || !this.#hooks.isAcceptable(identity, info)) return dropHandle(publication);
    const name = info.name ?? '';
    const codec = codecOfMime(info.mimeType);
    this.peers.addTrack(identity, { sid, name, codec, publication, hasTimestamps: hasFrameTimestamps(info), isSimulcast: info.simulcasted ?? false });
    this.#listener.onTrackAvailable({ peer, name, codec });
    this.#hooks.offered(identity, name);
  }

  withdrawTrack(identity: string, sid: string): void {
    const track = this.peers.removeTrack(identity, sid);
    const peer = this.peers.get(identity);
    if (track === null || peer === null) return;
    this.#hooks.gone(sid);
    dropHandle(track.publication);
    this.#listener.onTrackGone({ peer, name: track.name });
  }

  #stay(identity: string): void {
    clearTimeout(this.#departing.get(identity));
    this.#departing.delete(identity);
  }

  /** Frees what the engine holds for them, without a word: the session is over. */
  close(): void {
    for (const identity of this.#departing.keys()) this.#stay(identity);
    for (const identity of this.peers.identities()) {
      const entry = this.peers.remove(identity);
      for (const track of entry?.tracks.values() ?? []) dropHandle(track.publication);
      dropHandle(entry?.handle);
    }
  }
}

/** Keys whose text differs, with the new text; a key that went has ''. */
function changedAttributes(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): Record<string, string> {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return Object.fromEntries([...keys].filter((key) => (before[key] ?? '') !== (after[key] ?? '')).map((key) => [key, after[key] ?? '']));
}
