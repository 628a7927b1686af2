import { ActionReader } from './action-reader.ts';
import type { Alarms } from './alarms.ts';
import type { Callback, Callbacks, Unsubscribe } from './callbacks.ts';
import { unknownChunk } from './chunk-outlet.ts';
import type { Clock } from './clock.ts';
import type { PortalConfig } from './config.ts';
import type { PortalError } from './errors.ts';
import type { MetricsCollector } from './metrics-collector.ts';
import type { Action, ActionChunk } from './types.ts';

/** What the inlet needs of the session around it. */
export interface InletPorts {
  clock: Clock;
  metrics: MetricsCollector;
  alarms: Alarms;
  /** What the robot's clock says now; null = not known yet. */
  robotNowUs: () => number | null;
}

/**
 * Actions and chunks that count: decoded, measured, kept for the pull calls and handed to the callbacks. Who may send
 * them is decided before, by the caller.
 */
export class ActionInlet {
  readonly reader: ActionReader;
  readonly #ports: InletPorts;
  readonly #onAction: Callbacks<Action>;
  readonly #onChunk: ReadonlyMap<string, Callbacks<ActionChunk>>;
  #lastAction: Action | null = null;
  readonly #lastChunks = new Map<string, ActionChunk>();

  constructor(config: PortalConfig, ports: InletPorts) {
    this.#ports = ports;
    this.reader = new ActionReader(config, ports.alarms);
    this.#onAction = ports.alarms.callbacks();
    this.#onChunk = new Map(config.actionChunks.map(({ name }) => [name, ports.alarms.callbacks()]));
  }

  /** Takes an action packet. Null = of another schema: dropped and warned about. */
  takeAction(bytes: Uint8Array, sender: string): Action | null {
    const action = this.reader.action(bytes, sender);
    if (action !== null) this.acceptAction(action);
    return action;
  }

  /** As `takeAction`, for a chunk packet of any declared chunk. */
  takeChunk(bytes: Uint8Array, sender: string): ActionChunk | null {
    const chunk = this.reader.chunk(bytes, sender);
    if (chunk !== null) this.acceptChunk(chunk);
    return chunk;
  }

  /** An action that was read already. `isEcho`: this side's own, which crossed no wire and is not measured, as with the peer. */
  acceptAction(action: Action, isEcho = false): void {
    if (!isEcho) {
      this.#ports.metrics.actionReceived(action.timestampUs, this.#ports.clock.nowUs());
      this.#correlate(action.inReplyToTsUs);
    }
    this.#lastAction = action;
    this.#onAction.push(action);
  }

  /** As `acceptAction`. */
  acceptChunk(chunk: ActionChunk, isEcho = false): void {
    if (!isEcho) {
      this.#ports.metrics.chunkReceived(chunk.timestampUs, this.#ports.clock.nowUs());
      this.#correlate(chunk.inReplyToTsUs);
    }
    this.#lastChunks.set(chunk.name, chunk);
    this.#onChunk.get(chunk.name)?.push(chunk);
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

  /** From the observation to the arrival of its answer here, both on the robot's clock. */
  #correlate(inReplyToTsUs: number | null): void {
    const nowUs = inReplyToTsUs === null ? null : this.#ports.robotNowUs();
    if (inReplyToTsUs !== null && nowUs !== null) this.#ports.metrics.correlated(Math.round(nowUs - inReplyToTsUs));
  }

  #unknownChunk(name: string): PortalError {
    return unknownChunk(name, [...this.#onChunk.keys()]);
  }
}
