import type { HostDescription, HostState, HostStatus } from './portal/host-state.ts';
import type { PortalErrorShape } from './portal/errors.ts';
import type { PortalMetrics } from './portal/metrics.ts';
import type { FrameSource, PixelFormat } from './portal/types.ts';

/** Reason of `DISCONNECTED` while a robot is there and sends, but by another portal.yaml. */
export const OTHER_SCHEMA = 'its fields are not those of this portal.yaml';

/** Where the console is. `start` shows the start screen; `failed` is the start screen with `error`. */
export type SessionPhase = 'start' | 'connecting' | 'connected' | 'reconnecting' | 'failed';

/** What the console is doing while `connecting`, newest last; each line is a sentence. */
export interface SetupStep {
  text: string;
  status: 'running' | 'done' | 'failed';
}

export interface SessionInfo {
  name: string;
  url: string;
  identity: string;
  encrypted: boolean;
  /** Started here with `try it with a simulated robot`. */
  simulated: boolean;
  /** Null until a robot is pinned, or when the robot left. */
  robotIdentity: string | null;
  /** False when only a token is at hand: then frames come through main (`frame-port`). */
  hasLiveView: boolean;
}

/** Who the robot obeys. */
export interface Driver {
  kind: 'you' | 'other' | 'nobody';
  identity: string | null;
  /** When this driver began, µs on this machine's clock; null for nobody. */
  sinceUs: number | null;
}

export interface RosterEntry {
  identity: string;
  role: 'robot' | 'operator';
  isYou: boolean;
  isDriving: boolean;
  /** Observations a second for the robot, actions a second for an operator (as executed or subscribed here); null = unknown. */
  ratePerS: number | null;
}

export interface TrackInfo {
  name: string;
  codec: string;
  /** Null until the first frame. */
  width: number | null;
  height: number | null;
}

export interface JointInfo {
  /** Field name, for instance `shoulder_pan.pos`. */
  name: string;
  /** From the robot host's description; null when the robot does not say. */
  min: number | null;
  max: number | null;
  unit: string;
  /** In the action schema too, so a command can be given. */
  commandable: boolean;
}

/** The leader arm. `target` is what the sliders show, one value a commandable joint. */
export interface LeaderInfo {
  kind: 'sim_leader' | 'none';
  rateHz: number;
  target: Record<string, number>;
}

export type EventLevel = 'info' | 'warn' | 'error';

/** One line of the event log. */
export interface ConsoleEvent {
  id: number;
  timestampUs: number;
  level: EventLevel;
  /** Stable: a warning tag, an error code, or `driver`, `peer`, `session`, `safety`. */
  tag: string;
  text: string;
  /** How often it happened in a row. */
  count: number;
}

/** Figures of the health panel that are not in `metrics`; null = no sample yet. */
export interface Health {
  observationsPerS: number;
  statesPerS: number;
  actionsPerS: number;
  /** Capture → on screen, newest window of frames, over all tracks. */
  captureToScreenP50Ms: number | null;
  captureToScreenP95Ms: number | null;
  /** Observation → action of whoever drives, as seen here. */
  observationToActionP50Ms: number | null;
  observationToActionP95Ms: number | null;
  rttMs: number | null;
}

export interface RecentSession {
  id: string;
  url: string;
  session: string;
  identity: string;
  auth: 'key' | 'token';
  /** Path of its portal.yaml; null = the built-in schema. */
  portalFile: string | null;
  /** False when no secret could be stored: it has to be typed again. */
  hasSecret: boolean;
  lastUsedUs: number;
}

/** The one object a window mirrors. Main owns it; every change raises `revision`. */
export interface ConsoleState {
  revision: number;
  appVersion: string;
  phase: SessionPhase;
  setup: SetupStep[];
  error: PortalErrorShape | null;
  session: SessionInfo | null;
  /** The robot's own word, or ours when the robot is no portal-console host (`ACTIVE` someone drives, `HOLDING` nobody does). */
  host: HostState;
  hostDescription: HostDescription | null;
  hostStatus: HostStatus | null;
  driver: Driver;
  roster: RosterEntry[];
  tracks: TrackInfo[];
  joints: JointInfo[];
  leader: LeaderInfo | null;
  metrics: PortalMetrics | null;
  health: Health;
  events: ConsoleEvent[];
  recent: RecentSession[];
  /** What secrets are stored with; `memory` = not kept when the app quits. */
  secretStorage: 'system' | 'memory';
}

/** Top-level sections that changed. A window that misses a revision asks for the whole state again. */
export interface ConsolePatch {
  revision: number;
  changed: Partial<Omit<ConsoleState, 'revision'>>;
}

/** Pushed up to 30 times a second while connected, apart from the state because it changes all the time. */
export interface Telemetry {
  timestampUs: number;
  /** By field name, last received state. */
  state: Record<string, number>;
  /** By field name, last command of whoever drives; empty when nobody does. */
  command: Record<string, number>;
}

/** The last synchronized observation, pushed while the inspector is open; its pixels come through the frame port. */
export interface ObservationView {
  timestampUs: number;
  state: Record<string, number>;
  /** `deltaUs` = frame − state; null when omitted. */
  frames: { track: string; source: FrameSource; deltaUs: number | null }[];
}

/** One message of the frame port. `purpose` says whether it is a live tile or the inspector. */
export interface FramePortFrame {
  purpose: 'live' | 'observation';
  track: string;
  width: number;
  height: number;
  format: PixelFormat;
  data: Uint8Array;
  timestampUs: number;
}
