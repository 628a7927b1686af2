import type { DType } from './dtype.ts';

export interface FieldSpec {
  name: string;
  dtype: DType;
}

export interface ChunkSpec {
  name: string;
  horizon: number;
  fields: readonly FieldSpec[];
}

export const VIDEO_CODECS = ['h264', 'vp8', 'vp9', 'av1', 'h265', 'raw', 'png', 'mjpeg'] as const;
export type VideoCodec = (typeof VIDEO_CODECS)[number];
export const STALL_BEHAVIORS = ['drop', 'freeze', 'omit'] as const;
export type StallBehavior = (typeof STALL_BEHAVIORS)[number];

/** One declared track. `null` = the peer's default or the config's own. */
export interface VideoSpec {
  name: string;
  codec: VideoCodec;
  /** 1–100, mjpeg only. */
  quality: number;
  maxBitrateKbps: number | null;
  simulcast: boolean;
  screencast: boolean;
  stallBehavior: StallBehavior | null;
  maxLagMs: number | null;
}

/** What both sides of a session share, as plain data; the E2EE key and the session's name are not in the file form. */
export interface PortalConfig {
  session: string;
  fps: number;
  /** Ticks each buffer holds. */
  slack: number;
  /** Ticks within which a frame matches a state. */
  tolerance: number;
  pingMs: number;
  stateReliable: boolean;
  actionReliable: boolean;
  stallBehavior: StallBehavior;
  /** null = slack / fps. */
  maxLagMs: number | null;
  actionSubscription: boolean;
  videos: readonly VideoSpec[];
  state: readonly FieldSpec[];
  action: readonly FieldSpec[];
  actionChunks: readonly ChunkSpec[];
}
