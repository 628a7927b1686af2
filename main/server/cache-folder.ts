import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Folder for what is fetched or built once and shared by every checkout of this user. `PORTAL_CONSOLE_CACHE` wins; else the
 * place the system has for caches.
 */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string {
  if (env['PORTAL_CONSOLE_CACHE']) return env['PORTAL_CONSOLE_CACHE'];
  if (env['XDG_CACHE_HOME']) return join(env['XDG_CACHE_HOME'], 'portal-console');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'portal-console');
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'portal-console', 'Cache');
  return join(homedir(), '.cache', 'portal-console');
}
