import type { RefusalReason } from '../shared/portal/host-state.ts';
import type { Action } from '../shared/portal/types.ts';
import { SenderClock } from './sender-clock.ts';

/** Senders remembered at most; the one silent the longest is forgotten first, so that made-up names cannot fill the memory. */
const MAX_SENDERS = 64;

interface Sender {
  clock: SenderClock;
  /** Timestamp of the last executed action. */
  lastExecutedUs: number;
}

/** Checks 4 to 6 of an action that passed the gate: order, age, finiteness. */
export class ActionChecks {
  readonly #limits: { maxAgeUs: number; maxFutureUs: number };
  readonly #senders = new Map<string, Sender>();

  constructor(limits: { maxAgeUs: number; maxFutureUs: number }) {
    this.#limits = limits;
  }

  /** The first check that refuses, in order; null = passed. `rttUs` as in `SenderClock`. */
  check(action: Action, arrivalUs: number, rttUs: number | null): RefusalReason | null {
    if (action.sender === null) return 'sender';
    const sender = this.#sender(action.sender);
    // The clock learns from every packet, also from one that comes out of order.
    const stepsBefore = sender.clock.steps;
    const ageUs = sender.clock.ageUs(action.timestampUs, arrivalUs, rttUs);
    // After its clock was set back, a sender's timestamps would be out of order for as long as the step was.
    if (sender.clock.steps !== stepsBefore) sender.lastExecutedUs = Number.NEGATIVE_INFINITY;
    if (action.timestampUs <= sender.lastExecutedUs) return 'order';
    if (ageUs > this.#limits.maxAgeUs || ageUs < -this.#limits.maxFutureUs) return 'age';
    for (const value of Object.values(action.values)) if (!Number.isFinite(Number(value))) return 'non-finite';
    return null;
  }

  /** Remembers an action as executed: older ones of its sender are refused from now on. */
  executed(action: Action): void {
    if (action.sender !== null) this.#sender(action.sender).lastExecutedUs = action.timestampUs;
  }

  #sender(identity: string): Sender {
    const sender = this.#senders.get(identity) ?? { clock: new SenderClock(this.#limits), lastExecutedUs: Number.NEGATIVE_INFINITY };
    this.#senders.delete(identity);
    this.#senders.set(identity, sender);
    const oldest = this.#senders.keys().next().value;
    if (this.#senders.size > MAX_SENDERS && oldest !== undefined) this.#senders.delete(oldest);
    return sender;
  }
}
