import { ConnectionState as NativeState } from '@livekit/rtc-ffi-bindings';
import type { ConnectCallback_Result, RoomEvent } from '@livekit/rtc-ffi-bindings';
import { PortalError } from '../../shared/portal/errors.ts';
import { viewOnly } from '../../shared/portal/session-errors.ts';
import type { DisconnectReason, Peer, RpcHandler, TransportListener, VideoPublication, VideoPublishOptions } from '../../shared/portal/transport.ts';
import type { WarningTag } from '../../shared/portal/warning-tags.ts';
import { ByteIntake, keepQueueShort, sendByteStream } from './byte-streams.ts';
import { withDeadline } from './deadline.ts';
import { EncryptionWatch } from './encryption-watch.ts';
import type { EngineData } from './engine-wire.ts';
import { CallGroup, copyNative, dropHandle, ffiCall, ffiPublishData, ffiRequest, ffiRoutes } from './ffi-client.ts';
import { disconnectReason, notConnected } from './livekit-errors.ts';
import { LocalAttributes } from './local-attributes.ts';
import { peerOf } from './peer-table.ts';
import { RoomMembers } from './room-members.ts';
import { answerRpc, offerRpc, performRpc, type RpcCall } from './rpc-desk.ts';
import { VideoIntake, type VideoWishes } from './video-intake.ts';
import { VideoPublisher } from './video-publisher.ts';

const DISCONNECT_TIMEOUT_MS = 3_000;
const DRAIN_TIMEOUT_MS = 1_000;

/** What a session shares with the transport that opened it. */
export interface SessionContext {
  listener: TransportListener;
  wishes: VideoWishes;
  rpcHandlers: ReadonlyMap<string, RpcHandler>;
  /** A key is set on this side. */
  isEncrypted: boolean;
  /** Called once when the session ended by itself or by `leave`. */
  onEnded(reason: DisconnectReason): void;
  onTokenRefreshed(token: string): void;
}

type RoomMessage = RoomEvent['message'];

/** One connection to a room: its native handles, and everything that flows through it. */
export class LivekitSession {
  readonly #room: bigint;
  readonly #participant: bigint;
  readonly #context: SessionContext;
  readonly #calls = new CallGroup();
  readonly #over = new AbortController();
  readonly #members: RoomMembers;
  readonly #attributes: LocalAttributes;
  readonly #video: VideoIntake;
  readonly #bytes: ByteIntake;
  readonly #encryption: EncryptionWatch;
  readonly #publishers = new Set<VideoPublisher>();
  #state: 'connected' | 'reconnecting' | 'ended' = 'connected';
  #leaving: Promise<void> | null = null;
  #sending = 0;
  /** Whether the token, or whoever manages the server, lets us send data. */
  #maySend: boolean;
  #isQueueShort = false;
  #onDrained: (() => void) | null = null;

  constructor(result: ConnectCallback_Result, context: SessionContext) {
    const { listener } = context;
    const info = result.localParticipant?.info;
    this.#room = result.room?.handle?.id ?? 0n;
    this.#participant = result.localParticipant?.handle?.id ?? 0n;
    this.#context = context;
    this.#maySend = info?.permission?.canPublishData ?? true;
    this.#encryption = new EncryptionWatch(context.isEncrypted, (identity) => this.#members.peers.get(identity) !== null, (words) => this.#warn('encryption-failed', words));
    this.#members = new RoomMembers(info === undefined ? { identity: '', sessionId: '', attributes: {} } : peerOf(info), listener, {
      offered: (identity, name) => {
        if (context.wishes.get(identity, name) !== null) this.#video.apply(identity, name);
      },
      gone: (sid) => this.#video.unsubscribed(sid),
      joined: (identity) => this.#encryption.joined(identity),
      isAcceptable: (identity, track) => this.#encryption.admitsTrack(identity, track),
      isReconnecting: () => this.#state === 'reconnecting',
    });
    this.#members.whenGone.add((identity) => this.#encryption.heard(identity));
    this.#attributes = new LocalAttributes(this.#members, {
      participant: this.#participant,
      calls: this.#calls,
      signal: this.#over.signal,
      canWrite: info?.permission?.canUpdateMetadata ?? true,
    });
    this.#video = new VideoIntake(context.wishes, this.#members.peers, listener, context.isEncrypted);
    this.#bytes = new ByteIntake({
      onStream: (stream, sender) => listener.onByteStream({ ...stream, from: this.#members.peers.get(sender) }),
      onWarning: (tag, message) => listener.onWarning(tag, message),
    });
  }

  get local(): Peer {
    return this.#members.local;
  }

  /** Announces who is present, then lets the engine's events in. */
  begin(result: ConnectCallback_Result): void {
    const { listener, rpcHandlers } = this.#context;
    for (const method of rpcHandlers.keys()) this.offerRpc(method, true);
    ffiRoutes.room.set(this.#room, (event) => this.#guard(() => this.#handle(event.message)));
    ffiRoutes.data.set(this.#room, (packet) => this.#guard(() => this.#receive(packet)));
    ffiRoutes.rpc.set(this.#participant, (event) => {
      const handler = rpcHandlers.get(event.method ?? '');
      void answerRpc(this.#participant, event, handler, (message) => listener.onWarning('rpc-handler-failed', message));
    });
    listener.onConnection('connected', null);
    for (const { participant, publications } of result.participants) {
      this.#members.join(participant);
      for (const publication of publications) this.#members.offerTrack(participant?.info?.identity ?? '', publication);
    }
    ffiRequest({ case: 'readyForRoomEvent', value: { roomHandle: this.#room } });
    this.#attributes.announce().catch((thrown: unknown) => {
      if (this.#state !== 'ended') listener.onWarning('announce-late', `others may see us up to 3 s late: ${String(thrown)}`);
    });
  }

  #handle(message: RoomMessage): void {
    switch (message.case) {
      case 'participantConnected':
        return this.#members.join(message.value.info);
      case 'participantDisconnected':
        return this.#members.depart(message.value.participantIdentity ?? '', message.value.disconnectReason);
      case 'participantAttributesChanged': {
        const entries = message.value.attributes.map((entry): [string, string] => [entry.key ?? '', entry.value ?? '']);
        return this.#members.setAttributes(message.value.participantIdentity ?? '', Object.fromEntries(entries));
      }
      case 'participantsUpdated':
        for (const info of message.value.participants) this.#members.refresh(info);
        return;
      case 'participantPermissionChanged':
        if (message.value.participantIdentity === this.local.identity) this.#maySend = message.value.permission?.canPublishData ?? true;
        return;
      case 'trackPublished':
        if (message.value.publication !== undefined) this.#members.offerTrack(message.value.participantIdentity ?? '', message.value.publication);
        return;
      case 'trackUnpublished':
        return this.#members.withdrawTrack(message.value.participantIdentity ?? '', message.value.publicationSid ?? '');
      case 'trackSubscribed':
        return this.#video.subscribed(message.value.participantIdentity ?? '', message.value.track?.info?.sid ?? '', message.value.track?.handle?.id ?? 0n);
      case 'trackUnsubscribed':
        return this.#video.unsubscribed(message.value.trackSid ?? '');
      case 'byteStreamOpened':
        return this.#bytes.opened(message.value);
      case 'textStreamOpened':
        return dropHandle(message.value.reader?.handle?.id);
      case 'localTrackRepublished':
        for (const publisher of this.#publishers) publisher.rename(message.value.previousSid ?? '', message.value.info?.sid ?? '');
        return;
      case 'tokenRefreshed':
        return this.#context.onTokenRefreshed(message.value.token ?? '');
      case 'connectionStateChanged':
        return this.#setNativeState(message.value.state);
      case 'disconnected':
        return this.#end(this.#leaving !== null ? 'left' : disconnectReason(message.value.reason));
      case 'eos':
        return this.#end(this.#leaving !== null ? 'left' : 'connection-lost');
      case 'trackSubscriptionFailed':
        return this.#warn('track-subscription-failed', `track ${message.value.trackSid} of ${message.value.participantIdentity}: ${message.value.error}`);
      case 'e2eeStateChanged':
        return this.#encryption.stateChanged(message.value);
      default:
        return;
    }
  }

  /** The engine refuses a handle that it freed itself a moment ago, for instance of a track that went: a loss, not a crash. */
  #guard(act: () => void): void {
    try {
      act();
    } catch (thrown) {
      this.#warn('engine-refused', thrown instanceof Error ? thrown.message : String(thrown));
    }
  }

  #warn(tag: WarningTag, message: string): void {
    this.#context.listener.onWarning(tag, message);
  }

  #receive({ sender, topic, address, length, handle }: EngineData): void {
    this.#encryption.heard(sender);
    try {
      const payloadBorrow = copyNative(address, length);
      this.#context.listener.onData({ topic, payloadBorrow, from: this.#members.peers.get(sender) });
    } finally {
      dropHandle(handle);
    }
  }

  #setNativeState(native: NativeState | undefined): void {
    if (native === NativeState.CONN_RECONNECTING && this.#state === 'connected') {
      this.#state = 'reconnecting';
      this.#context.listener.onConnection('reconnecting', null);
    } else if (native === NativeState.CONN_CONNECTED && this.#state === 'reconnecting') {
      this.#state = 'connected';
      this.#context.listener.onConnection('connected', null);
      // A full reconnect has new data channels.
      this.#isQueueShort = false;
      // It also forgets what was subscribed; asking again for what is already there costs nothing.
      for (const identity of this.#members.peers.identities()) this.#video.applyAll(identity);
    }
  }

  async setAttributes(attributes: Readonly<Record<string, string>>): Promise<void> {
    this.#requireOpen('setting attributes');
    await this.#attributes.set(attributes);
  }

  /** The engine copies the bytes during the request and keeps the order of calls. */
  async publishData(topic: string, payload: Uint8Array, reliable: boolean): Promise<void> {
    this.#requireOpen(`sending ${topic}`);
    const { error } = await this.#counted(ffiPublishData(this.#participant, topic, payload, reliable, this.#calls));
    if (error) throw new PortalError('PUBLISH_FAILED', `${topic} was not sent`, { got: error, fix: 'Check that the token allows publishing data.' });
  }

  async sendBytes(topic: string, payload: Uint8Array, compress: boolean): Promise<void> {
    this.#requireOpen(`sending ${topic}`);
    if (!this.#isQueueShort) keepQueueShort(this.#participant);
    this.#isQueueShort = true;
    await this.#counted(sendByteStream(this.#participant, { senderIdentity: this.local.identity, topic, payload, compress }, this.#calls));
  }

  async #counted<T>(sending: Promise<T>): Promise<T> {
    this.#sending += 1;
    try {
      return await sending;
    } finally {
      this.#sending -= 1;
      if (this.#sending === 0) this.#onDrained?.();
    }
  }

  async publishVideo(name: string, options: VideoPublishOptions): Promise<VideoPublication> {
    this.#requireOpen(`publishing ${name}`);
    const publisher = await VideoPublisher.open(name, options, {
      participant: this.#participant,
      calls: this.#calls,
      isSending: () => this.#state === 'connected',
      onClosed: (closed) => this.#publishers.delete(closed),
    });
    this.#publishers.add(publisher);
    return publisher;
  }

  applyWish(identity: string, name: string): void {
    if (this.#state !== 'ended') this.#guard(() => this.#video.apply(identity, name));
  }

  offerRpc(method: string, isOffered: boolean): void {
    if (this.#state !== 'ended') offerRpc(this.#participant, method, isOffered);
  }

  async performRpc(call: RpcCall): Promise<string> {
    this.#requireOpen(`calling ${call.method}`);
    if (!this.#maySend) throw viewOnly(`RPC ${call.method}`);
    const isKnown = (): boolean => this.#members.peers.get(call.destination) !== null;
    return performRpc(call, { participant: this.#participant, calls: this.#calls, isKnown, whenGone: this.#members.whenGone });
  }

  #requireOpen(what: string): void {
    if (this.#state === 'ended') throw notConnected(what);
  }

  /** Leaves the room after what was sent has been taken by the engine. */
  leave(): Promise<void> {
    if (this.#state === 'ended') return Promise.resolve();
    this.#leaving ??= this.#leave();
    return this.#leaving;
  }

  async #leave(): Promise<void> {
    if (this.#sending > 0) {
      const drained = new Promise<void>((resolve) => (this.#onDrained = resolve));
      // Late data is no reason to stay: what is not taken by then is lost with the session.
      await withDeadline(drained, DRAIN_TIMEOUT_MS, () => new Error('drain')).catch(() => undefined);
    }
    const left = ffiCall({ case: 'disconnect', value: { roomHandle: this.#room } });
    await withDeadline(left, DISCONNECT_TIMEOUT_MS, () => new Error('disconnect')).catch(() => undefined);
    this.#end('left');
  }

  #end(reason: DisconnectReason): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    ffiRoutes.room.delete(this.#room);
    ffiRoutes.data.delete(this.#room);
    ffiRoutes.rpc.delete(this.#participant);
    const ended = new PortalError('DISCONNECTED', 'the session ended in between', { got: reason });
    this.#over.abort(ended);
    this.#calls.close(ended);
    this.#bytes.close();
    this.#encryption.close();
    this.#video.close();
    for (const publisher of [...this.#publishers]) publisher.abandon();
    this.#members.close();
    dropHandle(this.#participant);
    dropHandle(this.#room);
    this.#context.onEnded(reason);
  }
}
