import type { ConsoleEvent, EventLevel } from '../shared/console-state.ts';

/** Lines kept: enough for an afternoon, little enough to send whole. */
const MAX_EVENTS = 200;

/** How far back a warning is looked for: what comes again every ten seconds is one line with a count. */
const RECENT = 30;

/** The console's log, oldest first. A line that repeats the last one, or a recent warning, raises its count instead of filling the log. */
export class EventLog {
  #events: readonly ConsoleEvent[] = [];
  #nextId = 1;

  get events(): ConsoleEvent[] {
    return [...this.#events];
  }

  /** `count`: how often it happened, once or since it was last said. */
  add(level: EventLevel, tag: string, text: string, timestampUs: number, count = 1): void {
    const known = this.#events.slice(level === 'warn' ? -RECENT : -1).findLast((event) => event.level === level && event.tag === tag && event.text === text);
    if (known !== undefined) {
      this.#events = [...this.#events.filter((event) => event !== known), { ...known, timestampUs, count: known.count + count }];
      return;
    }
    const event = { id: this.#nextId, timestampUs, level, tag, text, count };
    this.#nextId += 1;
    this.#events = [...this.#events, event].slice(-MAX_EVENTS);
  }

  clear(): void {
    this.#events = [];
  }
}
