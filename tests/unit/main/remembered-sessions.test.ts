import { expect, it } from 'vitest';
import type { SecretStore } from '../../../main/ports.ts';
import { RememberedSessions, type TypedSession } from '../../../main/remembered-sessions.ts';
import type { RecentSession } from '../../../shared/console-state.ts';
import { ManualClock } from './manual-clock.ts';

/** What survives a restart: the list's file, and a keyring. */
class Disk {
  list: readonly RecentSession[] = [];
  readonly kept = new Map<string, string>();

  /** The program, started anew. `hasKeyring` false = secrets of before are gone. */
  start(hasKeyring = true): RememberedSessions {
    const secrets: SecretStore = {
      kind: hasKeyring ? 'system' : 'memory',
      save: (id, secret) => { this.kept.set(id, secret); },
      load: (id) => (hasKeyring ? (this.kept.get(id) ?? null) : null),
      remove: (id) => { this.kept.delete(id); },
    };
    const silent = (): void => undefined;
    return new RememberedSessions({
      secrets,
      recents: { load: () => [...this.list], save: (list) => { this.list = list; } },
      clock: new ManualClock(),
      log: { info: silent, warn: silent, error: silent },
    });
  }
}

const LAB: TypedSession = { url: 'wss://lab', session: 'lab', identity: 'ann', auth: { kind: 'key', apiKey: 'k', apiSecret: 's' }, e2eeKey: 'sesame', portalFile: null };

it('a session that is remembered brings its encryption key back after a restart, from the keyring alone', () => {
  const disk = new Disk();
  const [recent] = disk.start().remember(LAB);
  expect(JSON.stringify(disk.list)).not.toContain('sesame');
  expect(disk.start().open(recent?.id ?? '')).toEqual(LAB);
});

it('without a keyring it has to be typed again, and a session that is forgotten takes its key along', () => {
  const disk = new Disk();
  const id = disk.start().remember(LAB)[0]?.id ?? '';
  expect(() => disk.start(false).open(id)).toThrow(expect.objectContaining({ code: 'SECRET_UNAVAILABLE' }) as Error);
  expect(disk.start(false).list[0]?.hasSecret).toBe(false);
  expect(disk.start().forget(id)).toEqual([]);
  expect(disk.kept.size).toBe(0);
});

