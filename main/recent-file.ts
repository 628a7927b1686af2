import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecentSession } from '../shared/console-state.ts';
import { toPortalError } from '../shared/portal/errors.ts';
import type { Log, RecentStore } from './ports.ts';

/** What kind of value each property has; a file of another version, or one that was edited, must not reach the window. */
const SHAPE: Record<Exclude<keyof RecentSession, 'portalFile'>, 'string' | 'boolean' | 'number'> = {
  id: 'string',
  url: 'string',
  session: 'string',
  identity: 'string',
  auth: 'string',
  hasSecret: 'boolean',
  lastUsedUs: 'number',
};

function isRecent(value: unknown): value is RecentSession {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Record<string, unknown>;
  return Object.entries(SHAPE).every(([name, type]) => typeof record[name] === type) && (record['auth'] === 'key' || record['auth'] === 'token');
}

/** The list of the last sessions as `recent-sessions.json`. A file that cannot be read counts as an empty list: it is a convenience. */
export function createRecentFile(dataDir: string, log: Log): RecentStore {
  const path = join(dataDir, 'recent-sessions.json');
  return {
    load(): RecentSession[] {
      try {
        const list: unknown = JSON.parse(readFileSync(path, 'utf8'));
        return Array.isArray(list) ? list.filter(isRecent).map((recent) => ({ ...recent, portalFile: typeof recent.portalFile === 'string' ? recent.portalFile : null })) : [];
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') log.warn('recent sessions are unreadable', { path, error: toPortalError(thrown).message });
        return [];
      }
    },
    save(sessions) {
      try {
        mkdirSync(dataDir, { recursive: true, mode: 0o700 });
        // Written aside and moved over: a crash in between must not leave half a list.
        writeFileSync(`${path}.new`, JSON.stringify(sessions, null, 2), { mode: 0o600 });
        renameSync(`${path}.new`, path);
      } catch (thrown) {
        log.warn('recent sessions were not saved', { path, error: toPortalError(thrown).message });
      }
    },
  };
}
