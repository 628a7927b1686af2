import { all, boolean, type Check, type ConfigProblem, formatPath, integer, name, namedList, oneOf, optional, positive, problem, record } from './config-check.ts';
import { DTYPE_BYTES, type DType, DTYPES } from './dtype.ts';
import { PortalError } from './errors.ts';
import { DEFAULT_PING_MS } from './names.ts';

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

/** A track as a caller writes it: h264 unless said otherwise. */
export type VideoInput = Pick<VideoSpec, 'name'> & Partial<Omit<VideoSpec, 'name'>>;

/** A config as a caller writes it: everything but the session has the peer's default. */
export type PortalConfigInput = Pick<PortalConfig, 'session'> & Partial<Omit<PortalConfig, 'session' | 'videos'>> & { videos?: readonly VideoInput[] };

/** JPEG quality of a track that names none. */
export const DEFAULT_MJPEG_QUALITY = 90;

/** How long frames and states wait for each other, derived from a config. */
export interface SyncWindows {
  /** A frame matches a state strictly nearer than this, µs. */
  rangeUs: number;
  /** Entries each buffer holds. */
  slack: number;
  /** One entry a declared track. */
  perTrack: Readonly<Record<string, TrackWindow>>;
}

export interface TrackWindow {
  stall: StallBehavior;
  /** How far any stream may run ahead of a state before it resolves without this track, µs of the sender's clock. */
  maxLagUs: number;
}

/** True for the codecs that travel as WebRTC media; the others travel as one byte stream a frame. */
export function isWebRtcCodec(codec: VideoCodec): codec is Exclude<VideoCodec, 'raw' | 'png' | 'mjpeg'> {
  return codec !== 'raw' && codec !== 'png' && codec !== 'mjpeg';
}

/** Longest track name in UTF-8 bytes; a hostile frame header may not make a receiver read or remember more. */
export const MAX_TRACK_NAME_BYTES = 256;
/** Bounds the peer does not have: each keeps a typing slip from becoming a timer, a buffer or a packet nobody can serve. */
export const MAX_FPS = 1000;
export const MAX_SLACK = 10_000;
export const MAX_TOLERANCE = 10_000;
export const MAX_PING_MS = 3_600_000;
export const MAX_HORIZON = 65_535;
const MAX_CHUNK_BYTES = 16 * 1024 * 1024;
const MAX_U32 = 0xffff_ffff;
const MAX_FIELD_NAME_BYTES = 1024;

const fieldList = namedList(record({ name: name(MAX_FIELD_NAME_BYTES), dtype: oneOf(DTYPES) }));

/** Options of WebRTC media on a byte-stream track would be silently without effect. */
const mediaOptions: Check = (value, path) => {
  const video = value as VideoInput;
  const codec = video.codec ?? 'h264';
  if (isWebRtcCodec(codec)) return null;
  const message = 'applies to the WebRTC codecs only';
  const expected = `no such option on a ${codec} track`;
  if (typeof video.maxBitrateKbps === 'number') return problem([...path, 'maxBitrateKbps'], message, expected, video.maxBitrateKbps);
  if (video.simulcast === true) return problem([...path, 'simulcast'], message, expected, video.simulcast);
  if (video.screencast === true) return problem([...path, 'screencast'], message, expected, video.screencast);
  return null;
};

const chunkSize: Check = (value, path) => {
  const chunk = value as ChunkSpec;
  const bytes = chunk.horizon * chunk.fields.reduce((sum, field) => sum + DTYPE_BYTES[field.dtype], 0);
  return bytes <= MAX_CHUNK_BYTES ? null : problem([...path, 'horizon'], 'makes packets too large', `at most ${MAX_CHUNK_BYTES} bytes a chunk`, `${bytes} bytes`);
};

const wholeConfig = record({
  session: name(MAX_FIELD_NAME_BYTES),
  fps: optional(integer(1, MAX_FPS)),
  slack: optional(integer(1, MAX_SLACK)),
  tolerance: optional(positive(MAX_TOLERANCE)),
  pingMs: optional(integer(0, MAX_PING_MS)),
  stateReliable: optional(boolean),
  actionReliable: optional(boolean),
  stallBehavior: optional(oneOf(STALL_BEHAVIORS)),
  maxLagMs: optional(integer(0, MAX_U32)),
  actionSubscription: optional(boolean),
  videos: optional(
    namedList(
      all(
        record({
          name: name(MAX_TRACK_NAME_BYTES),
          codec: optional(oneOf(VIDEO_CODECS)),
          quality: optional(integer(1, 100)),
          maxBitrateKbps: optional(integer(1, MAX_U32)),
          simulcast: optional(boolean),
          screencast: optional(boolean),
          stallBehavior: optional(oneOf(STALL_BEHAVIORS)),
          maxLagMs: optional(integer(0, MAX_U32)),
        }),
        mediaOptions,
      ),
    ),
  ),
  state: optional(fieldList),
  action: optional(fieldList),
  actionChunks: optional(namedList(all(record({ name: name(MAX_FIELD_NAME_BYTES), horizon: integer(1, MAX_HORIZON), fields: fieldList }), chunkSize))),
});

/** The first thing wrong with `input`, whatever it is, or null. */
export function findConfigProblem(input: unknown): ConfigProblem | null {
  return wholeConfig(input, []);
}

/** A checked copy with the peer's defaults filled in. Throws CONFIG_INVALID naming the place, what is allowed and what was given. */
export function validateConfig(input: PortalConfigInput): PortalConfig {
  const problem = findConfigProblem(input);
  if (problem !== null) {
    const { path, message, ...details } = problem;
    throw new PortalError('CONFIG_INVALID', `${formatPath(path)} ${message}`, details);
  }
  return {
    session: input.session,
    fps: input.fps ?? 30,
    slack: input.slack ?? 5,
    tolerance: input.tolerance ?? 1.5,
    pingMs: input.pingMs ?? DEFAULT_PING_MS,
    stateReliable: input.stateReliable ?? true,
    actionReliable: input.actionReliable ?? true,
    stallBehavior: input.stallBehavior ?? 'drop',
    maxLagMs: input.maxLagMs ?? null,
    actionSubscription: input.actionSubscription ?? false,
    videos: (input.videos ?? []).map(fillVideo),
    state: (input.state ?? []).map(copyField),
    action: (input.action ?? []).map(copyField),
    actionChunks: (input.actionChunks ?? []).map(({ name, horizon, fields }) => ({ name, horizon, fields: fields.map(copyField) })),
  };
}

/** The windows a sync buffer works with. A track's own stall behaviour and max lag override the config's, each on its own. */
export function syncWindows(config: PortalConfig): SyncWindows {
  const defaultLagUs = config.maxLagMs === null ? Math.trunc((config.slack * 1_000_000) / config.fps) : config.maxLagMs * 1000;
  return {
    // The peer computes this in f32, where 0.9 ticks at 30 fps are 30,000 µs and not a hair less.
    rangeUs: Math.trunc(Math.fround(Math.fround(Math.fround(config.tolerance) * 1_000_000) / config.fps)),
    slack: config.slack,
    perTrack: Object.fromEntries(
      config.videos.map((video) => [
        video.name,
        { stall: video.stallBehavior ?? config.stallBehavior, maxLagUs: video.maxLagMs === null ? defaultLagUs : video.maxLagMs * 1000 },
      ]),
    ),
  };
}

function fillVideo(video: VideoInput): VideoSpec {
  return {
    name: video.name,
    codec: video.codec ?? 'h264',
    quality: video.quality ?? DEFAULT_MJPEG_QUALITY,
    maxBitrateKbps: video.maxBitrateKbps ?? null,
    simulcast: video.simulcast ?? false,
    screencast: video.screencast ?? false,
    stallBehavior: video.stallBehavior ?? null,
    maxLagMs: video.maxLagMs ?? null,
  };
}

function copyField({ name, dtype }: FieldSpec): FieldSpec {
  return { name, dtype };
}
