import { BrowserWindow } from 'electron';
import type { Log } from '../main/ports.ts';
import { CONSOLE_PAGE } from './app-origin.ts';

/** A page that dies again at once is loaded again no faster than this. */
const RELOAD_AFTER_MS = 500;

export interface ConsoleWindowOptions {
  preload: string;
  log: Log;
  /** Every time the page is there anew, also after a crash. */
  onLoaded(): void;
  /** The page was lost; control and session go on without it. */
  onCrashed(reason: string): void;
}

/** The console's one window: sandboxed, without Node, and never slowed down when another window covers it. */
export function createConsoleWindow({ preload, log, onLoaded, onCrashed }: ConsoleWindowOptions): BrowserWindow {
  const window = new BrowserWindow({
    title: 'Portal Console',
    width: 1440,
    height: 900,
    minWidth: 960,
    minHeight: 640,
    useContentSize: true,
    show: false,
    autoHideMenuBar: true,
    backgroundColor: '#0b0e13',
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      backgroundThrottling: false,
    },
  });
  const { webContents } = window;
  window.once('ready-to-show', () => window.show());
  webContents.on('did-finish-load', onLoaded);
  webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    if (window.isDestroyed() || reason === 'clean-exit') return;
    log.error('the console page crashed and is loaded again', { reason, exitCode });
    onCrashed(reason);
    setTimeout(() => {
      if (!window.isDestroyed()) load(window, log);
    }, RELOAD_AFTER_MS);
  });
  window.on('unresponsive', () => log.warn('the console page does not answer'));
  window.on('responsive', () => log.info('the console page answers again'));
  load(window, log);
  return window;
}

function load(window: BrowserWindow, log: Log): void {
  window.loadURL(CONSOLE_PAGE).catch((thrown: unknown) => {
    if (!window.isDestroyed()) log.error('the console page cannot be loaded', { error: String(thrown) });
  });
}
