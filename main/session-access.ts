import { toPortalError } from '../shared/portal/errors.ts';
import type { Connection } from './connection.ts';
import type { RunningServer, ServerAccess, StationPorts } from './ports.ts';

type AccessPorts = Pick<StationPorts, 'useLocalServer' | 'mintToken' | 'fetchToken' | 'announce' | 'log'>;

export interface AccessNames {
  session: string;
  identity: string;
  grants: 'robot' | 'operator';
}

/** Where the session is and how to get in: a fresh token for every connect, and a local server where none was named. */
export class SessionAccess {
  readonly #connection: Connection;
  readonly #ports: AccessPorts;
  readonly #names: AccessNames;
  /** By URL; the first handle of a server is the one that may end it. */
  readonly #localServers = new Map<string, RunningServer>();
  /** Where the last token leads to; null without a key of one's own. */
  #entered: ServerAccess | null = null;
  #isClosed = false;

  constructor(connection: Connection, names: AccessNames, ports: AccessPorts) {
    this.#connection = connection;
    this.#names = names;
    this.#ports = ports;
  }

  /** True when the one token at hand is all there is: an expired one cannot be renewed. */
  get hasFixedToken(): boolean {
    return this.#connection.kind === 'token';
  }

  /** URL and a token for one connect. Rejects with what starting the local server or asking the token endpoint rejects with. */
  async open(): Promise<{ url: string; token: string }> {
    if (this.#connection.kind === 'token') return { url: this.#connection.url, token: this.#connection.token };
    if (this.#connection.kind === 'endpoint') return this.#ports.fetchToken({ ...this.#connection, ...this.#names });
    const server = await this.#server();
    this.#entered = server;
    return { url: server.url, token: await this.#mint(server, this.#names.identity, this.#names.grants) };
  }

  /** To be called once in the session, at every return too: an operator may not announce itself. Never rejects. */
  async announce(): Promise<void> {
    const { session, identity, grants } = this.#names;
    if (this.#entered === null || grants !== 'operator') return;
    const { url, apiKey, apiSecret } = this.#entered;
    // Without it the others see us all the same, up to 3 s later.
    await this.#ports.announce({ url, apiKey, apiSecret, session, identity, grants }).catch((thrown: unknown) => {
      this.#ports.log.warn('others may see us up to 3 s late', { error: toPortalError(thrown).message });
    });
  }

  /** A hidden, subscribe-only token beside the session's own; null when there is no key to mint it with, or the endpoint has none. */
  async openViewer(): Promise<{ url: string; token: string } | null> {
    if (this.#connection.kind === 'token') return null;
    if (this.#connection.kind === 'endpoint') return this.#fetchViewer(this.#connection);
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

  /** Not every endpoint gives one person two tokens: then there is no live view, and pictures take the other way. */
  async #fetchViewer(connection: Connection & { kind: 'endpoint' }): Promise<{ url: string; token: string } | null> {
    try {
      return await this.#ports.fetchToken({ ...connection, session: this.#names.session, identity: `${this.#names.identity}#view`, grants: 'viewer' });
    } catch (thrown) {
      this.#ports.log.warn('the token endpoint gives no token for the live view', { error: toPortalError(thrown).message });
      return null;
    }
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
