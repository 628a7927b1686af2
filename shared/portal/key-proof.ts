import type { Clock } from './clock.ts';
import { decodeRtt } from './rtt-packet.ts';
import type { Peer } from './transport.ts';

/** The time an answer may take, and how far from its pace a ping may be heard. */
const ANSWER_MS = 300;

/**
 * Finds who sends plainly into an encrypted session. A plain packet cannot be told from a decrypted one, but who has no key
 * cannot read our pings: whoever leaves two of them unanswered, and is heard then, has none. A program that stands still for
 * seconds, as one that is just opening its window, answers nothing either, but is not heard. It is a sign, not a proof.
 */
export class KeyProof {
  readonly #clock: Clock;
  /** From the first packet on; what is heard later comes after two pings. */
  readonly #pingsMs: number;
  readonly #onKeyless: (peer: Peer) => void;
  /** By session. */
  readonly #watches = new Map<string, Watch>();

  /** `pingMs` 0 = nobody is pinged, so nobody is judged. */
  constructor(clock: Clock, pingMs: number, onKeyless: (peer: Peer) => void) {
    this.#clock = clock;
    this.#pingsMs = Math.max(pingMs, 2 * pingMs - ANSWER_MS);
    this.#onKeyless = onKeyless;
  }

  /** A packet of somebody who answers our pings where it can read them. */
  heard(peer: Peer): void {
    if (this.#pingsMs === 0) return;
    const watch = this.#watches.get(peer.sessionId);
    if (watch === undefined) this.#wait(peer, this.#pingsMs, () => { this.#watches.set(peer.sessionId, 'listens'); });
    // What stood still may be heard a moment before its answers.
    else if (watch === 'listens') this.#wait(peer, 2 * ANSWER_MS, () => { this.#judge(peer); });
  }

  /** An rtt packet of anybody. */
  rtt(bytes: Uint8Array, peer: Peer): void {
    const packet = decodeRtt(bytes);
    if (packet.ok && packet.kind === 'pong') this.#settle(peer.sessionId, 'done');
  }

  left(peer: Peer): void {
    this.#settle(peer.sessionId, undefined);
  }

  close(): void {
    for (const watch of this.#watches.values()) cancel(watch);
    this.#watches.clear();
  }

  #wait(peer: Peer, delayMs: number, then: () => void): void {
    this.#watches.set(peer.sessionId, this.#clock.after(delayMs, then));
  }

  #judge(peer: Peer): void {
    this.#watches.set(peer.sessionId, 'done');
    this.#onKeyless(peer);
  }

  #settle(sessionId: string, outcome: 'done' | undefined): void {
    cancel(this.#watches.get(sessionId));
    if (outcome === undefined) this.#watches.delete(sessionId);
    else this.#watches.set(sessionId, outcome);
  }
}

/** A wait that can be cancelled; two pings are out and its next packet counts; or it has answered or was judged. */
type Watch = (() => void) | 'listens' | 'done';

function cancel(watch: Watch | undefined): void {
  if (typeof watch === 'function') watch();
}
