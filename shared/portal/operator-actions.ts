import { ActionInlet } from './action-inlet.ts';
import { ChunkOutlet } from './chunk-outlet.ts';
import type { PortalConfig } from './config.ts';
import type { Link } from './link.ts';
import { TOPIC } from './names.ts';
import { actionLayout } from './packet-layout.ts';
import { RowOutlet } from './row-outlet.ts';
import { ShadowTap, noShadowTap } from './shadow-tap.ts';
import type { ByteStream, DataPacket, Peer } from './transport.ts';
import type { Values } from './types.ts';
import type { ChunkColumns } from './wire.ts';

export interface ActionOptions {
  /** Default: now. */
  timestampUs?: number;
  /** Timestamp of the observation it answers; the robot measures the latency with it. */
  inReplyToTsUs?: number | null;
}

/**
 * The actions of an operator: its own on their way out, with action subscription those the robot obeys, and with a shadow
 * tap those of everybody; its own are among both.
 */
export class OperatorActions {
  /** What the robot obeys; empty without action subscription. */
  readonly executed: ActionInlet;
  readonly #tap: ShadowTap | null;
  readonly #link: Link;
  readonly #config: PortalConfig;
  readonly #rows: RowOutlet;
  readonly #chunks: ChunkOutlet;

  /** `robotNowUs` as in `InletPorts`. */
  constructor(config: PortalConfig, link: Link, robotNowUs: () => number | null, wantsShadow: boolean) {
    const { clock, metrics, alarms } = link;
    this.executed = new ActionInlet(config, { clock, metrics, alarms, robotNowUs });
    this.#tap = wantsShadow ? new ShadowTap(config, { clock, alarms }) : null;
    this.#link = link;
    this.#config = config;
    this.#rows = new RowOutlet(actionLayout(config.action), alarms.warn);
    this.#chunks = new ChunkOutlet(config.actionChunks, alarms.warn);
  }

  /** Throws NOT_SUPPORTED when none was asked for. */
  get tap(): ShadowTap {
    if (this.#tap === null) throw noShadowTap();
    return this.#tap;
  }

  /** A session begins: values carried forward do not outlive one. */
  entered(): void {
    this.#rows.reset();
  }

  ended(): void {
    this.#tap?.ended();
  }

  /** Another operator is in control, or nobody. */
  pointerChanged(identity: string | null): void {
    this.executed.forget();
    this.#tap?.pointerChanged(identity);
  }

  /** Throws VALUE_INVALID and NOT_CONNECTED. */
  send(values: Values, { timestampUs, inReplyToTsUs }: ActionOptions): void {
    this.#link.requireOpen('sending an action');
    const packet = this.#rows.packet(values, timestampUs ?? this.#link.clock.nowUs(), inReplyToTsUs ?? null);
    this.#link.publish(TOPIC.action, packet, this.#config.actionReliable);
    this.#link.metrics.actionSent();
    this.#actionOf(this.#link.localIdentity, packet);
  }

  /** Throws UNKNOWN_CHUNK, VALUE_INVALID and NOT_CONNECTED. */
  sendChunk(name: string, columns: ChunkColumns, { timestampUs, inReplyToTsUs }: ActionOptions): void {
    this.#link.requireOpen('sending an action chunk');
    const packet = this.#chunks.packet(name, columns, timestampUs ?? this.#link.clock.nowUs(), inReplyToTsUs ?? null);
    this.#link.publishBytes(TOPIC.actionChunk, packet);
    this.#link.metrics.chunkSent();
    this.#chunkOf(this.#link.localIdentity, packet);
  }

  takeAction({ payloadBorrow, from }: DataPacket): void {
    this.#actionOf(nameOf(from), payloadBorrow);
  }

  takeChunk({ payload, from }: ByteStream): void {
    this.#chunkOf(nameOf(from), payload);
  }

  #actionOf(sender: string | null, packet: Uint8Array): void {
    const isExecuted = this.#isExecuted(sender);
    if (sender === null || (!isExecuted && this.#tap === null)) return;
    const action = this.executed.reader.action(packet, sender);
    if (action === null) return;
    if (isExecuted) this.executed.acceptAction(action, sender === this.#link.localIdentity);
    this.#tap?.takeAction(action, sender);
  }

  #chunkOf(sender: string | null, packet: Uint8Array): void {
    const isExecuted = this.#isExecuted(sender);
    if (sender === null || (!isExecuted && this.#tap === null)) return;
    const chunk = this.executed.reader.chunk(packet, sender);
    if (chunk === null) return;
    if (isExecuted) this.executed.acceptChunk(chunk, sender === this.#link.localIdentity);
    this.#tap?.takeChunk(chunk, sender);
  }

  /** Whether the robot obeys the sender; only asked for with action subscription. */
  #isExecuted(sender: string | null): boolean {
    return this.#config.actionSubscription && sender !== null && sender === this.#link.roster.activeOperator;
  }
}

/** Null = nobody the server vouches for. */
function nameOf(from: Peer | null): string | null {
  return from?.identity || null;
}
