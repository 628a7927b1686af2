import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createMemorySecrets } from '../main/memory-secrets.ts';
import type { SecretStore } from '../main/ports.ts';

/** The part of Electron's `safeStorage` that is used here. */
export interface Cipher {
  isEncryptionAvailable(): boolean;
  /** Linux only. */
  getSelectedStorageBackend?(): string;
  encryptString(text: string): Buffer;
  decryptString(encrypted: Buffer): string;
}

/** What a Linux without a keyring falls back to: a password that is in every copy of Chromium's source. */
const NO_REAL_ENCRYPTION = new Set(['basic_text', 'unknown']);

/**
 * Secrets of remembered sessions. Encrypted by the system's keyring in `file` (owner only), or in memory alone where there
 * is no keyring worth the name. A value that can no longer be decrypted counts as not there.
 */
export function createSecretVault(cipher: Cipher, options: { file: string; platform: NodeJS.Platform; onProblem: (message: string) => void }): SecretStore {
  return hasKeyring(cipher, options.platform) ? systemVault(cipher, options) : createMemorySecrets();
}

function hasKeyring(cipher: Cipher, platform: NodeJS.Platform): boolean {
  if (!cipher.isEncryptionAvailable()) return false;
  return platform !== 'linux' || !NO_REAL_ENCRYPTION.has(cipher.getSelectedStorageBackend?.() ?? 'unknown');
}

function systemVault(cipher: Cipher, { file, onProblem }: { file: string; onProblem: (message: string) => void }): SecretStore {
  const read = (): Map<string, string> => {
    try {
      const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
      if (typeof content !== 'object' || content === null) return new Map();
      return new Map(Object.entries(content).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') onProblem(`stored secrets cannot be read: ${String(thrown)}`);
      return new Map();
    }
  };
  const write = (secrets: ReadonlyMap<string, string>): void => {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // Written beside and renamed: a crash in between must not cost the secrets of every session.
    writeFileSync(`${file}.new`, JSON.stringify(Object.fromEntries(secrets)), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  return {
    kind: 'system',
    save: (id, secret) => write(read().set(id, cipher.encryptString(secret).toString('base64'))),
    load(id) {
      const encrypted = read().get(id);
      if (encrypted === undefined) return null;
      try {
        return cipher.decryptString(Buffer.from(encrypted, 'base64'));
      } catch (thrown) {
        onProblem(`a stored secret cannot be decrypted any more: ${String(thrown)}`);
        return null;
      }
    },
    remove(id) {
      const secrets = read();
      if (secrets.delete(id)) write(secrets);
    },
  };
}
