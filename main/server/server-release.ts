import { homedir } from 'node:os';
import { join } from 'node:path';

/** The LiveKit server this product is built and tested with. */
export const LIVEKIT_SERVER_VERSION = 'v1.13.5';

/**
 * Where set-up keeps what is fetched or built once: `PORTAL_CONSOLE_CACHE`, else the place the system has for caches; outside
 * the checkout and the app.
 */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string {
  if (env['PORTAL_CONSOLE_CACHE']) return env['PORTAL_CONSOLE_CACHE'];
  if (env['XDG_CACHE_HOME']) return join(env['XDG_CACHE_HOME'], 'portal-console');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'portal-console');
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'portal-console', 'Cache');
  return join(homedir(), '.cache', 'portal-console');
}

/** Name of the server's program on a platform. */
export function serverFileName(platform: NodeJS.Platform = process.platform): string {
  return platform === 'win32' ? 'livekit-server.exe' : 'livekit-server';
}

/** Where set-up puts the server and where it is looked for last. */
export function cachedServerPath(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string {
  return join(cacheFolder(env, platform), 'livekit-server', LIVEKIT_SERVER_VERSION, serverFileName(platform));
}
