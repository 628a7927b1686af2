import type { ArmLeft } from '../shared/arm-left.ts';
import type { ArmKind } from '../shared/arm-kind.ts';
import type { LeaderEngagement, RecentSession } from '../shared/console-state.ts';
import type { ArmOffers, LeaderChoice } from '../shared/leader-choice.ts';
import type { ArmHealth } from '../shared/portal/arm-health.ts';
import type { WebcamInfo, WebcamPicture, WebcamRequest } from '../shared/camera-messages.ts';
import type { HostView, HostWord } from '../shared/hosting.ts';
import type { Clock } from '../shared/portal/clock.ts';
import type { FieldSpec } from '../shared/portal/config.ts';
import type { PortalError, PortalErrorShape } from '../shared/portal/errors.ts';
import type { FrameCodecs } from '../shared/portal/frame-codec.ts';
import type { HostStateWord, JointDescription, SafetyDescription } from '../shared/portal/host-state.ts';
import type { PortalMetrics } from '../shared/portal/metrics.ts';
import type { Transport } from '../shared/portal/transport.ts';
import type { WarningTag } from '../shared/portal/warning-tags.ts';
import type { Connection } from './connection.ts';
import type { MetricsEndpoint } from './metrics-endpoint.ts';
import type { StationFigures } from './metrics-text.ts';
import type { CameraConfig } from '../shared/station-config-cameras.ts';
import type { ArmUnits } from '../shared/station-config-leader.ts';
import type { ArmWarning, Camera, FollowerArm, JogArm, JointFeature, LeaderArm, PuppetLeader, ScriptedArm } from './devices/device.ts';

/** 0 ended as asked · 1 failed at run time · 2 wrong usage or configuration · 3 the arm cannot be used. */
export type ExitCode = 0 | 1 | 2 | 3;

/** `orderly`: somebody asked for it. `failed`: something broke, and an arm is held whatever its configuration says. */
export type Ending = 'orderly' | 'failed';

export type AppRole = 'console' | 'robot-host' | 'operator';

/** What a process says to scripts: one of these a line with `--json`. `timestamp_us` is added where it is written. */
export type StationEvent =
  | { event: 'connected'; identity: string; session: string; url: string; robot?: string }
  /** What a robot host keeps to, once it knows its arm. */
  | { event: 'limits'; joints: JointDescription[]; safety: SafetyDescription }
  | { event: 'metrics_endpoint'; url: string; port: number }
  | { event: 'disconnected'; reason: string }
  | { event: 'cameras'; cameras: WebcamInfo[] }
  /** A robot host's state, each time that it changes. */
  | { event: 'host_state'; state: HostStateWord; reason: string; fault?: string }
  /** A robot host's arm as it is left at the end, once; `instead_of` is what was configured and did not come about. */
  | { event: 'arm_left'; torque: ArmLeft['torque']; instead_of: ArmLeft['insteadOf']; reason: string }
  /** How an operator's leader comes to drive, each time that it changes. */
  | { event: 'leader'; phase: LeaderEngagement['phase']; reason: string }
  | { event: 'active_operator'; identity: string | null }
  | { event: 'operator_joined'; identity: string }
  | { event: 'operator_left'; identity: string }
  | ({ event: 'metrics'; role: AppRole; state: HostStateWord; executed: number | null; refused: number | null; arm: ArmHealth | null; leader?: { rate_hz: number; overruns: number } } & PortalMetrics)
  /** Only for the window that started the host. */
  | ({ event: 'view' } & HostView)
  | { event: 'preview'; camera: string; width: number; height: number; captured_us: number; jpeg: string }
  | { event: 'answer'; word: string; text: string }
  | { event: 'warning'; tag: WarningTag; message: string; count: number }
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

/** PORT: the rest pose of this host's arm, by joint without `.pos`. Each throws FILE_UNREADABLE. */
export interface RestPoseStore {
  /** Null = none was kept for this arm. */
  load(): Readonly<Record<string, number>> | null;
  save(pose: Readonly<Record<string, number>>): void;
  forget(): void;
}

/** PORT: the leader that was chosen last; null = none was. */
export interface ChoiceStore {
  load(): LeaderChoice | null;
  save(choice: LeaderChoice): void;
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

export interface EndpointRequest extends Pick<TokenRequest, 'session' | 'identity' | 'grants'> {
  endpoint: string;
  bearer: string | null;
}

/** PORT: starts a robot host with a simulated arm in a process of its own; `signal` ends one that is not there yet. */
export type StartSimulatedRobot = (
  options: ServerAccess & { session: string; identity: string; supervisors: readonly string[]; signal: AbortSignal },
) => Promise<{ stop(): Promise<void> }>;

/** A robot host that belongs to the window. */
export interface RunningHost {
  /** What would be typed at its terminal. */
  say(word: HostWord): void;
  /**
   * Has it end as asked: with the arm it does what its configuration says, and goes on telling about it. One that takes longer is
   * killed, and its arm is held. Resolves when it is gone, true = by itself; never rejects.
   */
  leave(withinMs: number): Promise<boolean>;
}

/** What a robot host is started with. */
export interface HostOrder {
  configFile: string | null;
  session: string;
  /** Null = as the file says. */
  identity: string | null;
  /** Null = what environment and file say, else a server on this machine. */
  connection: Exclude<Connection, { kind: 'local' }> | null;
  /** Null = what PORTAL_E2EE_KEY says. */
  e2eeKey: string | null;
}

/** PORT: starts a robot host in a process of its own. `onEnd` comes once, unless it was told to leave. */
export type StartRobotHost = (
  order: HostOrder,
  events: { onEvent(event: StationEvent): void; onEnd(error: PortalErrorShape | null): void },
) => RunningHost;

/** Where a camera that draws the arm gets the pose from. */
export type PoseSource = () => Readonly<Record<string, number>>;

/** PORT: the webcams of this machine. */
export interface WebcamSource {
  /** Sizes are tried out one by one, which takes a second or two for each camera. Rejects with CAMERA_FAILED. */
  list(options: { withSizes: boolean }): Promise<WebcamInfo[]>;
  /** `onEnd` comes once, unless it was stopped. `stop` resolves when the device is free again and never rejects. */
  capture(request: WebcamRequest, events: { onPicture(picture: WebcamPicture): void; onEnd(error: PortalError): void }): { stop(): Promise<void> };
  /** Something was plugged in or out. Returns the unsubscribe. */
  onChange(listener: () => void): () => void;
}

/** An arm on a serial bus as it is configured, with its calibration file read. */
export interface BusArmSettings {
  port: string;
  calibration: { file: string; text: string };
  units: ArmUnits;
}

/** PORT: what is known of arms on this machine, for what a configuration leaves out. */
export interface ArmLookup {
  /** The one arm of this kind that was set up here, or the one called `id`. Throws CONFIG_INVALID. */
  port(kind: ArmKind, id: string | null): string;
  /** The calibration file of the arm called `id`, else of the one that was set up on `port`. Throws CALIBRATION_MISSING. */
  calibration(kind: ArmKind, port: string, id: string | null): string;
}

/** PORT: device openers by kind. `fields` are a schema's: an arm calls its joints as they do. */
export interface DevicePorts {
  /** Null = the simulated one. Throws CALIBRATION_INVALID. */
  follower(arm: BusArmSettings | null, fields: readonly FieldSpec[], warn?: ArmWarning): FollowerArm;
  /** Throws CALIBRATION_INVALID. */
  busLeader(arm: BusArmSettings, fields: readonly FieldSpec[], warn?: ArmWarning): LeaderArm;
  simLeader(joints: readonly JointFeature[]): PuppetLeader;
  /** `unitsPerS`: its speed, in each joint's unit. `needsInput`: it cannot be read while nothing is asked of it. */
  jogLeader(joints: readonly JointFeature[], options: { unitsPerS: number; needsInput: boolean }): JogArm;
  /** Serial ports and calibration files there are now. */
  leaderOffers(): Promise<ArmOffers>;
  scriptedLeader(fields: readonly FieldSpec[]): ScriptedArm;
  camera(config: CameraConfig & { fps: number }, pose: PoseSource): Camera;
}

/** Everything a station needs from outside; `wiring.ts` brings the real ones, tests bring twins. */
export interface StationPorts {
  /** A robot host tells the window that started it what it does, in events. */
  feedsWindow?: boolean;
  appVersion: string;
  clock: Clock;
  output: StationOutput;
  log: Log;
  createTransport(): Transport;
  frameCodecs: FrameCodecs;
  mintToken(request: TokenRequest): Promise<string>;
  /** Has the server tell the others at once of a joiner who may not write attributes. Rejects when it does not. */
  announce(request: TokenRequest & { url: string }): Promise<void>;
  /** Server and token from a token endpoint. Rejects with TOKEN_ENDPOINT_FAILED or TOKEN_REFUSED. */
  fetchToken(request: EndpointRequest): Promise<{ url: string; token: string }>;
  /** What a token says of itself; null when it is no token. */
  readToken(token: string): { identity: string; room: string } | null;
  useLocalServer(): Promise<RunningServer>;
  devices: DevicePorts;
  secrets: SecretStore;
  recents: RecentStore;
  leaderChoice: ChoiceStore;
  restPoses: RestPoseStore;
  /** Null where this process cannot start one. */
  startSimulatedRobot: StartSimulatedRobot | null;
  /** Reads a text file; throws FILE_UNREADABLE. */
  readText(path: string): string;
  /** Serves the figures on loopback; port 0 = a free one. Rejects with PORT_IN_USE or SERVER_FAILED. */
  openMetricsEndpoint(port: number, read: () => StationFigures): Promise<MetricsEndpoint>;
}

