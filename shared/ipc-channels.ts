/**
 * The names under which the two tables of `ipc.ts` cross the process boundary. Apart from the tables because the preload
 * needs these alone: a bundle with the schemas in it would be a hundred times its size.
 */
export const IPC_CHANNEL = {
  /** invoke(name, payload) → Envelope */
  call: 'portal:call',
  /** send(name, payload) */
  report: 'portal:report',
  /** main → page: (name, payload) */
  push: 'portal:push',
  /** main → page: carries one MessagePort, see `electron/frame-port.ts` */
  frames: 'portal:frames',
  /** main → the camera page: carries one MessagePort, see `electron/camera-window.ts` */
  cameras: 'portal:cameras',
} as const;

/** What arrives at the page's window together with the frame port. */
export const FRAME_PORT_MESSAGE = 'portal:frame-port';

/** What arrives at the camera page's window together with its port. */
export const CAMERA_PORT_MESSAGE = 'portal:camera-port' as const;
