import type { ConsoleEvent, EventLevel } from '../shared/console-state.ts';

/** Lines kept: enough for an afternoon, little enough to send whole. */
const MAX_EVENTS = 200;

/** The console's log, oldest first. A line that repeats the last one raises its count instead of filling the log. */
export class EventLog {
  #events: readonly ConsoleEvent[] = [];
  #nextId = 1;

  get events(): ConsoleEvent[] {
    return [...this.#events];
  }

  add(level: EventLevel, tag: string, text: string, timestampUs: number): void {
    const last = this.#events.at(-1);
    if (last !== undefined && last.tag === tag && last.text === text) {
      this.#events = [...this.#events.slice(0, -1), { ...last, timestampUs, count: last.count + 1 }];
      return;
    }
    const event = { id: this.#nextId, timestampUs, level, tag, text, count: 1 };
    this.#nextId += 1;
    this.#events = [...this.#events, event].slice(-MAX_EVENTS);
  }

  clear(): void {
    this.#events = [];
  }
}
