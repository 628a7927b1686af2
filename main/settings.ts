import { isAbsolute, resolve } from 'node:path';
import type { ArmKind } from '../shared/arm-kind.ts';
import type { ClaimPolicy } from '../shared/portal/claim-policy.ts';
import type { PortalConfig } from '../shared/portal/config.ts';
import { PortalError } from '../shared/portal/errors.ts';
import { defaultCamera, type CameraConfig } from '../shared/station-config-cameras.ts';
import {
  defaultStationConfig,
  parseStationYaml,
  placeInStationYaml,
  type ClaimConfig,
  type FollowerConfig,
  type SafetyConfig,
  type StationConfig,
} from '../shared/station-config.ts';
import type { ArmUnits, LeaderConfig } from '../shared/station-config-leader.ts';
import { builtinPortalConfig } from './builtin-schema.ts';
import type { CliFlags } from './cli.ts';
import { resolveConnection, type Connection, type Environment } from './connection.ts';
import type { PlaceOf } from './joint-limits.ts';
import { leaderSettings, type LeaderSettings } from './leader-settings.ts';
import type { AppRole, ArmLookup, BusArmSettings } from './ports.ts';
import { isProfile, readPortal } from './profiles.ts';

export type CameraSettings = CameraConfig & { fps: number };

/** All a station is told, after flags, environment and files were put together. */
export interface StationSettings {
  role: AppRole;
  session: string;
  identity: string;
  connection: Connection;
  portal: PortalConfig;
  /** Where the schema is from; null = built in. */
  portalFile: string | null;
  e2eeKey: string | null;
  seconds: number | null;
  /** Where a headless role serves its metrics; 0 = a free port, null = nowhere. */
  metricsPort: number | null;
  /** The console goes straight into the session; else it shows its start screen. */
  joinsAtStart: boolean;
  robot: {
    /** Null = the simulated arm. */
    follower: BusArmSettings | null;
    cameras: readonly CameraSettings[];
    controlHz: number;
    safety: SafetyConfig;
    /** Where a value of the file stands, for what only the arm can tell is wrong with it. */
    placeOf: PlaceOf;
    claimPolicy: ClaimPolicy;
    supervisors: readonly string[];
  };
  operator: LeaderSettings & { robotIdentity: string | null };
}

type ArmPlaceConfig = { id?: string | null | undefined; port?: string | undefined; calibration?: string | undefined };

export interface SettingsPorts {
  env: Environment;
  /** Throws FILE_UNREADABLE. */
  readText(path: string): string;
  readToken(token: string): { identity: string; room: string } | null;
  arms: ArmLookup;
}

const DEFAULT_IDENTITY: Record<AppRole, string> = { console: 'console', 'robot-host': 'robot', operator: 'operator' };

/** Puts flags, environment, station.yaml and portal.yaml together. Throws USAGE, CONFIG_INVALID, YAML_INVALID or FILE_UNREADABLE. */
export function resolveSettings(role: AppRole, flags: CliFlags, ports: SettingsPorts): StationSettings {
  const text = flags.config === null ? null : ports.readText(flags.config);
  const file = flags.config === null || text === null ? defaultStationConfig() : parseStationYaml(text, { file: flags.config });
  checkRole(role, file, flags.config);
  const connection = resolveConnection({ url: flags.url, tokenEndpoint: flags.tokenEndpoint }, ports.env, { url: file.server?.url ?? null, tokenEndpoint: file.server?.token_endpoint ?? null });
  const { session, identity } = resolveNames(role, flags, file, connection, ports);
  const named = namedCameras(flags, file);
  const portalFile = flags.portal ?? (isProfile(file.portal) ? file.portal : nextTo(flags.config, file.portal));
  const portal =
    portalFile === null
      ? builtinPortalConfig(session, named?.map((camera) => camera.name) ?? ['front'])
      : readPortal(portalFile, session, ports.readText);
  const cameras = named ?? portal.videos.map((video) => defaultCamera(video.name));
  if (role === 'robot-host') checkTracks(portal, cameras);
  const supervisors = [...file.claim.supervisors, ...flags.supervisors];
  return {
    role,
    session,
    identity,
    connection,
    portal,
    portalFile,
    e2eeKey: e2eeKey(ports.env, flags.e2ee),
    seconds: flags.seconds,
    metricsPort: role === 'console' ? null : (flags.metricsPort ?? file.metrics_port),
    joinsAtStart: role !== 'console' || flags.session !== null || file.session !== undefined,
    robot: {
      follower: role === 'robot-host' ? busArm(file.follower, 'follower', file.units, flags.config, ports) : null,
      cameras: cameras.map((camera) => ({ ...camera, fps: camera.fps ?? Math.min(portal.fps, 120) })),
      controlHz: file.control_hz,
      safety: file.safety,
      placeOf: (path) => (flags.config === null || text === null ? {} : { file: flags.config, ...placeInStationYaml(text, path) }),
      claimPolicy: claimPolicy(file.claim, flags, supervisors),
      supervisors,
    },
    operator: {
      ...leaderSettings({
        role, config: file.leader, units: file.units, flag: flags.leader, claimFlag: flags.claim, file: flags.config,
        busArm: () => busArm(file.leader, 'leader', file.units, flags.config, ports),
        armPlace: (config) => armPlace(config, 'leader', flags.config, ports),
      }),
      robotIdentity: flags.robot ?? file.robot_identity,
    },
  };
}

/** A file made for one machine, used on another, would give the wrong arm the right commands. */
function checkRole(role: AppRole, file: StationConfig, path: string | null): void {
  const own = role === 'robot-host' ? 'robot' : role;
  if (file.role === undefined || file.role === own) return;
  throw new PortalError('CONFIG_INVALID', `The file is for the role ${file.role}`, { ...(path === null ? {} : { file: path }), expected: own, got: file.role, fix: 'Start that role with it, or remove role.' });
}

/** A token decides both names; contradicting it can only be a mistake. */
function resolveNames(role: AppRole, flags: CliFlags, file: StationConfig, connection: Connection, ports: SettingsPorts): { session: string; identity: string } {
  const session = flags.session ?? file.session ?? null;
  const identity = flags.identity ?? file.identity ?? null;
  if (connection.kind !== 'token') return { session: session ?? 'demo', identity: identity ?? DEFAULT_IDENTITY[role] };
  const claims = ports.readToken(connection.token);
  if (claims === null) throw new PortalError('USAGE', 'LIVEKIT_TOKEN is no access token', { expected: 'three parts separated by dots', fix: 'Copy it whole, without quotes.' });
  const differs = (what: string, own: string | null, claimed: string): void => {
    if (own === null || claimed === '' || own === claimed) return;
    throw new PortalError('USAGE', `The token is for another ${what}`, { expected: claimed, got: own, fix: `Leave out --${what}, or get a token for ${own}.` });
  };
  differs('session', session, claims.room);
  differs('identity', identity, claims.identity);
  return { session: claims.room === '' ? (session ?? 'demo') : claims.room, identity: claims.identity };
}

/** Null = none were named anywhere. */
function namedCameras(flags: CliFlags, file: StationConfig): CameraConfig[] | null {
  const fromFlags = flags.cameras.map(({ name, width, height, fps }) => ({ ...defaultCamera(name), fps, ...(width === null || height === null ? {} : { width, height }) }));
  const fromFile = file.cameras === null ? null : Object.entries(file.cameras).map(([name, camera]) => withProgram({ name, ...camera }, flags.config));
  const cameras = fromFlags.length > 0 ? fromFlags : fromFile;
  const names = cameras?.map((camera) => camera.name) ?? [];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new PortalError('CONFIG_INVALID', `Two cameras are called ${twice}`, { got: twice, fix: 'Give each camera a name of its own.' });
  return cameras;
}

/** A name alone is looked up in PATH; a path is relative to the file. */
function withProgram(camera: CameraConfig, configFile: string | null): CameraConfig {
  const [program = '', ...args] = camera.kind === 'command' ? camera.run : [];
  return camera.kind === 'command' && program.includes('/') ? { ...camera, run: [nextTo(configFile, program) ?? program, ...args] } : camera;
}

/** A track without a camera would keep every observation waiting; a camera without a track has nowhere to go. */
function checkTracks(portal: PortalConfig, cameras: readonly CameraConfig[]): void {
  const tracks = portal.videos.map((video) => video.name);
  const names = cameras.map((camera) => camera.name);
  const extra = names.filter((name) => !tracks.includes(name));
  const missing = tracks.filter((name) => !names.includes(name));
  if (extra.length === 0 && missing.length === 0) return;
  const message = extra.length > 0 ? `No track for camera ${extra.join(', ')}` : `No camera for track ${missing.join(', ')}`;
  throw new PortalError('CONFIG_INVALID', message, { expected: tracks.join(', ') || 'no cameras', got: names.join(', ') || 'no cameras', fix: 'Name one camera for every video of the portal configuration.' });
}

/**
 * The configured arm with its calibration read; null = no arm on a bus. Throws FILE_UNREADABLE, and as ArmLookup does for what
 * the file leaves out.
 */
function busArm(config: FollowerConfig | LeaderConfig, kind: ArmKind, units: ArmUnits, configFile: string | null, ports: SettingsPorts): BusArmSettings | null {
  if (!isBusArm(config)) return null;
  const { port, file } = armPlace(config, kind, configFile, ports);
  return { port, calibration: { file, text: ports.readText(file) }, units };
}

/** Port and calibration file of a configured arm. */
function armPlace({ id = null, port: named, calibration }: ArmPlaceConfig, kind: ArmKind, configFile: string | null, ports: SettingsPorts): { port: string; file: string } {
  const port = named ?? ports.arms.port(kind, id);
  return { port, file: nextTo(configFile, calibration) ?? ports.arms.calibration(kind, port, id) };
}

function isBusArm(config: FollowerConfig | LeaderConfig): config is Extract<FollowerConfig | LeaderConfig, { kind: `so10${string}` }> {
  return config.kind.startsWith('so10');
}

function nextTo(configPath: string | null, path: string | undefined): string | null {
  if (path === undefined) return null;
  return isAbsolute(path) || configPath === null ? path : resolve(configPath, '..', path);
}

function e2eeKey(env: Environment, isWanted: boolean): string | null {
  const key = env['PORTAL_E2EE_KEY'];
  if (key === '') throw new PortalError('USAGE', 'PORTAL_E2EE_KEY is empty', { fix: 'Give a key, or unset it to go without end-to-end encryption.' });
  if (key === undefined && isWanted) {
    throw new PortalError('USAGE', '--e2ee needs a key, and none was given', { expected: 'PORTAL_E2EE_KEY, or a terminal to type it at', got: 'neither', fix: 'Set PORTAL_E2EE_KEY to the key that every participant has, or start this on a terminal and type it.' });
  }
  return key ?? null;
}

function claimPolicy(claim: ClaimConfig, flags: CliFlags, supervisors: readonly string[]): ClaimPolicy {
  const identities = [...claim.identities, ...flags.listed];
  const word = flags.claimPolicy ?? claim.policy ?? (identities.length > 0 ? 'listed' : 'anyone');
  switch (word) {
    case 'anyone':
    case 'host-only':
      return { kind: word };
    case 'listed':
      return { kind: word, identities: [...identities, ...supervisors] };
    case 'supervisors-and-holder':
      return { kind: word, supervisors: [...supervisors] };
  }
}
