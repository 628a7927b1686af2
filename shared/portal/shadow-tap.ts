import type { Alarms } from './alarms.ts';
import type { Callback, Callbacks, Unsubscribe } from './callbacks.ts';
import { unknownChunk } from './chunk-outlet.ts';
import type { Clock } from './clock.ts';
import type { PortalConfig } from './config.ts';
import { ControlHistory, HANDOFF_DOUBT_MS } from './control-history.ts';
import { PortalError } from './errors.ts';
import type { Action, ActionChunk, ShadowAction, ShadowActionChunk } from './types.ts';

/** What is held back at most, in packets and in values. */
const MAX_HELD = 4096;
const MAX_HELD_VALUES = 4_000_000;

interface Held {
  sender: string;
  receivedUs: number;
  executed: boolean | null;
  values: number;
  tell: (mark: { receivedUs: number; executed: boolean | null }) => void;
}

/**
 * Every operator's actions and chunks, each marked executed or not. The robot judges a packet by the pointer of that
 * moment; here packet and pointer come by different ways, in either order. So each packet is held back for as long as
 * the pointer may be under way, and where control changed hands around it the mark is null rather than a guess.
 */
export class ShadowTap {
  readonly #clock: Clock;
  readonly #alarms: Alarms;
  readonly #history = new ControlHistory();
  readonly #onAction: Callbacks<ShadowAction>;
  readonly #onChunk: ReadonlyMap<string, Callbacks<ShadowActionChunk>>;
  /** In order of arrival. */
  readonly #held: Held[] = [];
  #heldValues = 0;
  #cancelTimer: (() => void) | null = null;

  constructor(config: PortalConfig, { clock, alarms }: { clock: Clock; alarms: Alarms }) {
    this.#clock = clock;
    this.#alarms = alarms;
    this.#onAction = alarms.callbacks();
    this.#onChunk = new Map(config.actionChunks.map(({ name }) => [name, alarms.callbacks()]));
  }

  onAction(callback: Callback<ShadowAction>): Unsubscribe {
    return this.#onAction.add(callback);
  }

  /** Throws UNKNOWN_CHUNK. */
  onActionChunk(name: string, callback: Callback<ShadowActionChunk>): Unsubscribe {
    const callbacks = this.#onChunk.get(name);
    if (callbacks === undefined) throw unknownChunk(name, [...this.#onChunk.keys()]);
    return callbacks.add(callback);
  }

  takeAction(action: Action, sender: string): void {
    this.#hold(sender, Object.keys(action.values).length, (mark) => { this.#onAction.push({ ...action, sender, ...mark }); });
  }

  takeChunk(chunk: ActionChunk, sender: string): void {
    this.#hold(sender, Object.keys(chunk.columns).length * chunk.horizon, (mark) => { this.#onChunk.get(chunk.name)?.push({ ...chunk, sender, ...mark }); });
  }

  /** Packets that are still held and that the new pointer judges otherwise may have met either. */
  pointerChanged(identity: string | null): void {
    this.#history.changed(identity, this.#clock.nowUs());
    for (const held of this.#held) if (held.executed !== (held.sender === identity)) held.executed = null;
  }

  /** The session is over: what became of the last packets will not be known. */
  ended(): void {
    while (this.#held.length > 0) this.#release(false);
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  #hold(sender: string, values: number, tell: Held['tell']): void {
    const receivedUs = this.#clock.nowUs();
    this.#held.push({ sender, receivedUs, executed: this.#history.controls(sender, receivedUs), values, tell });
    this.#heldValues += values;
    while (this.#held.length > MAX_HELD || this.#heldValues > MAX_HELD_VALUES) {
      this.#alarms.warn('shadow-full', '', 'more actions and chunks come than the shadow tap can hold until they are judged; the oldest are told unmarked. Send fewer or smaller ones.');
      this.#release(false);
    }
    this.#cancelTimer ??= this.#clock.after(HANDOFF_DOUBT_MS, () => { this.#settle(); });
  }

  /** Tells everything whose time is up, and comes back for the next. */
  #settle(): void {
    this.#cancelTimer = null;
    const nowUs = this.#clock.nowUs();
    for (let oldest = this.#held[0]; oldest !== undefined; [oldest] = this.#held) {
      const heldUs = nowUs - oldest.receivedUs;
      const leftMs = HANDOFF_DOUBT_MS - heldUs / 1000;
      // A clock that was set back must not hold anything for as long as the step.
      if (heldUs >= 0 && leftMs > 0) {
        this.#cancelTimer = this.#clock.after(leftMs, () => { this.#settle(); });
        return;
      }
      this.#release(true);
    }
  }

  #release(isSettled: boolean): void {
    const held = this.#held.shift();
    if (held === undefined) return;
    this.#heldValues -= held.values;
    held.tell({ receivedUs: held.receivedUs, executed: isSettled ? held.executed : null });
  }
}

/** For an operator that did not ask for one. */
export function noShadowTap(): PortalError {
  return new PortalError('NOT_SUPPORTED', 'this operator has no shadow tap', { expected: 'shadowTap: true', got: 'shadowTap: false', fix: 'Ask for it in the options of the operator: { shadowTap: true }.' });
}
