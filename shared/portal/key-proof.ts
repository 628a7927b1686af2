import type { Clock } from './clock.ts';
import { decodeRtt } from './rtt-packet.ts';
import type { Peer } from './transport.ts';

/** Beyond two pings: the time their answers may take. */
const ANSWER_MS = 300;

/**
 * Finds who sends plainly into an encrypted session. A plain packet cannot be told from a decrypted one, but who has no key
 * cannot read our pings: whoever is heard and leaves two of them unanswered has none. It is a sign, not a proof.
 */
export class KeyProof {
  readonly #clock: Clock;
  readonly #waitMs: number;
  readonly #onKeyless: (peer: Peer) => void;
  /** By session; `null` = it has answered, or was judged. */
  readonly #watches = new Map<string, (() => void) | null>();

  /** `pingMs` 0 = nobody is pinged, so nobody is judged. */
  constructor(clock: Clock, pingMs: number, onKeyless: (peer: Peer) => void) {
    this.#clock = clock;
    this.#waitMs = pingMs === 0 ? 0 : 2 * pingMs + ANSWER_MS;
    this.#onKeyless = onKeyless;
  }

  /** A packet of somebody who answers our pings where it can read them. */
  heard(peer: Peer): void {
    if (this.#waitMs === 0 || this.#watches.has(peer.sessionId)) return;
    this.#watches.set(peer.sessionId, this.#clock.after(this.#waitMs, () => {
      this.#watches.set(peer.sessionId, null);
      this.#onKeyless(peer);
    }));
  }

  /** An rtt packet of anybody. */
  rtt(bytes: Uint8Array, peer: Peer): void {
    const packet = decodeRtt(bytes);
    if (packet.ok && packet.kind === 'pong') this.#settle(peer.sessionId, null);
  }

  left(peer: Peer): void {
    this.#settle(peer.sessionId, undefined);
  }

  close(): void {
    for (const cancel of this.#watches.values()) cancel?.();
    this.#watches.clear();
  }

  #settle(sessionId: string, outcome: null | undefined): void {
    this.#watches.get(sessionId)?.();
    if (outcome === null) this.#watches.set(sessionId, null);
    else this.#watches.delete(sessionId);
  }
}
