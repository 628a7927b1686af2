import type { PortalErrorShape } from './portal/errors.ts';
import type { PixelFormat } from './portal/types.ts';

/** What main and the hidden page that has the webcams say to each other, over one MessagePort. Captures are known by `id`. */

/** A webcam as the page finds it. */
export interface WebcamInfo {
  /** The same in every run on this machine. */
  id: string;
  label: string;
  /** Sizes it gives without scaling, largest first, each with its highest rate; empty when they were not asked for, or it is in use. */
  sizes: { width: number; height: number; maxFps: number }[];
}

export interface WebcamRequest {
  /** Id, label, or part of a label; null = the first one. */
  device: string | null;
  width: number;
  height: number;
  fps: number;
}

/** `timestampUs`: capture, on Chromium's steady clock. */
export interface WebcamPicture {
  width: number;
  height: number;
  format: PixelFormat;
  data: Uint8Array;
  timestampUs: number;
}

export type ToCameraPage =
  | { kind: 'list'; id: number; withSizes: boolean }
  | ({ kind: 'start'; id: number } & WebcamRequest)
  | { kind: 'stop'; id: number }
  /** A picture was taken: another one may come. */
  | { kind: 'credit'; id: number }
  /** Asks whether the page still works. */
  | { kind: 'ping' };

export type FromCameraPage =
  | { kind: 'listed'; id: number; webcams: WebcamInfo[] }
  | ({ kind: 'picture'; id: number } & WebcamPicture)
  /** Nothing more comes of this capture, or of this list. */
  | { kind: 'ended'; id: number; error: PortalErrorShape }
  | { kind: 'stopped'; id: number }
  | { kind: 'pong' }
  /** Something was plugged in or out. */
  | { kind: 'devices' };

/** Pictures of one capture that may be on their way at once; those between are never sent. */
export const CAMERA_CREDITS = 2;
