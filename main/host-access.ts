import type { RememberedAccess } from '../shared/hosting.ts';
import type { HostingAction } from '../shared/ipc.ts';
import { PortalError, toPortalError } from '../shared/portal/errors.ts';
import type { Log, SecretStore } from './ports.ts';
import { readSecret } from './remembered-sessions.ts';

/** How a hosted robot signs in where its file and the environment do not say it. */
export interface HostAccess {
  access: Exclude<(HostingAction & { do: 'start' })['access'], 'remembered'>;
  e2eeKey: string | null;
}

/** Among the secrets of sessions, whose ids are random. */
const ID = 'host-access';

/**
 * How a hosted robot signed in last, kept whole where secrets are kept: nothing of it is in a file of its own, and where the
 * system has no key store it is gone when the app quits. A page is told what it is, never the secrets.
 */
export class RememberedHostAccess {
  readonly #secrets: SecretStore;
  readonly #log: Log;

  constructor(secrets: SecretStore, log: Log) {
    this.#secrets = secrets;
    this.#log = log;
  }

  get storage(): SecretStore['kind'] {
    return this.#secrets.kind;
  }

  /** Null = nothing is remembered. */
  describe(): RememberedAccess | null {
    const kept = this.#read();
    return kept === null ? null : { way: kept.access?.auth.kind ?? 'configured', url: kept.access?.url ?? null, isEncrypted: kept.e2eeKey !== null };
  }

  /** Throws SECRET_UNAVAILABLE when it has to be typed again. */
  open(): HostAccess {
    const kept = this.#read();
    if (kept === null) throw new PortalError('SECRET_UNAVAILABLE', 'How to sign in is not stored any more', { fix: 'Type it again.' });
    return kept;
  }

  /** What was not typed is no reason to forget what was typed before. */
  remember({ access, e2eeKey }: HostAccess): void {
    if (access === null && e2eeKey === null) return;
    try {
      this.#secrets.save(ID, JSON.stringify({ ...access?.auth, url: access?.url, e2eeKey }));
    } catch (thrown) {
      this.#log.warn('how to sign in was not stored', { error: toPortalError(thrown).message });
    }
  }

  forget(): void {
    this.#secrets.remove(ID);
  }

  #read(): HostAccess | null {
    const text = this.#secrets.load(ID);
    return text === null ? null : readAccess(text);
  }
}

/** Null when it is not what this version stores. */
function readAccess(text: string): HostAccess | null {
  try {
    const { url, kind, e2eeKey } = JSON.parse(text) as Partial<Record<string, unknown>>;
    if (kind === undefined) return typeof e2eeKey === 'string' ? { access: null, e2eeKey } : null;
    const secret = readSecret(text);
    return secret === null || typeof url !== 'string' ? null : { access: { url, auth: secret.auth }, e2eeKey: secret.e2eeKey };
  } catch {
    // Unreadable means: it has to be typed again.
    return null;
  }
}
