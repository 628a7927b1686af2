import type { RecentSession } from '../shared/console-state.ts';
import type { Clock } from '../shared/portal/clock.ts';
import type { PortalErrorShape } from '../shared/portal/errors.ts';
import type { HostStateWord } from '../shared/portal/host-state.ts';
import type { PortalMetrics } from '../shared/portal/metrics.ts';
import type { Transport } from '../shared/portal/transport.ts';
import type { CameraConfig } from '../shared/station-config.ts';
import type { Camera, FollowerArm, JointFeature, PuppetLeader, ScriptedArm } from './devices/device.ts';

/** 0 ended as asked · 1 failed at run time · 2 wrong usage or configuration. */
export type ExitCode = 0 | 1 | 2;

export type AppRole = 'console' | 'robot-host' | 'operator';

/** What a process says to scripts: one of these a line with `--json`. `timestamp_us` is added where it is written. */
export type StationEvent =
  | { event: 'connected'; identity: string; session: string; url: string; robot?: string }
  | { event: 'disconnected'; reason: string }
  | { event: 'active_operator'; identity: string | null }
  | { event: 'operator_joined'; identity: string }
  | { event: 'operator_left'; identity: string }
  | ({ event: 'metrics'; role: AppRole; state: HostStateWord; executed: number | null; refused: number | null } & PortalMetrics)
  | { event: 'warning'; tag: string; message: string; count: number }
  | ({ event: 'error' } & PortalErrorShape)
  | { event: 'exit'; code: ExitCode; reason: string };

/** PORT: the process's voice. Never throws, also when nobody reads any more. */
export interface StationOutput {
  event(event: StationEvent): void;
  /** The readable line of a headless role, once a second; silent with `--json`. `key` changes when the line is worth a new one in a log. */
  status(line: string, key: string): void;
  /** A line that stays, silent with `--json`. */
  note(line: string): void;
}

/** PORT: diagnostics, apart from what is said to scripts. */
export interface Log {
  info(message: string, details?: object): void;
  warn(message: string, details?: object): void;
  error(message: string, details?: object): void;
}

/** PORT: where session secrets go. `memory` = lost when the app quits. */
export interface SecretStore {
  readonly kind: 'system' | 'memory';
  save(id: string, secret: string): void;
  load(id: string): string | null;
  remove(id: string): void;
}

/** PORT: the list of the last sessions, without secrets. */
export interface RecentStore {
  load(): RecentSession[];
  save(sessions: readonly RecentSession[]): void;
}

/** A LiveKit server with the key that mints its tokens. */
export interface ServerAccess {
  url: string;
  apiKey: string;
  apiSecret: string;
}

export interface RunningServer extends ServerAccess {
  stop(): Promise<void>;
}

export interface TokenRequest extends Omit<ServerAccess, 'url'> {
  session: string;
  identity: string;
  grants: 'robot' | 'operator' | 'viewer';
}

/** PORT: starts a robot host with a simulated arm in a process of its own. */
export type StartSimulatedRobot = (
  options: ServerAccess & { session: string; identity: string; supervisors: readonly string[] },
) => Promise<{ stop(): Promise<void> }>;

/** Where a camera that draws the arm gets the pose from. */
export type PoseSource = () => Readonly<Record<string, number>>;

/** PORT: device openers by kind. */
export interface DevicePorts {
  follower(): FollowerArm;
  simLeader(joints: readonly JointFeature[]): PuppetLeader;
  scriptedLeader(): ScriptedArm;
  camera(config: CameraConfig & { fps: number }, pose: PoseSource): Camera;
}

/** Everything a station needs from outside; `wiring.ts` brings the real ones, tests bring twins. */
export interface StationPorts {
  appVersion: string;
  clock: Clock;
  output: StationOutput;
  log: Log;
  createTransport(): Transport;
  mintToken(request: TokenRequest): Promise<string>;
  /** What a token says of itself; null when it is no token. */
  readToken(token: string): { identity: string; room: string } | null;
  useLocalServer(): Promise<RunningServer>;
  devices: DevicePorts;
  secrets: SecretStore;
  recents: RecentStore;
  /** Null where this process cannot start one. */
  startSimulatedRobot: StartSimulatedRobot | null;
  /** Reads a text file; throws FILE_UNREADABLE. */
  readText(path: string): string;
}

