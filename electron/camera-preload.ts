import { ipcRenderer } from 'electron';
import type { CAMERA_PORT_MESSAGE, IPC_CHANNEL } from '../shared/ipc-channels.ts';

// Types alone are imported: a module shared with the other preload would be a file that a sandboxed one cannot load.
const CHANNEL: (typeof IPC_CHANNEL)['cameras'] = 'portal:cameras';
const MESSAGE: typeof CAMERA_PORT_MESSAGE = 'portal:camera-port';

/** The camera page gets its port and nothing else: no bridge, no command. */
ipcRenderer.on(CHANNEL, (event) => window.postMessage(MESSAGE, location.origin, [...event.ports]));
