import type { RefusalReason } from '../shared/portal/host-state.ts';
import type { Action, ActionChunk } from '../shared/portal/types.ts';
import { SenderClock } from './sender-clock.ts';

/** Senders remembered at most; the one silent the longest is forgotten first, so that made-up names cannot fill the memory. */
const MAX_SENDERS = 64;

interface Sender {
  clock: SenderClock;
  /** Timestamp of the last executed action or row. */
  lastExecutedUs: number;
  /** Timestamp of the last command, an executed action or a chunk as a whole: what was sent before it no longer counts. */
  lastCommandUs: number;
}

/** Checks 4 to 6 of what passed the gate: order, age, finiteness. Of a chunk as a whole, and of each row when it is due. */
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
    const ageUs = ageOf(sender, action.timestampUs, arrivalUs, rttUs);
    if (action.timestampUs <= Math.max(sender.lastExecutedUs, sender.lastCommandUs)) return 'order';
    if (ageUs > this.#limits.maxAgeUs || ageUs < -this.#limits.maxFutureUs) return 'age';
    return nonFinite(action);
  }

  /**
   * As `check`, for a chunk of `durationUs`. Taken: when its first row is due on our clock, in the past when it came late;
   * refused for its age once the last row's turn is over.
   */
  checkChunk(chunk: ActionChunk, durationUs: number, arrivalUs: number, rttUs: number | null): { refused: RefusalReason } | { startUs: number } {
    if (chunk.sender === null) return { refused: 'sender' };
    const sender = this.#sender(chunk.sender);
    const ageUs = ageOf(sender, chunk.timestampUs, arrivalUs, rttUs);
    if (chunk.timestampUs <= sender.lastCommandUs) return { refused: 'order' };
    if (ageUs >= durationUs || ageUs < -this.#limits.maxFutureUs) return { refused: 'age' };
    return { startUs: arrivalUs - ageUs };
  }

  /** A row of a chunk that was taken; its age is `lateUs`, counted from its due time. */
  checkRow(row: Action, lateUs: number): RefusalReason | null {
    if (row.sender === null) return 'sender';
    if (row.timestampUs <= this.#sender(row.sender).lastExecutedUs) return 'order';
    return lateUs > this.#limits.maxAgeUs ? 'age' : nonFinite(row);
  }

  /** Remembers an action or row as executed: older ones of its sender are refused from now on. */
  executed(action: Action): void {
    if (action.sender !== null) this.#sender(action.sender).lastExecutedUs = action.timestampUs;
  }

  /** Remembers an action or chunk as the sender's last command. */
  commanded({ sender, timestampUs }: { sender: string | null; timestampUs: number }): void {
    if (sender !== null) this.#sender(sender).lastCommandUs = timestampUs;
  }

  #sender(identity: string): Sender {
    const sender = this.#senders.get(identity) ?? { clock: new SenderClock(this.#limits), lastExecutedUs: Number.NEGATIVE_INFINITY, lastCommandUs: Number.NEGATIVE_INFINITY };
    this.#senders.delete(identity);
    this.#senders.set(identity, sender);
    const oldest = this.#senders.keys().next().value;
    if (this.#senders.size > MAX_SENDERS && oldest !== undefined) this.#senders.delete(oldest);
    return sender;
  }
}

/** The clock learns from every packet, also from one that comes out of order. */
function ageOf(sender: Sender, timestampUs: number, arrivalUs: number, rttUs: number | null): number {
  const stepsBefore = sender.clock.steps;
  const ageUs = sender.clock.ageUs(timestampUs, arrivalUs, rttUs);
  // After its clock was set back, a sender's timestamps would be out of order for as long as the step was.
  if (sender.clock.steps !== stepsBefore) sender.lastExecutedUs = sender.lastCommandUs = Number.NEGATIVE_INFINITY;
  return ageUs;
}

function nonFinite({ values }: Action): RefusalReason | null {
  return Object.values(values).every((value) => Number.isFinite(Number(value))) ? null : 'non-finite';
}
