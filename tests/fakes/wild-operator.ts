import type { LoopbackRoom } from '../../main/transport/loopback-room.ts';
import type { LoopbackTransport } from '../../main/transport/loopback-transport.ts';
import { ATTRIBUTE, RPC_METHOD, TOPIC } from '../../shared/portal/names.ts';
import type { PacketLayout } from '../../shared/portal/packet-layout.ts';
import type { Transport, TransportListener } from '../../shared/portal/transport.ts';
import { encodeAction, encodeChunk } from '../../shared/portal/wire.ts';

const DEAF: TransportListener = {
  onConnection: () => undefined, onPeerJoined: () => undefined, onPeerLeft: () => undefined, onPeerAttributes: () => undefined, onData: () => undefined,
  onByteStream: () => undefined, onTrackAvailable: () => undefined, onTrackGone: () => undefined, onVideoFrame: () => undefined, onWarning: () => undefined,
};

/** An operator that sends whatever bytes it is told to, with a clock of its own. */
export class WildOperator {
  readonly identity: string;
  /** Of its clock against ours, µs. */
  readonly aheadUs: number;
  readonly sent: Uint8Array[] = [];
  readonly #room: LoopbackRoom;
  readonly #layout: PacketLayout;
  #transport: Transport | null = null;

  constructor(room: LoopbackRoom, identity: string, layout: PacketLayout, aheadUs: number) {
    this.#room = room;
    this.identity = identity;
    this.#layout = layout;
    this.aheadUs = aheadUs;
  }

  get isHere(): boolean {
    return this.#transport !== null;
  }

  join(): void {
    const transport: LoopbackTransport = this.#room.join(this.identity, { attributes: { [ATTRIBUTE.role]: 'operator' } });
    transport.connect({ url: transport.url, token: transport.token, e2eeKey: null }, DEAF).then(() => { this.#transport = transport; }, () => undefined);
  }

  leave(): void {
    void this.#transport?.disconnect();
    this.#transport = null;
  }

  /** `pose` in the layout's order. */
  act(pose: readonly number[], trueUs: number, isReliable: boolean): void {
    this.bytes(encodeAction(this.#layout, Float64Array.from(pose), Math.round(trueUs + this.aheadUs), null), isReliable);
  }

  chunk(layout: PacketLayout, columns: Readonly<Record<string, readonly number[]>>, trueUs: number): void {
    this.#send(TOPIC.actionChunk, encodeChunk(layout, columns, Math.round(trueUs + this.aheadUs), null).bytes, true);
  }

  bytes(packet: Uint8Array, isReliable: boolean): void {
    this.sent.push(packet);
    if (this.sent.length > 200) this.sent.shift();
    this.#send(TOPIC.action, packet, isReliable);
  }

  call(method: string, payload: string): void {
    // What comes back is judged at the robot.
    void this.#transport?.performRpc({ destination: 'robot', method, payload, responseTimeoutMs: 8000 }).catch(() => undefined);
  }

  claim(identity = this.identity): void {
    this.call(RPC_METHOD.setActiveOperator, identity);
  }

  #send(topic: string, packet: Uint8Array, isReliable: boolean): void {
    void this.#transport?.publishData(topic, packet, { reliable: isReliable }).catch(() => undefined);
  }
}
