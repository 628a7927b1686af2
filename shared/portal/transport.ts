import type { PixelFormat, VideoFrame } from './types.ts';
import type { WarningTag } from './warning-tags.ts';

/** A participant as the server knows it. */
export interface Peer {
  identity: string;
  /** Changes with every connection, also of the same identity. */
  sessionId: string;
  attributes: Readonly<Record<string, string>>;
}

/** `reconnecting` is the transport's own retry: peers and tracks may change when `connected` comes again. */
export type ConnectionState = 'connected' | 'reconnecting' | 'disconnected';

/** Why a session ended: `duplicate-identity` = another connection took the identity. */
export type DisconnectReason = 'left' | 'duplicate-identity' | 'removed' | 'room-closed' | 'connection-lost' | 'token-expired';

/** A video track a peer offers. */
export interface RemoteTrack {
  peer: Peer;
  name: string;
}

/** A track as it is announced. */
export interface TrackOffer extends RemoteTrack {
  /** What the sender really encodes; null = not said, or none that Portal knows. */
  codec: WebRtcCodec | null;
}

export interface DataPacket {
  topic: string;
  /** Borrowed: valid during the call only. */
  payloadBorrow: Uint8Array;
  /** Null when the server named no sender (hidden or not yet announced): nobody to trust. */
  from: Peer | null;
}

/** A whole byte stream, received to its end. */
export interface ByteStream {
  topic: string;
  payload: Uint8Array;
  from: Peer | null;
}

export interface RpcRequest {
  method: string;
  payload: string;
  /** Empty for a hidden caller. */
  callerIdentity: string;
  responseTimeoutMs: number;
}

/** Replies with the returned text. A thrown PortalError with `rpcCode` crosses with that code, any other error as 1500. */
export type RpcHandler = (request: RpcRequest) => string | Promise<string>;

/** What of a track is wanted: pixels in a format, or `times` alone, which come as frames of 0×0 without data. */
export type VideoPull = PixelFormat | 'times';

export type WebRtcCodec = 'h264' | 'vp8' | 'vp9' | 'av1' | 'h265';

export interface VideoPublishOptions {
  codec: WebRtcCodec;
  maxBitrateKbps: number;
  /** Twice the config's fps. */
  maxFps: number;
  simulcast: boolean;
  screencast: boolean;
  width: number;
  height: number;
}

/** A published track. */
export interface VideoPublication {
  /** Hands one frame over without waiting for the encoder. False = refused because the last one is still being taken. */
  send(frame: VideoFrame): boolean;
  close(): Promise<void>;
}

/** What a session announces. Calls are synchronous, in order, one listener; a listener never throws. */
export interface TransportListener {
  onConnection(state: ConnectionState, reason: DisconnectReason | null): void;
  /** Also once for everybody present at connect, before `connect` resolves. */
  onPeerJoined(peer: Peer): void;
  /** `isReplaced`: the server ended this session in favour of another connection of the same identity. */
  onPeerLeft(peer: Peer, isReplaced?: boolean): void;
  /** After the peer's attributes changed; the local peer included. `peer.attributes` is the new whole. */
  onPeerAttributes(peer: Peer, changed: Readonly<Record<string, string>>): void;
  onData(packet: DataPacket): void;
  onByteStream(stream: ByteStream): void;
  onTrackAvailable(track: TrackOffer): void;
  onTrackGone(track: RemoteTrack): void;
  /** Frames of tracks asked for with `pullVideo`. `timestampUs` null = the sender attached none. */
  onVideoFrame(track: RemoteTrack, frame: Omit<VideoFrame, 'timestampUs'> & { timestampUs: number | null }): void;
  /** Something was lost or refused below. */
  onWarning(tag: WarningTag, message: string): void;
}

export interface ConnectOptions {
  url: string;
  token: string;
  /** Shared key as text; null = not encrypted. */
  e2eeKey: string | null;
}

/** PORT: a room. One instance serves one session; `connect` may be called again after `disconnect`. */
export interface Transport {
  /** Resolves with the local peer. Rejects with SERVER_UNREACHABLE, TOKEN_REFUSED or CONNECT_TIMEOUT; never hangs. */
  connect(options: ConnectOptions, listener: TransportListener): Promise<Peer>;
  /** Idempotent; announces `disconnected` with `left`. Resolves when everything sent before is on its way. */
  disconnect(): Promise<void>;
  /** Resolves once the server took them. Rejects with ROLE_NOT_SET when the token has no grant for it. */
  setAttributes(attributes: Readonly<Record<string, string>>): Promise<void>;
  /** To everybody in the room. Rejects with NOT_CONNECTED or PUBLISH_FAILED; a copy is taken before it returns. */
  publishData(topic: string, payload: Uint8Array, options: { reliable: boolean }): Promise<void>;
  /** One byte stream to everybody, always reliable. */
  sendBytes(topic: string, payload: Uint8Array, options: { compress: boolean }): Promise<void>;
  /** Rejects with PUBLISH_FAILED, or NOT_SUPPORTED for a codec that this machine cannot encode. */
  publishVideo(name: string, options: VideoPublishOptions): Promise<VideoPublication>;
  /** Subscribe a peer's track and decode it into the format, or null to stop. Remembered across track restarts and reconnects. */
  pullVideo(identity: string, trackName: string, wanted: VideoPull | null): void;
  registerRpc(method: string, handler: RpcHandler): void;
  unregisterRpc(method: string): void;
  /** Rejects with RPC_FAILED and `rpcCode`, or RPC_TIMEOUT. */
  performRpc(request: { destination: string; method: string; payload: string; responseTimeoutMs: number }): Promise<string>;
}
