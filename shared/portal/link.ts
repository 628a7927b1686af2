import { type Callback, Callbacks, type Unsubscribe } from './callbacks.ts';
import type { Clock } from './clock.ts';
import type { PortalConfig } from './config.ts';
import { PortalError, describeError, toPortalError } from './errors.ts';
import { MetricsCollector } from './metrics-collector.ts';
import { ATTRIBUTE, type Role, TOPIC, type Topic } from './names.ts';
import { Pinger } from './pinger.ts';
import { disconnectedError, roleNotSet } from './session-errors.ts';
import { Roster, type RosterChange } from './roster.ts';
import type {
  ByteStream, ConnectionState, DataPacket, DisconnectReason, Peer, RemoteTrack, Transport, TransportListener,
} from './transport.ts';
import { type Warning, WarnOnce } from './warn-once.ts';

/** What the core needs from outside. */
export interface PortalPorts {
  transport: Transport;
  clock: Clock;
}

export interface RpcOptions {
  /** Default: the role's natural other side. */
  destination?: string;
  /** Default 10 s. */
  responseTimeoutMs?: number;
}

/** How many deliveries wait for a slow callback of which every one counts. */
const KEPT_WHILE_BUSY = 256;
const RPC_TIMEOUT_MS = 10_000;

export interface LinkOptions {
  /** Shared key as text; every side needs the same one. */
  e2eeKey?: string | undefined;
  /** Whom to take for the robot; default: the first seen. A robot knows itself. */
  robotIdentity?: string | undefined;
}

/** What a role does with a session; calls come in order and only while the session stands. */
export interface LinkHooks {
  /** The session stands and the role is set. `joined` and `rosterChanged` follow for everybody present. */
  entered(local: Peer): void;
  /** It is over; everybody has left. */
  ended(): void;
  joined(peer: Peer): void;
  left(peer: Peer, isReplaced: boolean): void;
  rosterChanged(change: RosterChange): void;
  /** The local peer has other attributes, not by a call that is under way. */
  localChanged(local: Peer): void;
  data(packet: DataPacket): void;
  bytes(stream: ByteStream): void;
  trackAvailable(track: RemoteTrack): void;
  videoFrame(...frame: Parameters<TransportListener['onVideoFrame']>): void;
  /** From whom a pong counts; null = nobody is there to ping. */
  rttPartner(): string | null;
  /** Whose pings are answered. */
  answersPing(peer: Peer): boolean;
}

type Phase = 'idle' | 'connecting' | 'open';

/** What both roles own of a session: connecting, the own role, who is there, rtt, RPC and warnings. */
export class Link {
  readonly clock: Clock;
  readonly transport: Transport;
  readonly metrics: MetricsCollector;
  readonly pinger: Pinger;
  readonly #role: Role;
  readonly #e2eeKey: string | null;
  readonly #hooks: LinkHooks;
  readonly #warnOnce = new WarnOnce();
  readonly #onWarning: Callbacks<Warning>;
  readonly #onConnection: Callbacks<{ state: ConnectionState; reason: DisconnectReason | null }>;
  readonly #onOperatorJoined: Callbacks<string>;
  readonly #onOperatorLeft: Callbacks<string>;
  readonly #onActiveOperatorChanged: Callbacks<string | null>;
  readonly #robotIdentity: string | null;
  /** Who came while the session was not open yet. */
  readonly #early = new Map<string, Peer>();
  readonly #earlyTracks: RemoteTrack[] = [];
  /** What this side wrote of itself: a server that restarts the session forgets it. */
  #owned: Record<string, string> = {};
  #writes = 0;
  #roster = new Roster(null);
  #phase: Phase = 'idle';
  #local: Peer | null = null;
  /** Of the attempt that is under way. */
  #onEnded: ((reason: DisconnectReason) => void) | null = null;

  constructor(role: Role, config: PortalConfig, ports: PortalPorts, options: LinkOptions, hooks: LinkHooks) {
    const { e2eeKey = null, robotIdentity = null } = options;
    if (e2eeKey === '') {
      throw new PortalError('CONFIG_INVALID', 'the end-to-end encryption key is empty', {
        expected: 'a key of at least one character, or none', got: "''", fix: 'Set the same key on every side, or remove it.',
      });
    }
    this.clock = ports.clock;
    this.transport = ports.transport;
    this.metrics = new MetricsCollector(config.videos.map(({ name }) => name));
    this.pinger = new Pinger(config.pingMs, {
      clock: ports.clock,
      send: (packet) => { this.publish(TOPIC.rtt, packet, false); },
      hasPartner: () => hooks.rttPartner() !== null,
    });
    this.#role = role;
    this.#e2eeKey = e2eeKey;
    this.#robotIdentity = robotIdentity;
    this.#hooks = hooks;
    // A failing warning callback can only be told to nobody: telling the others would loop.
    this.#onWarning = new Callbacks({ keepWhileBusy: KEPT_WHILE_BUSY, onFailed: () => undefined, onMissed: () => undefined });
    this.#onConnection = this.callbacks();
    this.#onOperatorJoined = this.callbacks();
    this.#onOperatorLeft = this.callbacks();
    this.#onActiveOperatorChanged = this.callbacks();
  }

  /** Identity of this side; null without a session. */
  get localIdentity(): string | null {
    return this.#phase === 'open' ? (this.#local?.identity ?? null) : null;
  }

  /** Everybody else; empty without a session. */
  get roster(): Roster {
    return this.#roster;
  }

  /** Rejects as the transport does, and with ROLE_NOT_SET, ALREADY_CONNECTED, DUPLICATE_IDENTITY or DISCONNECTED. */
  async connect(url: string, token: string): Promise<void> {
    if (this.#phase !== 'idle') throw new PortalError('ALREADY_CONNECTED', 'there is a session already', { fix: 'Disconnect first.' });
    this.#phase = 'connecting';
    const listener = this.#listen();
    const ended = new Promise<never>((_resolve, reject) => {
      this.#onEnded = (reason) => { reject(disconnectedError(reason)); };
    });
    // Also when nobody waits for it any more.
    ended.catch(() => undefined);
    try {
      this.#local = await this.transport.connect({ url, token, e2eeKey: this.#e2eeKey }, listener);
      await Promise.race([this.#takeRole(this.#local), ended]);
    } catch (thrown) {
      listener.isOver = true;
      this.#reset();
      await this.transport.disconnect().catch((late: unknown) => { this.warn('disconnect-failed', '', String(late)); });
      throw thrown;
    }
    this.#onEnded = null;
    this.#open();
  }

  /** Idempotent. A connect that is under way rejects. */
  async disconnect(): Promise<void> {
    this.#onEnded?.('left');
    await this.transport.disconnect();
  }

  /** To everybody; what fails later is a warning. Throws NOT_CONNECTED. */
  publish(topic: Topic, packet: Uint8Array, reliable: boolean): void {
    this.requireOpen(`sending ${topic}`);
    this.transport.publishData(topic, packet, { reliable }).catch((thrown: unknown) => { this.#sendFailed(topic, thrown); });
  }

  /** As `publish`, as one byte stream. */
  publishBytes(topic: Topic, packet: Uint8Array): void {
    this.requireOpen(`sending ${topic}`);
    this.transport.sendBytes(topic, packet, { compress: true }).catch((thrown: unknown) => { this.#sendFailed(topic, thrown); });
  }

  requireOpen(what: string): void {
    if (this.#phase === 'open') return;
    throw new PortalError('NOT_CONNECTED', `${what} needs a session`, { expected: 'a connected session', got: 'none', fix: 'Call connect and wait for it first.' });
  }

  /** Writes attributes of one's own, and again should the server forget them. Rejects as the transport does. */
  async setAttributes(attributes: Readonly<Record<string, string>>): Promise<void> {
    this.requireOpen('setting attributes');
    this.#owned = { ...this.#owned, ...attributes };
    this.#writes += 1;
    try {
      await this.transport.setAttributes(attributes);
    } finally {
      this.#writes -= 1;
    }
  }

  /** `preferred` is the role's natural other side. Rejects with NO_PEER, RPC_FAILED or RPC_TIMEOUT. */
  async performRpc(method: string, payload: string, preferred: string | null, options: RpcOptions): Promise<string> {
    this.requireOpen(`RPC ${method}`);
    const destination = options.destination ?? preferred ?? this.#onlyPeer(method);
    return this.transport.performRpc({ destination, method, payload, responseTimeoutMs: options.responseTimeoutMs ?? RPC_TIMEOUT_MS });
  }

  /** Says what went wrong, its likely cause and the knob; `key` tells one cause from another within a tag. */
  warn(tag: string, key: string, message: string): void {
    const warning = this.#warnOnce.note(tag, message, this.clock.nowUs(), key);
    if (warning !== null) this.#onWarning.push(warning);
  }

  onWarning(callback: Callback<Warning>): Unsubscribe {
    return this.#onWarning.add(callback);
  }

  onConnection(callback: (state: ConnectionState, reason: DisconnectReason | null) => void | Promise<void>): Unsubscribe {
    return this.#onConnection.add(({ state, reason }) => callback(state, reason));
  }

  onOperatorJoined(callback: Callback<string>): Unsubscribe {
    return this.#onOperatorJoined.add(callback);
  }

  onOperatorLeft(callback: Callback<string>): Unsubscribe {
    return this.#onOperatorLeft.add(callback);
  }

  onActiveOperatorChanged(callback: Callback<string | null>): Unsubscribe {
    return this.#onActiveOperatorChanged.add(callback);
  }

  /** Tells the callbacks who is in control now. */
  announceActiveOperator(identity: string | null): void {
    this.#onActiveOperatorChanged.push(identity);
  }

  /** Callbacks of an event; `freshOnly` = what a slow one misses is worth nothing once there is a newer one. */
  callbacks<T>(freshOnly = false): Callbacks<T> {
    return new Callbacks({
      keepWhileBusy: freshOnly ? 1 : KEPT_WHILE_BUSY,
      onFailed: (thrown) => {
        this.warn('callback-failed', String(thrown), `a callback failed: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}. The session goes on; catch it inside the callback.`);
      },
      onMissed: (count) => {
        this.warn('callback-slow', '', `a callback is too slow and missed ${count} deliveries just now. Do less in it, or hand the work on.`);
      },
    });
  }

  #open(): void {
    const local = this.#local as Peer;
    this.#phase = 'open';
    this.#owned = { [ATTRIBUTE.role]: this.#role };
    this.#roster = new Roster(this.#role === 'robot' ? local.identity : this.#robotIdentity);
    this.#hooks.entered(local);
    for (const peer of this.#early.values()) this.#joined(peer);
    for (const track of this.#earlyTracks) this.#hooks.trackAvailable(track);
    this.#early.clear();
    this.#earlyTracks.length = 0;
    this.pinger.start();
    this.#onConnection.push({ state: 'connected', reason: null });
  }

  #joined(peer: Peer): void {
    this.#hooks.joined(peer);
    this.#tell(this.#roster.joined(peer));
  }

  #tell(changes: readonly RosterChange[]): void {
    for (const change of changes) {
      if (change.kind === 'operator-joined') this.#onOperatorJoined.push(change.identity);
      else if (change.kind === 'operator-left') this.#onOperatorLeft.push(change.identity);
      else if (change.kind === 'second-robot') this.#warnOfSecondRobot(change.identity, change.pinned);
      else this.#hooks.rosterChanged(change);
    }
  }

  #warnOfSecondRobot(identity: string, pinned: string | null): void {
    const counts = this.#role === 'robot' ? 'this one' : (pinned ?? this.#robotIdentity ?? 'none yet');
    this.warn('second-robot', identity, `${identity} claims to be the robot too and is ignored; the robot that counts is ${counts}. End the other program, or take its role away.`);
  }

  #onlyPeer(method: string): string {
    const [only, another] = this.#roster.peers;
    if (only !== undefined && another === undefined) return only.identity;
    throw new PortalError('NO_PEER', `there is no natural destination for RPC ${method}`, {
      expected: this.#role === 'robot' ? 'an active operator, or exactly one other participant' : 'a robot, or exactly one other participant',
      got: this.#roster.peers.map(({ identity }) => identity).join(', ') || 'an empty room',
      fix: 'Name the destination.',
    });
  }

  async #takeRole(local: Peer): Promise<void> {
    if (local.attributes[ATTRIBUTE.role] === this.#role) return;
    try {
      await this.transport.setAttributes({ [ATTRIBUTE.role]: this.#role });
    } catch (thrown) {
      throw roleNotSet(this.#role, local.attributes[ATTRIBUTE.role], thrown);
    }
  }

  #reset(): void {
    this.#phase = 'idle';
    this.#local = null;
    this.#onEnded = null;
    this.#early.clear();
    this.#earlyTracks.length = 0;
    this.pinger.stop();
  }

  #end(reason: DisconnectReason): void {
    if (this.#phase === 'connecting') {
      this.#onEnded?.(reason);
      return;
    }
    for (const peer of this.#roster.peers) this.#hooks.left(peer, false);
    this.#tell(this.#roster.clear());
    this.#hooks.ended();
    this.#reset();
    this.#onConnection.push({ state: 'disconnected', reason });
  }

  #localChanged(local: Peer): void {
    this.#local = local;
    if (this.#phase !== 'open' || this.#writes > 0) return;
    if (local.attributes[ATTRIBUTE.role] === this.#role) this.#hooks.localChanged(local);
    else this.#restoreAttributes();
  }

  /** A full reconnect is a new participant to the server: without this, nobody would know what we are and who drives. */
  #restoreAttributes(): void {
    this.setAttributes(this.#owned).catch((thrown: unknown) => {
      if (this.#phase === 'open') this.warn('role-lost', '', `the role was lost in a reconnect and could not be set again: ${String(thrown)}. Connect again.`);
    });
  }

  /** One listener a session; `isOver` mutes what still comes of one that was given up. */
  #listen(): TransportListener & { isOver: boolean } {
    const open = (): boolean => this.#phase === 'open' && !listener.isOver;
    const listener: TransportListener & { isOver: boolean } = {
      isOver: false,
      onConnection: (state, reason) => {
        if (listener.isOver) return;
        if (state === 'disconnected') {
          if (this.#phase === 'open') listener.isOver = true;
          this.#end(reason ?? 'connection-lost');
        } else if (open()) {
          this.#onConnection.push({ state, reason });
        }
      },
      onPeerJoined: (peer) => {
        if (listener.isOver) return;
        if (open()) this.#joined(peer);
        else this.#early.set(peer.identity, peer);
      },
      onPeerLeft: (peer, isReplaced = false) => {
        if (listener.isOver) return;
        if (this.#early.get(peer.identity)?.sessionId === peer.sessionId) this.#early.delete(peer.identity);
        if (!open()) return;
        this.#hooks.left(peer, isReplaced);
        this.#tell(this.#roster.left(peer));
      },
      onPeerAttributes: (peer) => {
        if (listener.isOver) return;
        // Before the local peer is known, whoever was not announced can only be us.
        const isLocal = this.#local === null ? !this.#early.has(peer.identity) : peer.identity === this.#local.identity;
        if (isLocal) this.#localChanged(peer);
        else if (open()) this.#tell(this.#roster.attributes(peer));
        else if (this.#early.has(peer.identity)) this.#early.set(peer.identity, peer);
      },
      onData: (packet) => {
        if (!open()) return;
        if (packet.topic === TOPIC.rtt) this.#takeRtt(packet);
        else this.#hooks.data(packet);
      },
      onByteStream: (stream) => { if (open()) this.#hooks.bytes(stream); },
      onTrackAvailable: (track) => {
        if (open()) this.#hooks.trackAvailable(track);
        else if (!listener.isOver) this.#earlyTracks.push(track);
      },
      onTrackGone: () => undefined,
      onVideoFrame: (track, frame) => { if (open()) this.#hooks.videoFrame(track, frame); },
      onWarning: (tag, message) => { if (!listener.isOver) this.warn(tag, message, message); },
    };
    return listener;
  }

  #takeRtt({ payloadBorrow, from }: DataPacket): void {
    if (from === null) return;
    const taken = this.pinger.take(payloadBorrow, from.identity === this.#hooks.rttPartner(), this.#hooks.answersPing(from));
    if (!taken) this.warn('bad-payload', `rtt ${from.identity}`, `an rtt packet of ${from.identity} is malformed and was dropped. Another protocol may use the topic ${TOPIC.rtt}.`);
  }

  #sendFailed(topic: Topic, thrown: unknown): void {
    // What was still under way when the session ended is not worth a word.
    if (this.#phase !== 'open') return;
    this.warn('send-failed', topic, `${topic} was not sent: ${describeError(toPortalError(thrown, 'PUBLISH_FAILED').toJSON())}`);
  }
}
