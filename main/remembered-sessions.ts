import { randomUUID } from 'node:crypto';
import type { RecentSession } from '../shared/console-state.ts';
import type { CommandPayload } from '../shared/ipc.ts';
import { PortalError, toPortalError } from '../shared/portal/errors.ts';
import type { StationPorts } from './ports.ts';
import { findRecent, withRecent } from './recent-sessions.ts';

/** What a person typed to join. */
export type TypedSession = Omit<CommandPayload<'join'>, 'remember'>;
type Auth = TypedSession['auth'];

/** The last sessions: the list in its file, everything secret in the secret store, joined by id. Every change returns the new list. */
export class RememberedSessions {
  readonly #ports: Pick<StationPorts, 'secrets' | 'recents' | 'clock' | 'log'>;
  #list: RecentSession[];

  constructor(ports: Pick<StationPorts, 'secrets' | 'recents' | 'clock' | 'log'>) {
    this.#ports = ports;
    this.#list = ports.recents.load().map((recent) => ({ ...recent, hasSecret: ports.secrets.load(recent.id) !== null }));
  }

  get list(): RecentSession[] {
    return this.#list;
  }

  /** Throws USAGE for an id that is gone, SECRET_UNAVAILABLE when it has to be typed again. */
  open(id: string): TypedSession {
    const recent = this.#list.find((known) => known.id === id);
    if (recent === undefined) throw new PortalError('USAGE', 'This session is no longer in the list', { got: id });
    const secret = this.#ports.secrets.load(id);
    const stored = secret === null ? null : readSecret(secret);
    if (stored === null) throw new PortalError('SECRET_UNAVAILABLE', 'The key of this session is not stored', { fix: 'Type it again.' });
    return { url: recent.url, session: recent.session, identity: recent.identity, portalFile: recent.portalFile, ...stored };
  }

  remember({ url, session, identity, auth, e2eeKey, portalFile }: TypedSession): RecentSession[] {
    const id = findRecent(this.#list, { url, session, identity })?.id ?? randomUUID();
    let hasSecret = true;
    try {
      this.#ports.secrets.save(id, JSON.stringify({ ...auth, e2eeKey }));
    } catch (thrown) {
      hasSecret = false;
      this.#ports.log.warn('the secret was not stored', { error: toPortalError(thrown).message });
    }
    const { list, dropped } = withRecent(this.#list, { id, url, session, identity, auth: auth.kind, portalFile, hasSecret, lastUsedUs: this.#ports.clock.nowUs() });
    for (const old of dropped) this.#ports.secrets.remove(old.id);
    return this.#save(list);
  }

  forget(id: string): RecentSession[] {
    this.#ports.secrets.remove(id);
    return this.#save(this.#list.filter((known) => known.id !== id));
  }

  #save(list: RecentSession[]): RecentSession[] {
    this.#list = list;
    this.#ports.recents.save(list);
    return list;
  }
}

/** Null when it is not what this version stores. */
export function readSecret(text: string): Pick<TypedSession, 'auth' | 'e2eeKey'> | null {
  try {
    const stored = JSON.parse(text) as Partial<Record<string, unknown>> | null;
    const auth = readAuth(stored);
    return auth === null ? null : { auth, e2eeKey: typeof stored?.['e2eeKey'] === 'string' ? stored['e2eeKey'] : null };
  } catch {
    // Unreadable means: it has to be typed again.
    return null;
  }
}

function readAuth(auth: Partial<Record<string, unknown>> | null): Auth | null {
  if (auth?.['kind'] === 'token' && typeof auth['token'] === 'string') return { kind: 'token', token: auth['token'] };
  if (auth?.['kind'] === 'key' && typeof auth['apiKey'] === 'string' && typeof auth['apiSecret'] === 'string') return { kind: 'key', apiKey: auth['apiKey'], apiSecret: auth['apiSecret'] };
  if (auth?.['kind'] === 'endpoint') return { kind: 'endpoint', bearer: typeof auth['bearer'] === 'string' ? auth['bearer'] : null };
  return null;
}
