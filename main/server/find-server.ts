import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { PortalError } from '../../shared/portal/errors.ts';
import { cachedServerPath, serverFileName } from './server-release.ts';

/**
 * Path of the LiveKit server's program: LIVEKIT_SERVER_BIN, the packaged app's resources, the PATH, the cache of set-up.
 * Throws SERVER_MISSING; a LIVEKIT_SERVER_BIN that does not run is named, never passed over.
 */
export function findLivekitServer(env: NodeJS.ProcessEnv = process.env): string {
  const chosen = env['LIVEKIT_SERVER_BIN'];
  if (chosen !== undefined && chosen !== '') {
    if (isProgram(chosen)) return chosen;
    throw new PortalError('SERVER_MISSING', 'LIVEKIT_SERVER_BIN does not name a program', {
      expected: 'an executable livekit-server',
      got: chosen,
      fix: 'Correct LIVEKIT_SERVER_BIN, or unset it to use the installed server.',
    });
  }
  const found = candidates(env).find(isProgram);
  if (found !== undefined) return found;
  throw new PortalError('SERVER_MISSING', 'no LiveKit server is installed', {
    expected: 'livekit-server in the app, on the PATH or in the cache',
    got: 'none of them',
    fix: 'Run `npm run setup`, install livekit-server, or set LIVEKIT_SERVER_BIN; or join a server that runs elsewhere with LIVEKIT_URL.',
  });
}

function candidates(env: NodeJS.ProcessEnv): string[] {
  const name = serverFileName();
  // Only a packaged Electron has resources of its own; in development the folder is Electron's.
  const { resourcesPath } = process as { resourcesPath?: string };
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...(resourcesPath === undefined ? [] : [join(resourcesPath, name)]), ...folders.map((folder) => join(folder, name)), cachedServerPath(env)];
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Absent or not executable: no candidate.
    return false;
  }
}
