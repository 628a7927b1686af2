import { PortalError } from '../../shared/portal/errors.ts';
import type {
  ConnectOptions, DisconnectReason, Peer, RpcHandler, Transport, TransportListener, VideoPublication, VideoPublishOptions, VideoPull,
} from '../../shared/portal/transport.ts';
import { notConnected } from './loopback-errors.ts';
import type { LoopbackEndpoint, LoopbackMember } from './loopback-member.ts';
import type { LoopbackRoom } from './loopback-room.ts';
import type { LoopbackCall } from './loopback-rpc.ts';

/** PORT Transport over a `LoopbackRoom`, which makes it with `join`. */
export class LoopbackTransport implements Transport, LoopbackEndpoint {
  /** What to connect with. */
  readonly url: string;
  readonly token: string;
  readonly rpcHandlers = new Map<string, RpcHandler>();
  readonly #room: LoopbackRoom;
  readonly #pulls = new Map<string, VideoPull>();
  #member: LoopbackMember | null = null;
  #isConnecting = false;
  #isCancelled = false;

  constructor(room: LoopbackRoom, token: string) {
    this.#room = room;
    this.url = room.url;
    this.token = token;
  }

  async connect(options: ConnectOptions, listener: TransportListener): Promise<Peer> {
    if (this.#member !== null || this.#isConnecting) {
      throw new PortalError('ALREADY_CONNECTED', 'the transport has a session already', { fix: 'Disconnect it first.' });
    }
    this.#isConnecting = true;
    this.#isCancelled = false;
    try {
      const member = await this.#room.enter(options, this, listener);
      if (this.#isCancelled) this.#room.leave(member, 'left');
      if (!member.isPresent) throw new PortalError('DISCONNECTED', 'the session ended while it connected', { fix: 'Connect again.' });
      return member.peer();
    } finally {
      this.#isConnecting = false;
    }
  }

  disconnect(): Promise<void> {
    this.#isCancelled = true;
    if (this.#member !== null) this.#room.leave(this.#member, 'left');
    return Promise.resolve();
  }

  async setAttributes(attributes: Readonly<Record<string, string>>): Promise<void> {
    const member = this.#session('setting attributes');
    if (!member.grants.canUpdateOwnMetadata) {
      throw new PortalError('ROLE_NOT_SET', 'the token does not allow to set attributes', {
        expected: 'the grant canUpdateOwnMetadata', got: 'a token without it', fix: 'Ask for a token with canUpdateOwnMetadata, or with the role in its attributes.',
      });
    }
    await this.#room.setAttributes(member, attributes);
  }

  async publishData(topic: string, payload: Uint8Array, options: { reliable: boolean }): Promise<void> {
    this.#room.sendData(this.#session('sending data'), topic, payload.slice(), options.reliable);
  }

  async sendBytes(topic: string, payload: Uint8Array): Promise<void> {
    this.#room.sendBytes(this.#session('sending a byte stream'), topic, payload.slice());
  }

  async publishVideo(name: string, { codec }: VideoPublishOptions): Promise<VideoPublication> {
    return this.#room.publish(this.#session('publishing video'), name, codec);
  }

  pullVideo(identity: string, trackName: string, wanted: VideoPull | null): void {
    const key = pullKey(identity, trackName);
    if (wanted === null) this.#pulls.delete(key);
    else this.#pulls.set(key, wanted);
  }

  registerRpc(method: string, handler: RpcHandler): void {
    this.rpcHandlers.set(method, handler);
  }

  unregisterRpc(method: string): void {
    this.rpcHandlers.delete(method);
  }

  async performRpc(request: LoopbackCall): Promise<string> {
    return this.#room.call(this.#session(`RPC ${request.method}`), request);
  }

  pulled(identity: string, track: string): VideoPull | null {
    return this.#pulls.get(pullKey(identity, track)) ?? null;
  }

  entered(member: LoopbackMember): void {
    this.#member = member;
  }

  ended(reason: DisconnectReason): void {
    const member = this.#member;
    this.#member = null;
    member?.listener.onConnection('disconnected', reason);
  }

  #session(what: string): LoopbackMember {
    if (this.#member === null) throw notConnected(what);
    return this.#member;
  }
}

function pullKey(identity: string, track: string): string {
  return JSON.stringify([identity, track]);
}
