import { join } from 'node:path';
import { app, safeStorage } from 'electron';
import type { Log, SecretStore } from '../main/ports.ts';
import { createSecretVault } from './secret-vault.ts';

/** The vault of this user. Only once the app is ready: before, Linux does not say which keyring it has. */
export function openSecrets(log: Log): SecretStore {
  return createSecretVault(safeStorage, { file: join(app.getPath('userData'), 'secrets.json'), platform: process.platform, onProblem: (message) => log.warn(message) });
}
