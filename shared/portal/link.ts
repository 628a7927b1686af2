import { Alarms } from './alarms.ts';
import { Attendance, type AttendanceHooks } from './attendance.ts';
import type { Callbacks, Unsubscribe } from './callbacks.ts';
import type { Clock } from './clock.ts';
import type { PortalConfig } from './config.ts';
import { PortalError, describeError, toPortalError } from './errors.ts';
import type { FrameCodecs } from './frame-codec.ts';
import { KeyProof } from './key-proof.ts';
import { MetricsCollector } from './metrics-collector.ts';
import { ATTRIBUTE, type Role, TOPIC, type Topic } from './names.ts';
import { Pinger } from './pinger.ts';
import type { Roster } from './roster.ts';
import { disconnectedError, noPeer, roleNotSet } from './session-errors.ts';
import type { ByteStream, ConnectionState, DataPacket, DisconnectReason, Peer, Transport, TransportListener } from './transport.ts';
import { withAdvice } from './warning-advice.ts';

/** What the core needs from outside. */
export interface PortalPorts {
  transport: Transport;
  clock: Clock;
  /** For tracks declared as png or mjpeg. */
  frameCodecs?: FrameCodecs | undefined;
}

export interface RpcOptions {
  /** Default: the role's natural other side. */
  destination?: string;
  /** Default 10 s. */
  responseTimeoutMs?: number;
}

export interface LinkOptions {
  /** Shared key as text; every side needs the same one. */
  e2eeKey?: string | undefined;
  /** Whom to take for the robot; default: the first seen. A robot knows itself. */
  robotIdentity?: string | undefined;
}

/** What a role does with a session; calls come in order and only while the session stands. */
export interface LinkHooks extends AttendanceHooks {
  /** The session stands and the role is set; everybody present is told next. */
  entered(local: Peer): void;
  /** It is over; everybody has left. */
  ended(): void;
  /** The local peer has other attributes, not by a call that is under way. */
  localChanged(local: Peer): void;
  data(packet: DataPacket): void;
  bytes(stream: ByteStream): void;
  videoFrame(...frame: Parameters<TransportListener['onVideoFrame']>): void;
  /** From whom a pong counts; null = nobody is there to ping. */
  rttPartner(): string | null;
  /** Whose pings are answered. */
  answersPing(peer: Peer): boolean;
}

const RPC_TIMEOUT_MS = 10_000;

/** What both roles own of a session: connecting, the own role, who is there, rtt, RPC and warnings. */
export class Link {
  readonly clock: Clock;
  readonly transport: Transport;
  readonly metrics: MetricsCollector;
  readonly pinger: Pinger;
  readonly alarms: Alarms;
  readonly attendance: Attendance;
  readonly onActiveOperatorChanged: Callbacks<string | null>;
  readonly #role: Role;
  readonly #e2eeKey: string | null;
  readonly #hooks: LinkHooks;
  /** Null without encryption. */
  readonly #keyProof: KeyProof | null;
  readonly #onConnection: Callbacks<{ state: ConnectionState; reason: DisconnectReason | null }>;
  #phase: 'idle' | 'connecting' | 'open' = 'idle';
  #local: Peer | null = null;
  /** What this side wrote of itself: a server that restarts the session forgets it. */
  #owned: Record<string, string> = {};
  #writesUnderWay = 0;
  /** Of the attempt to connect that is under way. */
  #onEnded: ((reason: DisconnectReason) => void) | null = null;

  /** Throws CONFIG_INVALID for an empty key. */
  constructor(role: Role, config: PortalConfig, { clock, transport }: PortalPorts, { e2eeKey, robotIdentity }: LinkOptions, hooks: LinkHooks) {
    if (e2eeKey === '') {
      throw new PortalError('CONFIG_INVALID', 'the end-to-end encryption key is empty', {
        expected: 'a key of at least one character, or none', got: "''", fix: 'Set the same key on every side, or remove it.',
      });
    }
    this.clock = clock;
    this.transport = transport;
    this.metrics = new MetricsCollector(config.videos.map(({ name }) => name));
    this.alarms = new Alarms(clock);
    this.attendance = new Attendance(role, robotIdentity ?? null, this.alarms, hooks);
    this.pinger = new Pinger(config.pingMs, {
      clock,
      send: (packet) => { this.publish(TOPIC.rtt, packet, false); },
      partner: () => (this.#phase === 'open' ? hooks.rttPartner() : null),
    });
    this.onActiveOperatorChanged = this.alarms.callbacks();
    this.#onConnection = this.alarms.callbacks();
    this.#role = role;
    this.#e2eeKey = e2eeKey ?? null;
    this.#keyProof = e2eeKey === undefined ? null : new KeyProof(clock, config.pingMs, (peer) => { this.#warnKeyless(peer); });
    this.#hooks = hooks;
  }

  /** Identity of this side; null without a session. */
  get localIdentity(): string | null {
    return this.#phase === 'open' ? (this.#local?.identity ?? null) : null;
  }

  get roster(): Roster {
    return this.attendance.roster;
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
      this.attendance.close();
      this.#reset();
      await this.transport.disconnect().catch((late: unknown) => { this.alarms.warn('disconnect-failed', '', `a session that could not be opened did not close either: ${String(late)}. It ends with this process; connecting again is safe.`); });
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

  /** Throws NOT_CONNECTED. */
  requireOpen(what: string): void {
    if (this.#phase === 'open') return;
    throw new PortalError('NOT_CONNECTED', `${what} needs a session`, { expected: 'a connected session', got: 'none', fix: 'Call connect and wait for it first.' });
  }

  /** Writes attributes of one's own, and again should the server forget them. Rejects as the transport does. */
  async setAttributes(attributes: Readonly<Record<string, string>>): Promise<void> {
    this.requireOpen('setting attributes');
    this.#owned = { ...this.#owned, ...attributes };
    this.#writesUnderWay += 1;
    try {
      await this.transport.setAttributes(attributes);
    } finally {
      this.#writesUnderWay -= 1;
    }
  }

  /** `preferred` is the role's natural other side. Rejects with NO_PEER, RPC_FAILED or RPC_TIMEOUT. */
  async performRpc(method: string, payload: string, preferred: string | null, options: RpcOptions): Promise<string> {
    this.requireOpen(`RPC ${method}`);
    const destination = options.destination ?? preferred ?? this.#onlyPeer(method);
    return this.transport.performRpc({ destination, method, payload, responseTimeoutMs: options.responseTimeoutMs ?? RPC_TIMEOUT_MS });
  }

  onConnection(callback: (state: ConnectionState, reason: DisconnectReason | null) => void | Promise<void>): Unsubscribe {
    return this.#onConnection.add(({ state, reason }) => callback(state, reason));
  }

  #open(): void {
    const local = this.#local as Peer;
    this.#phase = 'open';
    this.#owned = { [ATTRIBUTE.role]: this.#role };
    this.attendance.prepare(local);
    this.#hooks.entered(local);
    this.attendance.open();
    this.pinger.start();
    this.#onConnection.push({ state: 'connected', reason: null });
  }

  async #takeRole(local: Peer): Promise<void> {
    if (local.attributes[ATTRIBUTE.role] === this.#role) return;
    try {
      await this.transport.setAttributes({ [ATTRIBUTE.role]: this.#role });
    } catch (thrown) {
      throw roleNotSet(this.#role, local.attributes[ATTRIBUTE.role], thrown);
    }
  }

  #end(reason: DisconnectReason): void {
    this.attendance.close();
    this.#hooks.ended();
    this.#reset();
    this.#onConnection.push({ state: 'disconnected', reason });
  }

  #reset(): void {
    this.#phase = 'idle';
    this.#local = null;
    this.#onEnded = null;
    this.pinger.stop();
    this.#keyProof?.close();
  }

  #attributesChanged(peer: Peer): void {
    // Before the local peer is known, whoever was not announced can only be us.
    const isLocal = this.#local === null ? !this.attendance.isEarly(peer) : peer.identity === this.#local.identity;
    if (!isLocal) {
      this.attendance.attributes(peer);
      return;
    }
    this.#local = peer;
    if (this.#phase !== 'open' || this.#writesUnderWay > 0) return;
    if (peer.attributes[ATTRIBUTE.role] === this.#role) this.#hooks.localChanged(peer);
    else this.#restoreAttributes();
  }

  /** A full reconnect is a new participant to the server: without this, nobody would know what we are and who drives. */
  #restoreAttributes(): void {
    this.setAttributes(this.#owned).catch((thrown: unknown) => {
      if (this.#phase === 'open') this.alarms.warn('role-lost', '', `the role was lost in a reconnect and could not be set again: ${String(thrown)}. Connect again.`);
    });
  }

  #onlyPeer(method: string): string {
    const { peers } = this.roster;
    const [only, another] = peers;
    if (only !== undefined && another === undefined) return only.identity;
    throw noPeer(this.#role, method, peers.map(({ identity }) => identity));
  }

  /** One listener a session; `isOver` mutes what still comes of one that ended or was given up. */
  #listen(): TransportListener & { isOver: boolean } {
    const whileOpen = (act: () => void): void => { if (this.#phase === 'open' && !listener.isOver) act(); };
    const unlessOver = (act: () => void): void => { if (!listener.isOver) act(); };
    const listener: TransportListener & { isOver: boolean } = {
      isOver: false,
      onConnection: (state, reason) => {
        if (state !== 'disconnected') whileOpen(() => { this.#onConnection.push({ state, reason }); });
        else if (this.#phase === 'connecting') this.#onEnded?.(reason ?? 'connection-lost');
        else whileOpen(() => { listener.isOver = true; this.#end(reason ?? 'connection-lost'); });
      },
      onPeerJoined: (peer) => { unlessOver(() => { this.attendance.joined(peer); }); },
      onPeerLeft: (peer, isReplaced = false) => { unlessOver(() => { this.#keyProof?.left(peer); this.attendance.left(peer, isReplaced); }); },
      onPeerAttributes: (peer) => { unlessOver(() => { this.#attributesChanged(peer); }); },
      onData: (packet) => { whileOpen(() => { this.#data(packet); }); },
      onByteStream: (stream) => { whileOpen(() => { this.#hooks.bytes(stream); }); },
      onTrackAvailable: (track) => { unlessOver(() => { this.attendance.trackAvailable(track); }); },
      onTrackGone: () => undefined,
      onVideoFrame: (track, frame) => { whileOpen(() => { this.#hooks.videoFrame(track, frame); }); },
      onWarning: (tag, message) => { unlessOver(() => { this.alarms.warn(tag, message, withAdvice(tag, message)); }); },
    };
    return listener;
  }

  #data(packet: DataPacket): void {
    const { from } = packet;
    if (this.#keyProof !== null && from !== null && this.#hooks.answersPing(from)) this.#keyProof.heard(from);
    if (packet.topic === TOPIC.rtt) this.#takeRtt(packet);
    else this.#hooks.data(packet);
  }

  #warnKeyless({ identity }: Peer): void {
    this.alarms.warn('encryption-failed', `keyless ${identity}`, `${identity} sends without end-to-end encryption and answers nothing that is sent here: it has no key; set the same key there`);
  }

  #takeRtt({ payloadBorrow, from }: DataPacket): void {
    if (from === null) return;
    this.#keyProof?.rtt(payloadBorrow, from);
    const taken = this.pinger.take(payloadBorrow, from.identity, this.#hooks.answersPing(from));
    if (!taken) this.alarms.warn('bad-payload', `rtt ${from.identity}`, `an rtt packet of ${from.identity} is malformed and was dropped. Another protocol may use the topic ${TOPIC.rtt}.`);
  }

  #sendFailed(topic: Topic, thrown: unknown): void {
    // What was still under way when the session ended is not worth a word.
    if (this.#phase !== 'open') return;
    this.alarms.warn('send-failed', topic, `${topic} was not sent: ${describeError(toPortalError(thrown, 'PUBLISH_FAILED').toJSON())}`);
  }
}
