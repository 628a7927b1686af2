import type { ConsolePatch, ConsoleState } from '../shared/console-state.ts';
import type { Clock } from '../shared/portal/clock.ts';

type Sections = Partial<Omit<ConsoleState, 'revision'>>;

/** Figures may wait this long, so that ten patches a second are the most they cost a window. */
const SOON_MS = 100;

/** The console's state with its revision. What a person waits for goes out at once, figures a few times a second. */
export class ConsoleStore {
  readonly #clock: Clock;
  readonly #push: (patch: ConsolePatch) => void;
  #state: ConsoleState;
  #waiting: Sections = {};
  #cancel: (() => void) | null = null;

  constructor(initial: ConsoleState, clock: Clock, push: (patch: ConsolePatch) => void) {
    this.#state = initial;
    this.#clock = clock;
    this.#push = push;
  }

  /** With everything that waits already in it. */
  get state(): ConsoleState {
    return { ...this.#state, ...this.#waiting };
  }

  /** Changes sections at once; what waits goes along, so that patches stay in order. */
  set(changed: Sections): void {
    this.#waiting = { ...this.#waiting, ...changed };
    this.#flush();
  }

  /** Changes sections within 100 ms. */
  setSoon(changed: Sections): void {
    this.#waiting = { ...this.#waiting, ...changed };
    this.#cancel ??= this.#clock.after(SOON_MS, () => this.#flush());
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #flush(): void {
    this.close();
    const changed = Object.fromEntries(
      Object.entries(this.#waiting).filter(([section, value]) => JSON.stringify(value) !== JSON.stringify(this.#state[section as keyof ConsoleState])),
    ) as Sections;
    this.#waiting = {};
    if (Object.keys(changed).length === 0) return;
    this.#state = { ...this.#state, ...changed, revision: this.#state.revision + 1 };
    this.#push({ revision: this.#state.revision, changed });
  }
}
