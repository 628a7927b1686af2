import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { RecentSession } from '../shared/console-state.ts';
import { toPortalError } from '../shared/portal/errors.ts';
import type { Log, RecentStore } from './ports.ts';

const recentList = z.array(
  z.object({
    id: z.string(),
    url: z.string(),
    session: z.string(),
    identity: z.string(),
    auth: z.enum(['key', 'token']),
    hasSecret: z.boolean(),
    lastUsedUs: z.number(),
  }),
);

/** The list of the last sessions as `recent-sessions.json`. A file that cannot be read counts as an empty list: it is a convenience. */
export function createRecentFile(dataDir: string, log: Log): RecentStore {
  const path = join(dataDir, 'recent-sessions.json');
  return {
    load(): RecentSession[] {
      try {
        return recentList.parse(JSON.parse(readFileSync(path, 'utf8')));
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
