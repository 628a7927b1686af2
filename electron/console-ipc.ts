import { clipboard, dialog, ipcMain, type BrowserWindow } from 'electron';
import type { ConsoleService, WindowDesks } from '../main/console-service.ts';
import type { Log } from '../main/ports.ts';
import { CONSOLE_PUSH_NAMES, type Pushes } from '../shared/ipc.ts';
import { IPC_CHANNEL } from '../shared/ipc-channels.ts';
import { APP_ORIGIN } from './app-origin.ts';
import { isAppUrl } from './content-policy.ts';
import type { FramePort } from './frame-port.ts';
import { serveIpc, type IpcMainSide } from './ipc-server.ts';

/** Binds the console to its window: commands in, pushes and pixels out. Returns its own undoing. */
export function bindConsole(window: BrowserWindow, service: ConsoleService, { arms, hosting, stations }: WindowDesks, framePort: FramePort, log: Log): () => void {
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
    ...CONSOLE_PUSH_NAMES.map((name) => service.onPush(name, (payload) => push(name, payload))),
    arms.onView((view) => push('armSetup', view)),
    hosting.onView((view) => push('hosting', view)),
    stations.onView((view) => push('stationSetup', view)),
    ...[hosting, stations, service].map((source) =>
      source.onFrame((frame) => {
        if (!isHung) framePort.offer(frame);
      }),
    ),
    serveIpc(ipcMain as IpcMainSide, {
      handlers: {
        ...service.handlers,
        choosePortalFile: () => chooseFile(window, 'Choose the portal.yaml of the session', 'Portal configuration', ['yaml', 'yml']),
        armSetup: (action) => arms.act(action),
        chooseCalibrationFile: () => chooseFile(window, 'Choose a calibration file of lerobot', 'Calibration', ['json', 'bak']),
        hosting: (action) => hosting.act(action),
        stationSetup: (action) => stations.act(action),
        chooseStationFile: () => chooseFile(window, 'Choose the station.yaml of this machine', 'Station configuration', ['yaml', 'yml']),
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

async function chooseFile(window: BrowserWindow, title: string, name: string, extensions: string[]): Promise<string | null> {
  const { canceled, filePaths } = await dialog.showOpenDialog(window, { title, properties: ['openFile'], filters: [{ name, extensions }] });
  return canceled ? null : (filePaths[0] ?? null);
}
