import { homedir } from 'node:os';
import { join } from 'node:path';

/** The LiveKit server this product is built and tested with. */
export const LIVEKIT_SERVER_VERSION = 'v1.13.5';

/** Where things that can be made again are kept, by the platform's custom; outside the checkout and the app. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string {
  return join(cacheRoot(env, platform), 'portal-console');
}

function cacheRoot(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  if (env['XDG_CACHE_HOME']) return env['XDG_CACHE_HOME'];
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  if (platform === 'win32') return env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local');
  return join(homedir(), '.cache');
}

/** Name of the server's program on a platform. */
export function serverFileName(platform: NodeJS.Platform = process.platform): string {
  return platform === 'win32' ? 'livekit-server.exe' : 'livekit-server';
}

/** Where set-up puts the server and where it is looked for last. */
export function cachedServerPath(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string {
  return join(cacheFolder(env, platform), 'livekit-server', LIVEKIT_SERVER_VERSION, serverFileName(platform));
}
