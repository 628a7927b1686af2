import { clipboard, dialog, ipcMain, type BrowserWindow } from 'electron';
import type { ConsoleService } from '../main/console-service.ts';
import type { Log } from '../main/ports.ts';
import { PUSH_NAMES, type Pushes } from '../shared/ipc.ts';
import { IPC_CHANNEL } from '../shared/ipc-channels.ts';
import { APP_ORIGIN } from './app-origin.ts';
import { isAppUrl } from './content-policy.ts';
import type { FramePort } from './frame-port.ts';
import { serveIpc, type IpcMainSide } from './ipc-server.ts';

/** Binds the console to its window: commands in, pushes and pixels out. Returns its own undoing. */
export function bindConsole(window: BrowserWindow, service: ConsoleService, framePort: FramePort, log: Log): () => void {
  const { webContents } = window;
  let isHung = false;
  // A page that does not answer would have its messages heaped up in memory; the gap in the revisions heals it later.
  window.on('unresponsive', () => (isHung = true));
  window.on('responsive', () => (isHung = false));
  webContents.on('render-process-gone', () => (isHung = false));

  const push = (name: keyof Pushes, payload: Pushes[keyof Pushes]): void => {
    if (!isHung && !window.isDestroyed() && !webContents.isCrashed()) webContents.send(IPC_CHANNEL.push, name, payload);
  };
  const stops = [
    ...PUSH_NAMES.map((name) => service.onPush(name, (payload) => push(name, payload))),
    service.onFrame((frame) => {
      if (!isHung) framePort.offer(frame);
    }),
    serveIpc(ipcMain as IpcMainSide, {
      handlers: {
        ...service.handlers,
        choosePortalFile: async () => {
          const { canceled, filePaths } = await dialog.showOpenDialog(window, {
            title: 'Choose the portal.yaml of the session',
            properties: ['openFile'],
            filters: [{ name: 'Portal configuration', extensions: ['yaml', 'yml'] }],
          });
          return canceled ? null : (filePaths[0] ?? null);
        },
        copyText: async ({ text }) => clipboard.writeText(text),
      },
      reports: service.reports,
      isOurs: ({ senderFrame }) => senderFrame !== null && !window.isDestroyed() && senderFrame === webContents.mainFrame && isAppUrl(senderFrame.url, APP_ORIGIN),
      onBadReport: (error) => log.warn('the page reported something that cannot be', error.toJSON()),
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
