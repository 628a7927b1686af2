import { ConnectionState as NativeState, EncryptionState, TrackKind } from '@livekit/rtc-ffi-bindings';
import type { ConnectCallback_Result, OwnedTrackPublication, ParticipantInfo, PublishDataCallback, RoomEvent } from '@livekit/rtc-ffi-bindings';
import { livekitRetrievePtr } from '@livekit/rtc-ffi-bindings';
import { PortalError } from '../../shared/portal/errors.ts';
import type { DisconnectReason, Peer, RpcHandler, TransportListener, VideoPublication, VideoPublishOptions } from '../../shared/portal/transport.ts';
import { ByteIntake, sendByteStream } from './byte-streams.ts';
import { withDeadline } from './deadline.ts';
import { CallGroup, copyNative, dropHandle, ffiCall, ffiRequest, ffiRoutes } from './ffi-client.ts';
import { hasFrameTimestamps } from './frame-timestamps.ts';
import { disconnectReason, notConnected } from './livekit-errors.ts';
import { roleNotSet, writeAttributes } from './local-attributes.ts';
import { PeerTable, peerOf } from './peer-table.ts';
import { answerRpc, offerRpc, performRpc, type RpcCall } from './rpc-desk.ts';
import { VideoIntake, type VideoWishes } from './video-intake.ts';
import { VideoPublisher } from './video-publisher.ts';

const DISCONNECT_TIMEOUT_MS = 3_000;
const DRAIN_TIMEOUT_MS = 1_000;
const ATTRIBUTE_ECHO_MS = 1_000;

/** What a session shares with the transport that opened it. */
export interface SessionContext {
  listener: TransportListener;
  wishes: VideoWishes;
  rpcHandlers: ReadonlyMap<string, RpcHandler>;
  /** Called once when the session ended by itself or by `leave`. */
  onEnded(reason: DisconnectReason): void;
  onTokenRefreshed(token: string): void;
}

type RoomMessage = RoomEvent['message'];

/** One connection to a room: its native handles, who is in it, and everything that flows through it. */
export class LivekitSession {
  readonly #room: bigint;
  readonly #participant: bigint;
  readonly #context: SessionContext;
  readonly #calls = new CallGroup();
  readonly #over = new AbortController();
  readonly #peers = new PeerTable();
  readonly #video: VideoIntake;
  readonly #bytes: ByteIntake;
  readonly #publishers = new Set<VideoPublisher>();
  readonly #canWriteAttributes: boolean;
  #local: Peer;
  #state: 'connected' | 'reconnecting' | 'ended' = 'connected';
  #isLeaving = false;
  #isAnnounced = false;
  #attributeWrites: Promise<void> = Promise.resolve();
  #dataInFlight = 0;
  #onDrained: (() => void) | null = null;
  #onLocalAttributes: (() => void) | null = null;

  constructor(result: ConnectCallback_Result, context: SessionContext) {
    this.#room = result.room?.handle?.id ?? 0n;
    this.#participant = result.localParticipant?.handle?.id ?? 0n;
    this.#context = context;
    const info = result.localParticipant?.info;
    this.#local = info === undefined ? { identity: '', sessionId: '', attributes: {} } : peerOf(info);
    this.#canWriteAttributes = info?.permission?.canUpdateMetadata ?? true;
    this.#video = new VideoIntake(context.wishes, this.#peers, context.listener);
    this.#bytes = new ByteIntake({
      onStream: (stream, sender) => context.listener.onByteStream({ ...stream, from: this.#peers.get(sender) }),
      onWarning: (tag, message) => context.listener.onWarning(tag, message),
    });
  }

  get local(): Peer {
    return this.#local;
  }

  /** Announces who is present, then lets the engine's events in. */
  begin(result: ConnectCallback_Result): void {
    for (const method of this.#context.rpcHandlers.keys()) this.offerRpc(method, true);
    ffiRoutes.room.set(this.#room, (event) => this.#handle(event.message));
    ffiRoutes.rpc.set(this.#participant, (event) => {
      const handler = this.#context.rpcHandlers.get(event.method ?? '');
      void answerRpc(this.#participant, event, handler, (message) => this.#context.listener.onWarning('rpc-handler-failed', message));
    });
    this.#context.listener.onConnection('connected', null);
    for (const { participant, publications } of result.participants) {
      if (participant?.info === undefined) continue;
      this.#addPeer(participant.info, participant.handle?.id);
      for (const publication of publications) this.#addTrack(participant.info.identity ?? '', publication);
    }
    ffiRequest({ case: 'readyForRoomEvent', value: { roomHandle: this.#room } });
    this.#announceOurselves();
  }

  /**
   * The server tells the others of a joiner at once only after it wrote an attribute, else up to 3 s later, and until then
   * our packets reach them without a sender. Writing what the token already holds is enough.
   */
  #announceOurselves(): void {
    const { attributes } = this.#local;
    if (!this.#canWriteAttributes || Object.keys(attributes).length === 0) return;
    this.setAttributes(attributes).catch((thrown: unknown) => {
      if (this.#state !== 'ended') this.#context.listener.onWarning('announce-late', `others may see us up to 3 s late: ${String(thrown)}`);
    });
  }

  #handle(message: RoomMessage): void {
    const { listener } = this.#context;
    switch (message.case) {
      case 'dataPacketReceived': {
        const { value } = message.value;
        if (value.case !== 'user') return;
        const { data, topic } = value.value;
        try {
          const payloadBorrow = copyNative(data?.data?.dataPtr ?? 0n, Number(data?.data?.dataLen ?? 0n));
          listener.onData({ topic: topic ?? '', payloadBorrow, from: this.#peers.get(message.value.participantIdentity ?? '') });
        } finally {
          dropHandle(data?.handle?.id);
        }
        return;
      }
      case 'participantConnected':
        if (message.value.info?.info !== undefined) this.#addPeer(message.value.info.info, message.value.info.handle?.id);
        return;
      case 'participantDisconnected':
        return this.#removePeer(message.value.participantIdentity ?? '');
      case 'participantAttributesChanged':
        return this.#setAttributes(
          message.value.participantIdentity ?? '',
          Object.fromEntries(message.value.attributes.map((entry) => [entry.key ?? '', entry.value ?? ''])),
        );
      case 'participantsUpdated':
        for (const info of message.value.participants) this.#refresh(info);
        return;
      case 'trackPublished':
        if (message.value.publication !== undefined) this.#addTrack(message.value.participantIdentity ?? '', message.value.publication);
        return;
      case 'trackUnpublished':
        return this.#removeTrack(message.value.participantIdentity ?? '', message.value.publicationSid ?? '');
      case 'trackSubscribed':
        return this.#video.subscribed(message.value.participantIdentity ?? '', message.value.track?.info?.sid ?? '', message.value.track?.handle?.id ?? 0n);
      case 'trackUnsubscribed':
        return this.#video.unsubscribed(message.value.trackSid ?? '');
      case 'trackSubscriptionFailed':
        return listener.onWarning('track-subscription-failed', `track ${message.value.trackSid} of ${message.value.participantIdentity}: ${message.value.error}`);
      case 'byteStreamOpened':
        return this.#bytes.opened(message.value);
      case 'textStreamOpened':
        return dropHandle(message.value.reader?.handle?.id);
      case 'localTrackRepublished':
        for (const publisher of this.#publishers) publisher.rename(message.value.previousSid ?? '', message.value.info?.sid ?? '');
        return;
      case 'e2eeStateChanged':
        return this.#warnOfEncryption(message.value.participantIdentity ?? '', message.value.state);
      case 'tokenRefreshed':
        return this.#context.onTokenRefreshed(message.value.token ?? '');
      case 'connectionStateChanged':
        return this.#setNativeState(message.value.state);
      case 'disconnected':
        return this.#end(disconnectReason(message.value.reason));
      case 'eos':
        return this.#end(this.#isLeaving ? 'left' : 'connection-lost');
      default:
        return;
    }
  }

  #setNativeState(native: NativeState | undefined): void {
    if (native === NativeState.CONN_RECONNECTING && this.#state === 'connected') {
      this.#state = 'reconnecting';
      this.#context.listener.onConnection('reconnecting', null);
    } else if (native === NativeState.CONN_CONNECTED && this.#state === 'reconnecting') {
      this.#state = 'connected';
      this.#context.listener.onConnection('connected', null);
      // A full reconnect forgets what was subscribed; asking again for what is already there costs nothing.
      for (const identity of this.#peers.identities()) this.#video.applyAll(identity);
    }
  }

  #addPeer(info: ParticipantInfo, handle: bigint | undefined): void {
    const peer = peerOf(info);
    const known = this.#peers.get(peer.identity);
    if (known?.sessionId === peer.sessionId) {
      this.#peers.set(known, handle);
      return this.#setAttributes(peer.identity, { ...peer.attributes });
    }
    if (known !== null) this.#removePeer(peer.identity);
    this.#peers.set(peer, handle);
    this.#context.listener.onPeerJoined(peer);
  }

  #removePeer(identity: string): void {
    const peer = this.#peers.get(identity);
    if (peer === null) return;
    for (const sid of this.#peers.trackSids(identity)) this.#removeTrack(identity, sid);
    dropHandle(this.#peers.remove(identity)?.handle);
    this.#context.listener.onPeerLeft(peer);
  }

  #refresh(info: ParticipantInfo): void {
    if (info.identity === this.#local.identity && info.sid) this.#local = { ...this.#local, sessionId: info.sid };
    this.#setAttributes(info.identity ?? '', { ...info.attributes });
  }

  #setAttributes(identity: string, attributes: Record<string, string>): void {
    const isLocal = identity === this.#local.identity;
    const known = isLocal ? this.#local : this.#peers.get(identity);
    if (known === null) return;
    const changed = changedAttributes(known.attributes, attributes);
    if (Object.keys(changed).length === 0) return;
    const peer: Peer = { ...known, attributes };
    if (isLocal) this.#local = peer;
    else this.#peers.setAttributes(identity, attributes);
    this.#context.listener.onPeerAttributes(peer, changed);
    if (isLocal) this.#onLocalAttributes?.();
  }

  #addTrack(identity: string, owned: OwnedTrackPublication): void {
    const { info } = owned;
    const publication = owned.handle?.id;
    const peer = this.#peers.get(identity);
    if (peer === null || publication === undefined || info?.kind !== TrackKind.KIND_VIDEO) return dropHandle(publication);
    const sid = info.sid ?? '';
    if (this.#peers.track(identity, sid) !== null) return dropHandle(publication);
    const name = info.name ?? '';
    this.#peers.addTrack(identity, { sid, name, publication, hasTimestamps: hasFrameTimestamps(info) });
    this.#context.listener.onTrackAvailable({ peer, name });
    if (this.#context.wishes.get(identity, name) !== null) this.#video.apply(identity, name);
  }

  #removeTrack(identity: string, sid: string): void {
    const track = this.#peers.removeTrack(identity, sid);
    const peer = this.#peers.get(identity);
    if (track === null || peer === null) return;
    this.#video.unsubscribed(sid);
    dropHandle(track.publication);
    this.#context.listener.onTrackGone({ peer, name: track.name });
  }

  #warnOfEncryption(identity: string, state: EncryptionState | undefined): void {
    const words: Partial<Record<EncryptionState, string>> = {
      [EncryptionState.DECRYPTION_FAILED]: `what ${identity} sends cannot be decrypted: the end-to-end encryption keys differ`,
      [EncryptionState.MISSING_KEY]: `what ${identity} sends is encrypted, and no key is set here`,
      [EncryptionState.ENCRYPTION_FAILED]: 'video could not be encrypted',
      [EncryptionState.INTERNAL_ERROR]: 'end-to-end encryption failed inside the engine',
    };
    const text = state === undefined ? undefined : words[state];
    if (text !== undefined) this.#context.listener.onWarning('encryption-failed', text);
  }

  /** Serialized: two overlapping writes must end with the later one's values. */
  setAttributes(attributes: Readonly<Record<string, string>>): Promise<void> {
    const write = this.#attributeWrites.then(() => this.#writeAttributes(attributes));
    this.#attributeWrites = write.catch(() => undefined);
    return write;
  }

  async #writeAttributes(attributes: Readonly<Record<string, string>>): Promise<void> {
    if (this.#state === 'ended') throw notConnected('setting attributes');
    if (this.#hasAttributes(attributes) && (this.#isAnnounced || !this.#canWriteAttributes)) return;
    if (!this.#canWriteAttributes) throw roleNotSet(Object.keys(attributes), 'a token without the grant');
    await writeAttributes({ participant: this.#participant, attributes, calls: this.#calls, signal: this.#over.signal });
    this.#isAnnounced = true;
    await this.#awaitEcho(attributes);
  }

  /** The server's echo usually comes a moment after its answer; callers may read the local peer right away. */
  async #awaitEcho(attributes: Readonly<Record<string, string>>): Promise<void> {
    if (this.#hasAttributes(attributes)) return;
    const echo = new Promise<void>((resolve) => {
      this.#onLocalAttributes = () => {
        if (this.#hasAttributes(attributes)) resolve();
      };
      this.#over.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await withDeadline(echo, ATTRIBUTE_ECHO_MS, () => new Error('no echo')).catch(() => {
      this.#setAttributes(this.#local.identity, withoutEmpty({ ...this.#local.attributes, ...attributes }));
    });
    this.#onLocalAttributes = null;
  }

  #hasAttributes(attributes: Readonly<Record<string, string>>): boolean {
    return Object.entries(attributes).every(([key, text]) => (this.#local.attributes[key] ?? '') === text);
  }

  /** The engine copies the bytes during the request and keeps the order of calls. */
  async publishData(topic: string, payload: Uint8Array, reliable: boolean): Promise<void> {
    if (this.#state === 'ended') throw notConnected(`sending ${topic}`);
    const value = { localParticipantHandle: this.#participant, dataPtr: livekitRetrievePtr(payload), dataLen: BigInt(payload.byteLength), reliable, topic };
    this.#dataInFlight += 1;
    try {
      const { error } = await ffiCall<PublishDataCallback>({ case: 'publishData', value }, this.#calls);
      if (error) throw new PortalError('PUBLISH_FAILED', `${topic} was not sent`, { got: error, fix: 'Check that the token allows publishing data.' });
    } finally {
      this.#dataInFlight -= 1;
      if (this.#dataInFlight === 0) this.#onDrained?.();
    }
  }

  async sendBytes(topic: string, payload: Uint8Array, compress: boolean): Promise<void> {
    if (this.#state === 'ended') throw notConnected(`sending ${topic}`);
    this.#dataInFlight += 1;
    try {
      await sendByteStream(this.#participant, { senderIdentity: this.#local.identity, topic, payload, compress }, this.#calls);
    } finally {
      this.#dataInFlight -= 1;
      if (this.#dataInFlight === 0) this.#onDrained?.();
    }
  }

  async publishVideo(name: string, options: VideoPublishOptions): Promise<VideoPublication> {
    if (this.#state === 'ended') throw notConnected(`publishing ${name}`);
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
    if (this.#state !== 'ended') this.#video.apply(identity, name);
  }

  offerRpc(method: string, isOffered: boolean): void {
    if (this.#state !== 'ended') offerRpc(this.#participant, method, isOffered);
  }

  async performRpc(call: RpcCall): Promise<string> {
    if (this.#state === 'ended') throw notConnected(`calling ${call.method}`);
    const isKnown = (): boolean => this.#peers.get(call.destination) !== null;
    return performRpc(call, { participant: this.#participant, calls: this.#calls, isKnown });
  }

  /** Leaves the room after what was sent has been taken by the engine. */
  async leave(): Promise<void> {
    if (this.#state === 'ended') return;
    this.#isLeaving = true;
    if (this.#dataInFlight > 0) {
      const drained = new Promise<void>((resolve) => (this.#onDrained = resolve));
      // Late data is no reason to stay: what is not taken by then is lost with the session.
      await withDeadline(drained, DRAIN_TIMEOUT_MS, () => new Error('drain')).catch(() => undefined);
    }
    const room = this.#room;
    const left = ffiCall({ case: 'disconnect', value: { roomHandle: room } });
    await withDeadline(left, DISCONNECT_TIMEOUT_MS, () => new Error('disconnect')).catch(() => undefined);
    this.#end('left');
  }

  #end(reason: DisconnectReason): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    ffiRoutes.room.delete(this.#room);
    ffiRoutes.rpc.delete(this.#participant);
    const ended = new PortalError('DISCONNECTED', 'the session ended in between', { got: reason });
    this.#over.abort(ended);
    this.#calls.close(ended);
    this.#bytes.close();
    this.#video.close();
    for (const publisher of [...this.#publishers]) publisher.abandon();
    for (const identity of this.#peers.identities()) {
      const entry = this.#peers.remove(identity);
      for (const track of entry?.tracks.values() ?? []) dropHandle(track.publication);
      dropHandle(entry?.handle);
    }
    dropHandle(this.#participant);
    dropHandle(this.#room);
    this.#context.onEnded(reason);
  }
}

/** Keys whose text differs, with the new text; a key that went has ''. */
function changedAttributes(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): Record<string, string> {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return Object.fromEntries([...keys].filter((key) => (before[key] ?? '') !== (after[key] ?? '')).map((key) => [key, after[key] ?? '']));
}

function withoutEmpty(attributes: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).filter(([, text]) => text !== ''));
}
