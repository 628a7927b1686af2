import type { Connection } from './connection.ts';
import type { RunningServer, ServerAccess, StationPorts } from './ports.ts';

export interface AccessNames {
  session: string;
  identity: string;
  grants: 'robot' | 'operator';
}

/** Where the session is and how to get in: a fresh token for every connect, and a local server where none was named. */
export class SessionAccess {
  readonly #connection: Connection;
  readonly #ports: Pick<StationPorts, 'useLocalServer' | 'mintToken'>;
  readonly #names: AccessNames;
  #localServer: Promise<RunningServer> | null = null;

  constructor(connection: Connection, names: AccessNames, ports: Pick<StationPorts, 'useLocalServer' | 'mintToken'>) {
    this.#connection = connection;
    this.#names = names;
    this.#ports = ports;
  }

  /** True when the one token at hand is all there is: an expired one cannot be renewed. */
  get hasFixedToken(): boolean {
    return this.#connection.kind === 'token';
  }

  /** URL and a token for one connect. Rejects with what starting the local server rejects with. */
  async open(): Promise<{ url: string; token: string }> {
    if (this.#connection.kind === 'token') return { url: this.#connection.url, token: this.#connection.token };
    const server = await this.#server();
    return { url: server.url, token: await this.#mint(server, this.#names.identity, this.#names.grants) };
  }

  /** A hidden, subscribe-only token beside the session's own; null when there is no key to mint it with. */
  async openViewer(): Promise<{ url: string; token: string } | null> {
    if (this.#connection.kind === 'token') return null;
    const server = await this.#server();
    return { url: server.url, token: await this.#mint(server, `${this.#names.identity}#view`, 'viewer') };
  }

  /** Stops the local server if this process is the one that runs it. */
  async close(): Promise<void> {
    const server = this.#localServer;
    this.#localServer = null;
    if (server !== null) await server.then((running) => running.stop());
  }

  #mint({ apiKey, apiSecret }: ServerAccess, identity: string, grants: 'robot' | 'operator' | 'viewer'): Promise<string> {
    return this.#ports.mintToken({ apiKey, apiSecret, session: this.#names.session, identity, grants });
  }

  async #server(): Promise<ServerAccess> {
    if (this.#connection.kind === 'key') return this.#connection;
    this.#localServer ??= this.#ports.useLocalServer();
    try {
      return await this.#localServer;
    } catch (thrown) {
      // A failed start is tried anew by the next connect.
      this.#localServer = null;
      throw thrown;
    }
  }
}
