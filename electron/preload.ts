import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron';
import { FRAME_PORT_MESSAGE, IPC_CHANNEL } from '../shared/ipc-channels.ts';
import type { CommandReply, Envelope, PortalBridge } from '../shared/ipc.ts';

/** The bridge of `shared/ipc.ts` and nothing else; names and payloads are checked in main. */
const bridge: PortalBridge = {
  call: (name, payload) => ipcRenderer.invoke(IPC_CHANNEL.call, name, payload) as Promise<Envelope<CommandReply<typeof name>>>,
  report: (name, payload) => ipcRenderer.send(IPC_CHANNEL.report, name, payload),
  on: (name, listener) => {
    const receive = (_event: IpcRendererEvent, pushed: unknown, payload: Parameters<typeof listener>[0]): void => {
      if (pushed === name) listener(payload);
    };
    ipcRenderer.on(IPC_CHANNEL.push, receive);
    return () => ipcRenderer.off(IPC_CHANNEL.push, receive);
  },
};
contextBridge.exposeInMainWorld('portal', bridge);

// A MessagePort cannot cross the context bridge; it can be posted from one world of a window to the other.
ipcRenderer.on(IPC_CHANNEL.frames, (event) => window.postMessage(FRAME_PORT_MESSAGE, location.origin, [...event.ports]));
