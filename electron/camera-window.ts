import { app, BrowserWindow, MessageChannelMain, session, systemPreferences, type MessagePortMain, type Session } from 'electron';
import type { Log, WebcamSource } from '../main/ports.ts';
import { systemClock } from '../main/system-clock.ts';
import type { FromCameraPage, ToCameraPage } from '../shared/camera-messages.ts';
import { PortalError } from '../shared/portal/errors.ts';
import { IPC_CHANNEL } from '../shared/ipc-channels.ts';
import { APP_ORIGIN } from './app-origin.ts';
import { servePagesTo } from './app-protocol.ts';
import { CameraLine } from './camera-line.ts';
import { isAppUrl } from './content-policy.ts';

const CAMERA_PAGE = `${APP_ORIGIN}/media/index.html`;
/** Kept on disk: the ids of cameras are made from a salt that is in it. */
const PARTITION = 'persist:cameras';
const LOAD_WITHIN_MS = 15_000;

/**
 * The webcams, through a hidden offscreen page: Chromium knows how to open them on every system, with and without a display.
 * The window opens with the first use; when its page dies or hangs, what was open ends with an error and the next use opens a new one.
 */
export function webcamsOfWindow({ root, preload, log }: { root: string; preload: string; log: Log }): WebcamSource {
  let cameras: Session | null = null;
  return new CameraLine(async (onMessage, onLost) => {
    await allowedBySystem();
    cameras ??= cameraSession(root);
    const window = new BrowserWindow({
      show: false,
      width: 64,
      height: 64,
      webPreferences: { session: cameras, preload, offscreen: true, sandbox: hasSandbox(), contextIsolation: true, nodeIntegration: false, webSecurity: true, backgroundThrottling: false, spellcheck: false },
    });
    window.webContents.setFrameRate(1);
    window.webContents.on('render-process-gone', (_event, { reason }) => {
      log.warn('the camera page is gone', { reason });
      if (!window.isDestroyed()) window.destroy();
      onLost();
    });
    await loaded(window);
    const port = openPort(window, onMessage);
    return {
      say: (message: ToCameraPage) => port.postMessage(message),
      destroy() {
        if (window.isDestroyed()) return;
        log.warn('the camera page hangs and is replaced', {});
        // Its process would not notice that its window is gone.
        window.webContents.forcefullyCrashRenderer();
        window.destroy();
      },
    };
  }, systemClock);
}

/**
 * Without a zygote to copy, a sandboxed page's process starts from a command line of its own, on which Electron leaves --no-sandbox
 * out: as root, who alone has no zygote and no sandbox then, it refuses to start.
 */
function hasSandbox(): boolean {
  return !(app.commandLine.hasSwitch('no-sandbox') && app.commandLine.hasSwitch('no-zygote'));
}

async function loaded(window: BrowserWindow): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new PortalError('CAMERA_FAILED', 'the camera page did not load in time')), LOAD_WITHIN_MS);
  });
  try {
    await Promise.race([window.loadURL(CAMERA_PAGE), tooLate]);
  } catch (thrown) {
    if (!window.isDestroyed()) window.destroy();
    throw thrown;
  } finally {
    clearTimeout(timer);
  }
}

function openPort({ webContents }: BrowserWindow, onMessage: (message: FromCameraPage) => void): MessagePortMain {
  const { port1, port2 } = new MessageChannelMain();
  port1.on('message', ({ data }) => onMessage(data as FromCameraPage));
  port1.start();
  webContents.postMessage(IPC_CHANNEL.cameras, null, [port2]);
  return port1;
}

/** The one session with a permission, and it is for pictures alone: no sound, no screen, nobody but our page. */
function cameraSession(root: string): Session {
  const cameras = session.fromPartition(PARTITION);
  servePagesTo(cameras, root);
  cameras.setPermissionRequestHandler((_contents, permission, decide, details) => {
    const types = 'mediaTypes' in details ? (details.mediaTypes ?? []) : [];
    decide(permission === 'media' && isAppUrl(details.requestingUrl, APP_ORIGIN) && types.length === 1 && types[0] === 'video');
  });
  // Labels are told only to whom this lets: it is asked without a type then.
  cameras.setPermissionCheckHandler((_contents, permission, origin, { mediaType }) => permission === 'media' && mediaType !== 'audio' && isAppUrl(`${origin.replace(/\/$/u, '')}/`, APP_ORIGIN));
  cameras.setDevicePermissionHandler(() => false);
  cameras.on('will-download', (event) => event.preventDefault());
  return cameras;
}

/** macOS asks its user, once. */
async function allowedBySystem(): Promise<void> {
  if (process.platform !== 'darwin' || (await systemPreferences.askForMediaAccess('camera'))) return;
  throw new PortalError('PERMISSION', 'macOS does not let this program use cameras', { fix: 'Allow it in System Settings, Privacy & Security, Camera.' });
}
