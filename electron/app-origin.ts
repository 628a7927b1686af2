import { app } from 'electron';
import { APP_SCHEME } from './content-policy.ts';

/**
 * Where the page lives. Rights of a scheme can only be given before the app is ready, and Electron waits for the app's code
 * only when its own default app loads it: under another one the page gets a host name that never leaves the machine.
 */
export const IS_LATE = app.isReady();
export const APP_ORIGIN = IS_LATE ? 'http://console.localhost' : `${APP_SCHEME}://console`;
export const CONSOLE_PAGE = `${APP_ORIGIN}/console/index.html`;
