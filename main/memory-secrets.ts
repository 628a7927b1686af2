import type { SecretStore } from './ports.ts';

/** Secrets for as long as the process lives, where the system has no safe place. */
export function createMemorySecrets(): SecretStore {
  const secrets = new Map<string, string>();
  return {
    kind: 'memory',
    save: (id, secret) => void secrets.set(id, secret),
    load: (id) => secrets.get(id) ?? null,
    remove: (id) => void secrets.delete(id),
  };
}
