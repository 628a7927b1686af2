import type { Alarms } from './alarms.ts';
import type { Callback, Callbacks, Unsubscribe } from './callbacks.ts';
import { unknownChunk } from './chunk-outlet.ts';
import type { Clock } from './clock.ts';
import type { PortalConfig } from './config.ts';
import type { DecodeRefusal } from './decode-refusal.ts';
import type { PortalError } from './errors.ts';
import type { MetricsCollector } from './metrics-collector.ts';
import { type PacketLayout, actionLayout, chunkLayout } from './packet-layout.ts';
import { formatFingerprint } from './schema.ts';
import type { Action, ActionChunk } from './types.ts';
import { decodeAction, decodeChunk, peekFingerprint } from './wire.ts';

/** What the inlet needs of the session around it. */
export interface InletPorts {
  clock: Clock;
  metrics: MetricsCollector;
  alarms: Alarms;
}

/**
 * Actions and chunks that count: decoded, measured, kept for the pull calls and handed to the callbacks. Who may send
 * them is decided before, by the caller.
 */
export class ActionInlet {
  readonly #ports: InletPorts;
  readonly #layout: PacketLayout;
  readonly #chunkLayouts: ReadonlyMap<number, PacketLayout>;
  readonly #onAction: Callbacks<Action>;
  readonly #onChunk: ReadonlyMap<string, Callbacks<ActionChunk>>;
  #lastAction: Action | null = null;
  readonly #lastChunks = new Map<string, ActionChunk>();

  constructor(config: PortalConfig, ports: InletPorts) {
    this.#ports = ports;
    this.#layout = actionLayout(config.action);
    this.#chunkLayouts = new Map(config.actionChunks.map(chunkLayout).map((layout) => [layout.fingerprint, layout]));
    this.#onAction = ports.alarms.callbacks();
    this.#onChunk = new Map(config.actionChunks.map(({ name }) => [name, ports.alarms.callbacks()]));
  }

  /** Takes an action packet. Null = of another schema: dropped and warned about. */
  takeAction(bytes: Uint8Array, sender: string): Action | null {
    const decoded = decodeAction(this.#layout, bytes);
    if (!decoded.ok) return this.#refuse('action', sender, decoded);
    const { ok: _ok, ...rest } = decoded;
    const action: Action = { ...rest, sender };
    this.#ports.metrics.actionReceived(action.timestampUs, this.#ports.clock.nowUs());
    this.#correlate(action.inReplyToTsUs);
    this.#lastAction = action;
    this.#onAction.push(action);
    return action;
  }

  /** As `takeAction`, for a chunk packet of any declared chunk. */
  takeChunk(bytes: Uint8Array, sender: string): ActionChunk | null {
    const fingerprint = peekFingerprint(bytes);
    const layout = fingerprint === null ? undefined : this.#chunkLayouts.get(fingerprint);
    if (layout === undefined) {
      const declared = [...this.#chunkLayouts.keys()].map(formatFingerprint).join(', ') || 'no chunk';
      return this.#refuse('action chunk', sender, {
        ok: false, reason: 'fingerprint', expected: declared, got: fingerprint === null ? `${bytes.byteLength} bytes` : formatFingerprint(fingerprint),
      });
    }
    const decoded = decodeChunk(layout, bytes);
    if (!decoded.ok) return this.#refuse('action chunk', sender, decoded);
    const { ok: _ok, ...rest } = decoded;
    const chunk: ActionChunk = { ...rest, name: layout.name, horizon: layout.rows, sender };
    this.#ports.metrics.chunkReceived(chunk.timestampUs, this.#ports.clock.nowUs());
    this.#correlate(chunk.inReplyToTsUs);
    this.#lastChunks.set(layout.name, chunk);
    this.#onChunk.get(layout.name)?.push(chunk);
    return chunk;
  }

  onAction(callback: Callback<Action>): Unsubscribe {
    return this.#onAction.add(callback);
  }

  /** Throws UNKNOWN_CHUNK. */
  onActionChunk(name: string, callback: Callback<ActionChunk>): Unsubscribe {
    const callbacks = this.#onChunk.get(name);
    if (callbacks === undefined) throw this.#unknownChunk(name);
    return callbacks.add(callback);
  }

  getAction(): Action | null {
    return this.#lastAction;
  }

  /** Throws UNKNOWN_CHUNK. */
  getActionChunk(name: string): ActionChunk | null {
    if (!this.#onChunk.has(name)) throw this.#unknownChunk(name);
    return this.#lastChunks.get(name) ?? null;
  }

  /** Forgets the last action and chunks, so that a loop that polls does not go on with a command of who drives no more. */
  forget(): void {
    this.#lastAction = null;
    this.#lastChunks.clear();
  }

  /** now − the observation's own timestamp: both are the robot's clock when this side is the robot. */
  #correlate(inReplyToTsUs: number | null): void {
    if (inReplyToTsUs !== null) this.#ports.metrics.correlated(this.#ports.clock.nowUs() - inReplyToTsUs);
  }

  #refuse(what: string, sender: string, refusal: DecodeRefusal): null {
    this.#ports.alarms.warn(
      refusal.reason === 'fingerprint' ? 'schema-mismatch' : 'bad-payload',
      `${what} ${sender}`,
      `${what} of ${sender} dropped: ${refusal.reason} expected ${refusal.expected}, got ${refusal.got}. Both sides must declare the same fields, dtypes and order; share one portal.yaml.`,
    );
    return null;
  }

  #unknownChunk(name: string): PortalError {
    return unknownChunk(name, [...this.#onChunk.keys()]);
  }
}
