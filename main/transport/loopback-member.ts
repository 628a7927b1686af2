import type { Clock } from '../../shared/portal/clock.ts';
import type { DisconnectReason, Peer, RemoteTrack, RpcHandler, TransportListener, VideoPull, WebRtcCodec } from '../../shared/portal/transport.ts';
import { LoopbackLane } from './loopback-lane.ts';

/** What a LiveKit server replays of reliable data to somebody who comes back from an interruption. */
const REPLAY_US = 2_000_000;

export interface LoopbackGrants {
  canPublishData: boolean;
  canUpdateOwnMetadata: boolean;
  hidden: boolean;
}

/** What a transport brings into a room, and keeps from session to session. */
export interface LoopbackEndpoint {
  readonly rpcHandlers: ReadonlyMap<string, RpcHandler>;
  /** What is wanted of a track of a peer; null = it is not pulled. */
  pulled(identity: string, track: string): VideoPull | null;
  /** The session began; from here on it may end. */
  entered(member: LoopbackMember): void;
  /** The session ended; announces it. */
  ended(reason: DisconnectReason): void;
}

/** One connection of one participant, as the room sees it. */
export class LoopbackMember {
  readonly identity: string;
  readonly sessionId: string;
  readonly grants: LoopbackGrants;
  readonly e2eeKey: string | null;
  readonly endpoint: LoopbackEndpoint;
  readonly listener: TransportListener;
  attributes: Readonly<Record<string, string>>;
  isAnnounced = false;
  isPresent = true;
  isCut = false;
  /** By track name. */
  readonly tracks = new Map<string, WebRtcCodec>();
  /** What this participant has been told, by session: a packet of anybody else has no sender for it. */
  readonly known = new Map<string, Peer>();
  /** Called with the session that left, or when this one ends (null). */
  readonly onGone = new Set<(sessionId: string | null) => void>();
  readonly #clock: Clock;
  readonly #lanes = new Map<string, LoopbackLane>();
  #heldBack: (() => void)[] = [];

  constructor(clock: Clock, identity: string, sessionId: string, grants: LoopbackGrants, attributes: Readonly<Record<string, string>>, e2eeKey: string | null, endpoint: LoopbackEndpoint, listener: TransportListener) {
    this.#clock = clock;
    this.identity = identity;
    this.sessionId = sessionId;
    this.grants = grants;
    this.attributes = attributes;
    this.e2eeKey = e2eeKey;
    this.endpoint = endpoint;
    this.listener = listener;
  }

  peer(): Peer {
    return { identity: this.identity, sessionId: this.sessionId, attributes: this.attributes };
  }

  trackOf(owner: LoopbackMember, name: string): RemoteTrack {
    return { peer: this.known.get(owner.sessionId) ?? owner.peer(), name };
  }

  /** Data and calls cannot be read with another key. */
  canRead(sender: LoopbackMember): boolean {
    return this.e2eeKey === sender.e2eeKey;
  }

  /** The ordered way that `name` stands for; everything of one lane arrives in the order it was sent. */
  deliver(lane: string, delayMs: number, run: () => void): void {
    let way = this.#lanes.get(lane);
    if (way === undefined) {
      way = new LoopbackLane(this.#clock);
      if (this.isCut) way.pause();
      this.#lanes.set(lane, way);
    }
    way.push(delayMs, lane !== 'control', () => { if (this.isPresent) run(); });
  }

  /** Sends now, or after the interruption; what may be lost is lost in it. */
  send(reliable: boolean, task: () => void): void {
    if (!this.isCut) task();
    else if (reliable) this.#heldBack.push(task);
  }

  cut(): void {
    if (this.isCut) return;
    this.isCut = true;
    for (const lane of this.#lanes.values()) lane.pause();
    this.listener.onConnection('reconnecting', null);
  }

  restore(): void {
    if (!this.isCut) return;
    this.isCut = false;
    this.listener.onConnection('connected', null);
    const heldBack = this.#heldBack;
    this.#heldBack = [];
    for (const lane of this.#lanes.values()) lane.resume(REPLAY_US);
    for (const task of heldBack) if (this.isPresent) task();
  }

  end(reason: DisconnectReason): void {
    this.isPresent = false;
    for (const gone of [...this.onGone]) gone(null);
    this.endpoint.ended(reason);
  }
}
