import type { Clock } from '../shared/portal/clock.ts';

const LOOK_EVERY_MS = 1000;
/** So many looks in a row without a word. They are counted and not timed: after a sleep of the machine the page first gets its turn. */
const SILENT_LOOKS = 6;

export interface PageWatchPorts {
  clock: Pick<Clock, 'after'>;
  /** Asks it for an answer, whatever that is. */
  ask(): void;
  /** Once: it does not answer. */
  onHang(): void;
}

/** Notices that a page hangs, which the system does not tell as it tells of one that died: it says nothing, not even when asked. */
export class PageWatch {
  readonly #ports: PageWatchPorts;
  #silentLooks = 0;
  #cancel: () => void;

  constructor(ports: PageWatchPorts) {
    this.#ports = ports;
    this.#cancel = ports.clock.after(LOOK_EVERY_MS, () => this.#look());
  }

  /** It said something: a page that gives pictures need not be asked. */
  heard(): void {
    this.#silentLooks = 0;
  }

  end(): void {
    this.#cancel();
  }

  #look(): void {
    this.#silentLooks += 1;
    if (this.#silentLooks > SILENT_LOOKS) return this.#ports.onHang();
    if (this.#silentLooks === 2) this.#ports.ask();
    this.#cancel = this.#ports.clock.after(LOOK_EVERY_MS, () => this.#look());
  }
}
