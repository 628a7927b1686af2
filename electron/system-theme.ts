import { nativeTheme } from 'electron';

/**
 * What "as the system" means to the page. A Linux without a desktop has no preference, which Chromium calls light: there the
 * console is dark, as an operator's room is.
 */
export function settleSystemTheme(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): void {
  if (!hasPreference(env, platform)) nativeTheme.themeSource = 'dark';
}

function hasPreference(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): boolean {
  return platform !== 'linux' || Boolean(env['XDG_CURRENT_DESKTOP']) || Boolean(env['DESKTOP_SESSION']);
}
