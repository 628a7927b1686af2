import { join } from 'node:path';
import type { RecentSession } from '../shared/console-state.ts';
import { createJsonFile } from './json-file.ts';
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
  return Object.entries(SHAPE).every(([name, type]) => typeof record[name] === type) && ['key', 'token', 'endpoint'].includes(String(record['auth']));
}

/** The list of the last sessions as `recent-sessions.json`. */
export function createRecentFile(dataDir: string, log: Log): RecentStore {
  const { load, save } = createJsonFile<readonly RecentSession[]>({ path: join(dataDir, 'recent-sessions.json'), what: 'the recent sessions', read: readRecents, empty: [] }, log);
  return { load: () => [...load()], save };
}

function readRecents(list: unknown): RecentSession[] {
  return Array.isArray(list) ? list.filter(isRecent).map((recent) => ({ ...recent, portalFile: typeof recent.portalFile === 'string' ? recent.portalFile : null })) : [];
}
