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
  /** By URL; the first handle of a server is the one that may end it. */
  readonly #localServers = new Map<string, RunningServer>();
  #isClosed = false;

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
    this.#isClosed = true;
    const servers = [...this.#localServers.values()];
    this.#localServers.clear();
    await Promise.all(servers.map((server) => server.stop()));
  }

  #mint({ apiKey, apiSecret }: ServerAccess, identity: string, grants: 'robot' | 'operator' | 'viewer'): Promise<string> {
    return this.#ports.mintToken({ apiKey, apiSecret, session: this.#names.session, identity, grants });
  }

  async #server(): Promise<ServerAccess> {
    if (this.#connection.kind === 'key') return this.#connection;
    // Asked anew for every connect: whoever ran the server may have ended it.
    const server = await this.#ports.useLocalServer();
    if (this.#isClosed) await server.stop();
    else if (!this.#localServers.has(server.url)) this.#localServers.set(server.url, server);
    return server;
  }
}
