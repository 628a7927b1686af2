import type { Clock } from '../../shared/portal/clock.ts';
import { PortalError } from '../../shared/portal/errors.ts';
import type { ConnectOptions, DisconnectReason, Peer, TransportListener, VideoPublication, WebRtcCodec } from '../../shared/portal/transport.ts';
import type { VideoFrame } from '../../shared/portal/types.ts';
import { type LoopbackConditions, loopbackConditions, lossyDelayMs, reliableDelayMs, seededRandom } from './loopback-conditions.ts';
import { sessionEnded } from './loopback-errors.ts';
import { later } from './loopback-lane.ts';
import { type LoopbackEndpoint, type LoopbackGrants, LoopbackMember } from './loopback-member.ts';
import { pulledPicture } from './loopback-pixels.ts';
import { callMethod, type LoopbackCall } from './loopback-rpc.ts';
import { LoopbackTransport } from './loopback-transport.ts';

/** What a token of the twin says. */
interface Invitation {
  identity: string;
  attributes: Readonly<Record<string, string>>;
  grants: LoopbackGrants;
}

export interface LoopbackTokenOptions {
  /** Set at connect, as by a token's `attributes` claim. */
  attributes?: Readonly<Record<string, string>>;
  /** Default: may publish data and change its attributes, is not hidden. */
  grants?: Partial<LoopbackGrants>;
}

/**
 * A room inside the process: the Transport port without a server, for trying things out and for rehearsing bad networks.
 * It follows LiveKit where programs can tell: order, senders, codes, time-outs, replays and duplicate identities.
 */
export class LoopbackRoom {
  readonly url: string;
  readonly #clock: Clock;
  readonly #members = new Set<LoopbackMember>();
  readonly #invitations = new Map<string, Invitation>();
  #conditions: LoopbackConditions;
  #random: () => number;
  #counter = 0;

  constructor(options: { clock: Clock; name?: string; conditions?: Partial<LoopbackConditions> }) {
    this.#clock = options.clock;
    this.url = `loopback:${options.name ?? 'room'}`;
    this.#conditions = loopbackConditions(options.conditions ?? {});
    this.#random = seededRandom(this.#conditions.seed);
  }

  /** A token for this room alone. */
  token(identity: string, options: LoopbackTokenOptions = {}): string {
    const token = `${identity}#${(this.#counter += 1)}`;
    const grants = { canPublishData: true, canUpdateOwnMetadata: true, hidden: false, ...options.grants };
    this.#invitations.set(token, { identity, attributes: { ...options.attributes }, grants });
    return token;
  }

  /** A transport that is not connected yet; its `url` and `token` are what to connect with. */
  join(identity: string, options: LoopbackTokenOptions = {}): LoopbackTransport {
    return new LoopbackTransport(this, this.token(identity, options));
  }

  /** From now on; what is under way keeps its delay. */
  setConditions(changed: Partial<LoopbackConditions>): void {
    this.#conditions = loopbackConditions({ ...this.#conditions, ...changed });
    if (changed.seed !== undefined) this.#random = seededRandom(changed.seed);
  }

  /** Interrupts a participant's network: it is told `reconnecting`, the others nothing. */
  cut(identity: string): void {
    this.#present(identity).cut();
  }

  /** Ends the interruption: reliable data of the last 2 s arrives in one burst, as a LiveKit server replays it. */
  restore(identity: string): void {
    this.#present(identity).restore();
  }

  /** Ends somebody's session from outside. */
  end(identity: string, reason: DisconnectReason): void {
    this.leave(this.#present(identity), reason);
  }

  close(): void {
    for (const member of [...this.#members]) this.leave(member, 'room-closed');
  }

  /** For transports: enters, after one way there and one back. */
  async enter(options: ConnectOptions, endpoint: LoopbackEndpoint, listener: TransportListener): Promise<LoopbackMember> {
    await new Promise<void>((resolve) => { later(this.#clock, 2 * this.#conditions.delayMs, resolve); });
    if (options.url !== this.url) {
      throw new PortalError('SERVER_UNREACHABLE', `nothing answers at ${options.url}`, { expected: this.url, got: options.url, fix: 'Use the url of the loopback room.' });
    }
    const invitation = this.#invitations.get(options.token);
    if (invitation === undefined) {
      throw new PortalError('TOKEN_REFUSED', 'the room does not know this token', { expected: 'a token made by this room', got: 'another one', fix: 'Take a token from the same LoopbackRoom.' });
    }
    const { identity, attributes, grants } = invitation;
    const older = this.#find(identity);
    if (older !== null) this.leave(older, 'duplicate-identity');
    const member = new LoopbackMember(this.#clock, identity, `session-${(this.#counter += 1)}`, grants, attributes, options.e2eeKey, endpoint, listener);
    const present = [...this.#members].filter(({ isAnnounced }) => isAnnounced);
    this.#members.add(member);
    endpoint.entered(member);
    listener.onConnection('connected', null);
    for (const other of present) this.#tellJoined(member, other.peer(), [...other.tracks]);
    if (Object.keys(attributes).length > 0 || this.#conditions.announceMs === 0) this.#announce(member);
    else this.#clock.after(this.#conditions.announceMs, () => { this.#announce(member); });
    return member;
  }

  /** For transports. Idempotent. */
  leave(member: LoopbackMember, reason: DisconnectReason): void {
    if (!this.#members.delete(member)) return;
    member.end(reason);
    for (const other of this.#members) {
      this.#control(other, () => {
        const known = other.known.get(member.sessionId);
        if (known === undefined) return;
        for (const name of member.tracks.keys()) other.listener.onTrackGone({ peer: known, name });
        other.known.delete(member.sessionId);
        other.listener.onPeerLeft(known, reason === 'duplicate-identity');
        for (const gone of [...other.onGone]) gone(member.sessionId);
      });
    }
  }

  /** For transports: resolves when the change has come back from the room. */
  setAttributes(member: LoopbackMember, given: Readonly<Record<string, string>>): Promise<void> {
    return new Promise((resolve, reject) => {
      const onGone = (sessionId: string | null): void => { if (sessionId === null) reject(sessionEnded('setting attributes')); };
      member.onGone.add(onGone);
      member.send(true, () => {
        const changed = this.#change(member, given);
        if (Object.keys(changed).length > 0) this.#tellAttributes(member, changed);
        this.#control(member, () => { member.onGone.delete(onGone); resolve(); });
      });
    });
  }

  /** For transports: to everybody else; `payload` is the room's own copy. */
  sendData(member: LoopbackMember, topic: string, payload: Uint8Array, reliable: boolean): void {
    if (!member.grants.canPublishData) return;
    member.send(reliable, () => {
      for (const other of this.#others(member)) {
        const run = (): void => {
          if (other.canRead(member)) other.listener.onData({ topic, payloadBorrow: payload, from: this.#senderFor(other, member) });
        };
        if (reliable) this.#carry(member, other, run);
        else this.#toss(other, run);
      }
    });
  }

  /** For transports: one whole byte stream to everybody else. */
  sendBytes(member: LoopbackMember, topic: string, payload: Uint8Array): void {
    if (!member.grants.canPublishData) return;
    member.send(true, () => {
      for (const other of this.#others(member)) {
        this.#carry(member, other, () => {
          if (other.canRead(member)) other.listener.onByteStream({ topic, payload: payload.slice(), from: this.#senderFor(other, member) });
        });
      }
    });
  }

  /** For transports: offers a track until it is closed. */
  publish(member: LoopbackMember, name: string, codec: WebRtcCodec): VideoPublication {
    member.tracks.set(name, codec);
    if (member.isAnnounced) this.#tellTrack(member, name, codec);
    let isTaking = false;
    return {
      send: (frame) => {
        if (isTaking || !member.isPresent || !member.tracks.has(name)) return false;
        if (this.#conditions.frameTakeMs > 0) {
          isTaking = true;
          this.#clock.after(this.#conditions.frameTakeMs, () => { isTaking = false; });
        }
        member.send(false, () => { this.#sendFrame(member, name, frame); });
        return true;
      },
      close: () => {
        if (member.tracks.delete(name)) for (const other of this.#others(member)) this.#control(other, () => { other.listener.onTrackGone(other.trackOf(member, name)); });
        return Promise.resolve();
      },
    };
  }

  /** For transports. */
  call(member: LoopbackMember, call: LoopbackCall): Promise<string> {
    return callMethod(this.#clock, (from, to, run) => { this.#carry(from, to, run); }, member, this.#find(call.destination), call);
  }

  #find(identity: string): LoopbackMember | null {
    return [...this.#members].find((member) => member.identity === identity) ?? null;
  }

  #present(identity: string): LoopbackMember {
    const member = this.#find(identity);
    if (member !== null) return member;
    throw new PortalError('NOT_CONNECTED', `${identity} is not in the loopback room`, { got: [...this.#members].map((other) => other.identity).join(', ') });
  }

  #others(member: LoopbackMember): LoopbackMember[] {
    return [...this.#members].filter((other) => other !== member);
  }

  #senderFor(receiver: LoopbackMember, sender: LoopbackMember): Peer | null {
    return receiver.known.get(sender.sessionId) ?? null;
  }

  #control(to: LoopbackMember, run: () => void): void {
    to.deliver('control', this.#conditions.delayMs, run);
  }

  #carry(from: LoopbackMember, to: LoopbackMember, run: () => void): void {
    to.deliver(`data ${from.sessionId}`, reliableDelayMs(this.#conditions, this.#random), run);
  }

  /** Lossy: gone when the dice or an interruption say so, and free to overtake. */
  #toss(to: LoopbackMember, run: () => void): void {
    const delayMs = lossyDelayMs(this.#conditions, this.#random);
    if (delayMs === null || to.isCut) return;
    later(this.#clock, delayMs, () => { if (to.isPresent && !to.isCut) run(); });
  }

  #announce(member: LoopbackMember): void {
    if (member.isAnnounced || !member.isPresent || member.grants.hidden) return;
    member.isAnnounced = true;
    const peer = member.peer();
    const tracks = [...member.tracks];
    for (const other of this.#others(member)) this.#control(other, () => { this.#tellJoined(other, peer, tracks); });
  }

  #tellJoined(to: LoopbackMember, peer: Peer, tracks: readonly (readonly [string, WebRtcCodec])[]): void {
    to.known.set(peer.sessionId, peer);
    to.listener.onPeerJoined(peer);
    for (const [name, codec] of tracks) to.listener.onTrackAvailable({ peer, name, codec });
  }

  #tellTrack(owner: LoopbackMember, name: string, codec: WebRtcCodec): void {
    for (const other of this.#others(owner)) this.#control(other, () => { other.listener.onTrackAvailable({ ...other.trackOf(owner, name), codec }); });
  }

  #change(member: LoopbackMember, given: Readonly<Record<string, string>>): Record<string, string> {
    const attributes = { ...member.attributes };
    const changed: Record<string, string> = {};
    for (const [key, value] of Object.entries(given)) {
      if ((attributes[key] ?? '') === value) continue;
      changed[key] = value;
      if (value === '') delete attributes[key];
      else attributes[key] = value;
    }
    member.attributes = attributes;
    return changed;
  }

  #tellAttributes(member: LoopbackMember, changed: Readonly<Record<string, string>>): void {
    const peer = member.peer();
    this.#announce(member);
    for (const to of this.#members) {
      this.#control(to, () => {
        if (to !== member && !to.known.has(peer.sessionId)) return;
        if (to !== member) to.known.set(peer.sessionId, peer);
        to.listener.onPeerAttributes(peer, changed);
      });
    }
  }

  #sendFrame(member: LoopbackMember, name: string, frame: VideoFrame): void {
    const timestampUs = this.#conditions.frameTimestamps ? frame.timestampUs : null;
    for (const other of this.#others(member)) {
      const wanted = other.endpoint.pulled(member.identity, name);
      const delayMs = lossyDelayMs(this.#conditions, this.#random);
      if (wanted === null || delayMs === null || other.isCut || !other.canRead(member)) continue;
      const received = { track: name, ...pulledPicture(frame, wanted), timestampUs };
      other.deliver(`video ${member.sessionId} ${name}`, delayMs, () => {
        if (other.endpoint.pulled(member.identity, name) === wanted) other.listener.onVideoFrame(other.trackOf(member, name), received);
      });
    }
  }
}
