import { type Callback, Callbacks, type Unsubscribe } from './callbacks.ts';
import type { Clock } from './clock.ts';
import { type Warning, WarnOnce } from './warn-once.ts';
import type { WarningTag, WarningTotals } from './warning-tags.ts';

/** How many deliveries wait for a slow callback of which every one counts. */
const KEPT_WHILE_BUSY = 256;

/** What is wrong but does not end the session: said once for each cause and then at intervals, to whoever listens. */
export class Alarms {
  readonly #clock: Clock;
  readonly #warnOnce = new WarnOnce();
  readonly #totals = new Map<WarningTag, number>();
  // A failing warning callback can be told to nobody: telling the others would loop.
  readonly #onWarning = new Callbacks<Warning>({ keepWhileBusy: KEPT_WHILE_BUSY, onFailed: () => undefined, onMissed: () => undefined });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Says what went wrong, its likely cause and the knob; `key` tells one cause from another within a tag. */
  readonly warn = (tag: WarningTag, key: string, message: string): void => {
    this.#totals.set(tag, (this.#totals.get(tag) ?? 0) + 1);
    const warning = this.#warnOnce.note(tag, message, this.#clock.nowUs(), key);
    if (warning !== null) this.#onWarning.push(warning);
  };

  /** Callbacks of an event, whose failures are warnings; `freshOnly` = what a slow one misses is worth nothing once there is a newer one. */
  readonly callbacks = <T>(freshOnly = false): Callbacks<T> => new Callbacks<T>({
    keepWhileBusy: freshOnly ? 1 : KEPT_WHILE_BUSY,
    onFailed: (thrown) => {
      this.warn('callback-failed', String(thrown), `a callback failed: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}. The session goes on; catch it inside the callback.`);
    },
    onMissed: (count) => {
      this.warn('callback-slow', '', `a callback is too slow and missed ${count} deliveries just now. Do less in it, or hand the work on.`);
    },
  });

  /** Since this was made; what is only counted and not said is in it too. */
  totals(): WarningTotals {
    return Object.fromEntries(this.#totals);
  }

  onWarning(callback: Callback<Warning>): Unsubscribe {
    return this.#onWarning.add(callback);
  }
}
