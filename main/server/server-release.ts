import { join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';

/** The LiveKit server this product is built and tested with. */
export const LIVEKIT_SERVER_VERSION = 'v1.13.5';

/** Name of the server's program on a platform. */
export function serverFileName(platform: NodeJS.Platform = process.platform): string {
  return platform === 'win32' ? 'livekit-server.exe' : 'livekit-server';
}

/** Where set-up puts the server and where it is looked for last. */
export function cachedServerPath(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string {
  return join(cacheFolder(env, platform), 'livekit-server', LIVEKIT_SERVER_VERSION, serverFileName(platform));
}
