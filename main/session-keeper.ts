import type { Clock } from '../shared/portal/clock.ts';
import { PortalError, toPortalError } from '../shared/portal/errors.ts';
import type { ConnectionState, DisconnectReason } from '../shared/portal/transport.ts';

/** The part of a role that is kept in its session. */
export interface Keepable {
  connect(url: string, token: string): Promise<void>;
  disconnect(): Promise<void>;
  onConnection(listener: (state: ConnectionState, reason: DisconnectReason | null) => void): () => void;
}

/** The part of `SessionAccess` a session is kept with. */
export interface Entry {
  open(): Promise<{ url: string; token: string }>;
  announce(): Promise<void>;
  readonly hasFixedToken: boolean;
}

export interface KeeperListener {
  /** Out of the session; `retryInMs` until the next attempt. */
  onLost(reason: string, retryInMs: number): void;
  /** In the session, the first time and after every loss. */
  onConnected(url: string): void;
  /** The engine below is reconnecting on its own. */
  onReconnecting(): void;
  /** Out for good: trying again would not help, or would take the place of somebody else again and again. */
  onEnded(error: PortalError): void;
}

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;

/** Keeps a role in its session: the first connect may fail, later losses are retried with growing pauses, as a service must. */
export class SessionKeeper {
  readonly #role: Keepable;
  readonly #access: Entry;
  readonly #clock: Clock;
  readonly #listener: KeeperListener;
  readonly #unsubscribe: () => void;
  #url = '';
  #isStopped = false;
  #isIn = false;
  #isConnecting = false;
  #failures = 0;
  #cancelRetry: () => void = () => undefined;

  constructor(role: Keepable, access: Entry, clock: Clock, listener: KeeperListener) {
    this.#role = role;
    this.#access = access;
    this.#clock = clock;
    this.#listener = listener;
    this.#unsubscribe = role.onConnection((state, reason) => this.#onConnection(state, reason));
  }

  /** The first connect. Rejects with what stood in the way; then nothing is retried. */
  async start(): Promise<void> {
    await this.#connect();
  }

  /** Leaves the session and stays out. Never rejects. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelRetry();
    this.#unsubscribe();
    this.#isIn = false;
    await this.#role.disconnect().catch(() => undefined);
  }

  async #connect(): Promise<void> {
    this.#isConnecting = true;
    try {
      const { url, token } = await this.#access.open();
      // Getting in may have taken a while: a server was started.
      if (this.#isStopped) throw new PortalError('DISCONNECTED', 'Stopped before it was connected');
      this.#url = url;
      await this.#role.connect(url, token);
    } finally {
      this.#isConnecting = false;
    }
    if (this.#isStopped) {
      await this.#role.disconnect();
      return;
    }
    this.#failures = 0;
    this.#enter();
  }

  #enter(): void {
    if (this.#isIn) return;
    this.#isIn = true;
    void this.#access.announce();
    this.#listener.onConnected(this.#url);
  }

  #onConnection(state: ConnectionState, reason: DisconnectReason | null): void {
    if (this.#isStopped) return;
    if (state === 'reconnecting') {
      if (this.#isIn) this.#listener.onReconnecting();
      this.#isIn = false;
    } else if (state === 'connected') {
      if (!this.#isConnecting) this.#enter();
    } else if (!this.#isConnecting) {
      this.#isIn = false;
      const fatal = this.#fatal(reason);
      if (fatal === null) this.#retry(reason ?? 'connection-lost');
      else this.#listener.onEnded(fatal);
    }
  }

  #fatal(reason: DisconnectReason | null): PortalError | null {
    if (reason === 'duplicate-identity') {
      return new PortalError('DUPLICATE_IDENTITY', 'Another connection took this identity', { fix: 'Give one of the two another --identity.' });
    }
    if (reason === 'removed') return new PortalError('DISCONNECTED', 'Removed from the session by the server', { got: reason });
    if (reason === 'token-expired' && this.#access.hasFixedToken) return new PortalError('TOKEN_REFUSED', 'The token has expired', { fix: 'Get a new one.' });
    return null;
  }

  #retry(reason: string): void {
    const waitMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#listener.onLost(reason, waitMs);
    this.#cancelRetry = this.#clock.after(waitMs, () => {
      this.#connect().catch((thrown: unknown) => {
        if (!this.#isStopped) this.#retry(toPortalError(thrown).message);
      });
    });
  }
}
