import type { LeaderChoice, ArmOffers } from './leader-choice.ts';
import type { ArmHealth } from './portal/arm-health.ts';
import type { StallBehavior } from './portal/config.ts';
import type { HostDescription, HostReport, HostState } from './portal/host-state.ts';
import type { PortalErrorShape } from './portal/errors.ts';
import type { PortalMetrics } from './portal/metrics.ts';
import type { FrameSource, PixelFormat } from './portal/types.ts';

/** Reason of `DISCONNECTED` while a robot is there and sends, but by another portal.yaml. */
export const OTHER_SCHEMA = 'its fields are not those of this portal.yaml';

/** Stands for a session or a name that the token of a join decides. */
export const NAME_FROM_TOKEN = 'from-token';

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
  /** False when only a token is at hand, or the live view cannot decrypt: then frames come through main (`frame-port`). */
  hasLiveView: boolean;
  /** Why nothing of the robot can be decrypted, as a sentence; null = nothing is known to be wrong. */
  encryptionTrouble: string | null;
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
  /** States a second of the robot; actions a second of an operator, executed or not (`isDriving`); null = none were seen. */
  ratePerS: number | null;
}

export interface TrackInfo {
  name: string;
  codec: string;
  /** What an observation holds when the track stalls, and after how long. */
  stall: StallBehavior;
  maxLagMs: number;
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

/**
 * Whether the leader drives. `idle`: this console has no control. `lost`: the leader was not read, and goes on only when the person
 * asks for it. `apart`: it has to be brought to the robot's pose. `still`: held there for `stillMs` so far. `guiding`: its own motors
 * bring it there. `released`: the deadman key is not held. `engaged`: its readings go to the robot.
 */
export interface LeaderEngagement {
  phase: 'idle' | 'lost' | 'apart' | 'still' | 'guiding' | 'released' | 'engaged';
  /** A short sentence; may be empty. */
  reason: string;
  stillMs: number;
}

/** The leader: what a person moves, and what becomes of it. `target` is where it stands, one value a commandable joint. */
export interface LeaderInfo {
  kind: 'sim_leader' | 'keyboard' | 'gamepad' | 'so101_leader' | 'none';
  /** Readings a second, as configured. */
  rateHz: number;
  target: Record<string, number>;
  /** `opening`: it was not read yet. */
  link: 'opening' | 'live' | 'lost';
  /** Readings a second that were fresh. */
  measuredHz: number;
  /** Turns of its loop that came too late. */
  overruns: number;
  /** Of the last reading; null = none yet. */
  ageMs: number | null;
  /** What keeps it from being read. */
  error: PortalErrorShape | null;
  engagement: LeaderEngagement;
  /** A key or button has to be held. */
  hasDeadman: boolean;
  isHeld: boolean;
  /** How far it may be from the robot when it engages, in the joint's unit; null = it need not be aligned. */
  engageUnits: number | null;
  /** Of an arm's motors. */
  arm: ArmHealth | null;
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
  /** How often it happened. */
  count: number;
}

/** One call of an RPC method of the robot's, made here. `reply` and `error` are null while it runs. */
export interface RpcCall {
  id: number;
  method: string;
  payload: string;
  startedUs: number;
  durationMs: number | null;
  reply: string | null;
  error: PortalErrorShape | null;
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
  /** With `endpoint`, `url` is the token endpoint's. */
  auth: 'key' | 'token' | 'endpoint';
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
  hostStatus: HostReport | null;
  driver: Driver;
  roster: RosterEntry[];
  tracks: TrackInfo[];
  joints: JointInfo[];
  leader: LeaderInfo | null;
  /** What the person drives with, in this session and the next. */
  leaderChoice: LeaderChoice;
  /** Looked up while the chooser is open. */
  leaderOffers: ArmOffers;
  metrics: PortalMetrics | null;
  health: Health;
  events: ConsoleEvent[];
  /** The last calls of this session, oldest first. */
  calls: RpcCall[];
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
  /** By field name, where the leader stands; absent or empty = it is not read. */
  leader?: Record<string, number>;
}

/** The last synchronized observation, pushed while the inspector is open; its pixels come through the frame port. */
export interface ObservationView {
  timestampUs: number;
  state: Record<string, number>;
  /** `deltaUs` = frame − state; null when omitted. */
  frames: { track: string; source: FrameSource; deltaUs: number | null }[];
}

/** One message of the frame port. `purpose` says whether it is a live tile, the inspector, or a camera of a robot that is hosted here. */
export interface FramePortFrame {
  purpose: 'live' | 'observation' | 'preview';
  track: string;
  width: number;
  height: number;
  format: PixelFormat;
  data: Uint8Array;
  timestampUs: number;
}
