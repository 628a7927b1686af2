import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSecretVault, type Cipher } from '../../../electron/secret-vault.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'portal-console-secrets-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** A keyring whose key can be lost. */
class FakeCipher implements Cipher {
  constructor(backend = 'gnome_libsecret', isAvailable = true) {
    this.backend = backend;
    this.isAvailable = isAvailable;
  }
  key = 'k1';
  backend: string;
  isAvailable: boolean;
  isEncryptionAvailable = (): boolean => this.isAvailable;
  getSelectedStorageBackend = (): string => this.backend;
  encryptString = (text: string): Buffer => Buffer.from(`${this.key}:${[...text].reverse().join('')}`);
  decryptString(encrypted: Buffer): string {
    const [key, text = ''] = encrypted.toString().split(':');
    if (key !== this.key) throw new Error('wrong key');
    return [...text].reverse().join('');
  }
}

function open(cipher: Cipher, platform: NodeJS.Platform = 'linux') {
  const problems: string[] = [];
  return { problems, vault: createSecretVault(cipher, { file: join(folder, 'data', 'secrets.json'), platform, onProblem: (message) => problems.push(message) }) };
}

describe('with a keyring', () => {
  it('keeps secrets over a restart, encrypted, for the owner alone', () => {
    const cipher = new FakeCipher();
    open(cipher).vault.save('a', 'geheim');
    const { vault } = open(cipher);
    expect(vault.kind).toBe('system');
    expect(vault.load('a')).toBe('geheim');
    const file = join(folder, 'data', 'secrets.json');
    expect(readFileSync(file, 'utf8')).not.toContain('geheim');
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('forgets what it is told to', () => {
    const { vault } = open(new FakeCipher());
    vault.save('a', 'one');
    vault.save('b', 'two');
    vault.remove('a');
    expect([vault.load('a'), vault.load('b')]).toEqual([null, 'two']);
  });

  it('says that a secret is not there when its key is lost, or its file is broken', () => {
    const cipher = new FakeCipher();
    const { vault, problems } = open(cipher);
    vault.save('a', 'one');
    cipher.key = 'k2';
    expect(vault.load('a')).toBeNull();
    writeFileSync(join(folder, 'data', 'secrets.json'), '{ broken');
    expect(vault.load('a')).toBeNull();
    expect(problems).toHaveLength(2);
  });
});

describe('without one', () => {
  it.each([
    ['basic_text on Linux', new FakeCipher('basic_text'), 'linux'],
    ['an unknown backend on Linux', new FakeCipher('unknown'), 'linux'],
    ['no encryption at all', new FakeCipher('gnome_libsecret', false), 'darwin'],
  ] as const)('keeps secrets in memory alone: %s', (_what, cipher, platform) => {
    const { vault } = open(cipher, platform);
    expect(vault.kind).toBe('memory');
    vault.save('a', 'one');
    expect(vault.load('a')).toBe('one');
    expect(open(cipher, platform).vault.load('a')).toBeNull();
    expect(() => statSync(join(folder, 'data'))).toThrow();
    vault.remove('a');
    expect(vault.load('a')).toBeNull();
  });

  it('does not ask for a backend where there is none to ask for', () => {
    const { isEncryptionAvailable, encryptString, decryptString } = new FakeCipher();
    expect(open({ isEncryptionAvailable, encryptString, decryptString }, 'win32').vault.kind).toBe('system');
  });
});
