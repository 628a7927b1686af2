import type { Clock } from '../shared/portal/clock.ts';
import { toPortalError, type PortalError } from '../shared/portal/errors.ts';
import type { LeaderArm } from './devices/device.ts';

const RETRY_MS = 1000;

/** Keeps a leader open: one that cannot be opened is tried again every second, until closed. Once open, an arm on a bus comes back by itself. */
export class LeaderDevice {
  readonly #clock: Clock;
  readonly #make: () => LeaderArm;
  readonly #onOpen: (arm: LeaderArm) => void;
  readonly #onFailure: (error: PortalError) => void;
  #arm: LeaderArm | null = null;
  #error: PortalError | null = null;
  #isClosed = false;
  #cancel: () => void = () => undefined;
  #opening: Promise<void> = Promise.resolve();

  /** `make`: a new leader, from what its files say now; may throw. `onFailure`: the first, and every one with another code. */
  constructor(clock: Clock, make: () => LeaderArm, listener: { onOpen(arm: LeaderArm): void; onFailure(error: PortalError): void }) {
    this.#clock = clock;
    this.#make = make;
    this.#onOpen = (arm) => listener.onOpen(arm);
    this.#onFailure = (error) => listener.onFailure(error);
  }

  /** Null until it could be opened. */
  get arm(): LeaderArm | null {
    return this.#arm;
  }

  /** Why it could not be opened. */
  get error(): PortalError | null {
    return this.#error;
  }

  /** Resolves after the first attempt, whatever came of it. */
  open(): Promise<void> {
    this.#opening = this.#attempt();
    return this.#opening;
  }

  /** Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel();
    await this.#opening;
    const arm = this.#arm;
    this.#arm = null;
    await arm?.close().catch(() => undefined);
  }

  async #attempt(): Promise<void> {
    try {
      const arm = this.#make();
      await arm.open();
      // Closed meanwhile: `close` waits for this attempt and closes what it finds.
      this.#arm = arm;
      this.#error = null;
      if (!this.#isClosed) this.#onOpen(arm);
    } catch (thrown) {
      const error = toPortalError(thrown, 'DEVICE_FAILED');
      const isNews = this.#error?.code !== error.code;
      this.#error = error;
      if (this.#isClosed) return;
      if (isNews) this.#onFailure(error);
      this.#cancel = this.#clock.after(RETRY_MS, () => { this.#opening = this.#attempt(); });
    }
  }
}
