import type { Peer } from './transport.ts';

/** `sender`: not the active operator, or nobody the server vouches for · `session`: the right identity, another connection of it. */
export type GateVerdict = 'accepted' | 'sender' | 'session';

/**
 * Whose actions count: those of one session of the active operator. An identity alone is not enough, for a second holder
 * of the same token takes it over without a word. So:
 * - an operator that left and comes back drives again, in its new session;
 * - one whose identity shows up in a second session while the first was not announced as left, or that left because it
 *   was replaced, is locked out in every session until it claims again.
 */
export class Gate {
  #identity: string | null = null;
  /** The session that may act; null while the operator is not here. */
  #sessionId: string | null = null;
  /** The session that left last: a packet of it may still come in, and must not be taken for the operator's return. */
  #departedId: string | null = null;
  /** Another session of the identity was seen beside the pinned one. */
  #contested = false;

  /** Identity of the active operator, here or not. */
  get activeOperator(): string | null {
    return this.#identity;
  }

  /**
   * A claim that was granted, or a pointer found at connect. `sessionId` is the operator's present session, null when it
   * is not in the room: then its next session is the one. Setting the same identity again is a new claim.
   */
  setActive(identity: string | null, sessionId: string | null): void {
    if (identity !== this.#identity || sessionId === this.#departedId) this.#departedId = null;
    this.#identity = identity;
    this.#sessionId = identity === null ? null : sessionId;
    this.#contested = false;
  }

  /** A peer came. Returns true when it is the active operator, back in control. */
  joined(peer: Peer): boolean {
    const wasAway = this.#sessionId === null;
    return this.check(peer) === 'accepted' && wasAway;
  }

  /** A peer left; `replaced` when the server closed it in favour of another connection of its identity. */
  left(peer: Peer, replaced = false): void {
    if (peer.identity !== this.#identity || peer.sessionId !== this.#sessionId) return;
    if (replaced || this.#contested) {
      this.#contested = true;
      return;
    }
    this.#departedId = peer.sessionId;
    this.#sessionId = null;
  }

  /** Whether what `from` sends counts. Null = the server named no sender. */
  check(from: Peer | null): GateVerdict {
    if (from === null || from.identity === '' || from.identity !== this.#identity) return 'sender';
    if (this.#sessionId === null) {
      if (from.sessionId === this.#departedId) return 'session';
      this.#sessionId = from.sessionId;
    }
    if (from.sessionId !== this.#sessionId) {
      this.#contested = true;
      return 'session';
    }
    return this.#contested ? 'session' : 'accepted';
  }
}
