import { homedir } from 'node:os';
import { join } from 'node:path';

/** As Electron calls the app. */
const NAME = 'Portal Console';

/** The folder that Electron gives the app for what it remembers, for programs that run without Electron. PORTAL_CONSOLE_USER_DATA wins. */
export function appFolder(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string {
  if (env['PORTAL_CONSOLE_USER_DATA']) return env['PORTAL_CONSOLE_USER_DATA'];
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', NAME);
  if (platform === 'win32') return join(env['APPDATA'] ?? join(homedir(), 'AppData', 'Roaming'), NAME);
  return join(env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), NAME);
}
