import { homedir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { cacheFolder as setupFolder } from '../../../../scripts/setup/cache-folder.ts';
import { cacheFolder } from '../../../../main/server/server-release.ts';

describe('cacheFolder', () => {
  it.each([
    [{}, 'linux'],
    [{}, 'darwin'],
    [{ LOCALAPPDATA: '/local' }, 'win32'],
    [{}, 'win32'],
    [{ XDG_CACHE_HOME: '/cache' }, 'linux'],
    [{ XDG_CACHE_HOME: '/cache', PORTAL_CONSOLE_CACHE: '/mine' }, 'darwin'],
  ] as const)('is where set-up puts things, with %j on %s', (env, platform) => {
    expect(cacheFolder(env, platform)).toBe(setupFolder(env, platform));
  });

  it('is in the user’s own folder without any setting', () => {
    expect(cacheFolder({}, 'linux').startsWith(homedir())).toBe(true);
  });
});
