import type { Driver, JointInfo, ObservationView, RosterEntry, TrackInfo } from '../shared/console-state.ts';
import { syncWindows, type PortalConfig } from '../shared/portal/config.ts';
import type { HostDescription, HostState } from '../shared/portal/host-state.ts';
import type { Observation } from '../shared/portal/types.ts';
import type { JointFeature } from './devices/device.ts';
import { toNumbers } from './joint-schema.ts';
import { so101Joint } from '../shared/so101-joints.ts';

/** The joint table: the schema's state fields, with what the robot says of them. */
export function jointList(portal: PortalConfig, description: HostDescription | null): JointInfo[] {
  const commandable = new Set(portal.action.map((field) => field.name));
  return portal.state.map(({ name }) => {
    const joint = description?.joints.find((known) => known.name === name);
    return { name, min: joint?.min ?? null, max: joint?.max ?? null, unit: joint?.unit ?? so101Joint(name)?.unit ?? 'deg', commandable: commandable.has(name) };
  });
}

/** What the simulated leader can move: the schema's action fields, in the robot's ranges, else those of an SO-101. */
export function leaderFeatures(portal: PortalConfig, description: HostDescription | null): JointFeature[] {
  return portal.action
    .filter((field) => field.dtype !== 'bool')
    .map(({ name }) => {
      const known = so101Joint(name);
      const told = description?.joints.find((joint) => joint.name === name);
      const { min, max, unit } = told ?? known ?? { min: -100, max: 100, unit: '' };
      return { name, min, max, unit, rest: Math.min(max, Math.max(min, known?.rest ?? (min + max) / 2)) };
    });
}

export function trackList(portal: PortalConfig, description: HostDescription | null): TrackInfo[] {
  const { perTrack } = syncWindows(portal);
  return portal.videos.map(({ name, codec }) => {
    const camera = description?.cameras.find((known) => known.name === name);
    const window = perTrack[name];
    return { name, codec, stall: window?.stall ?? portal.stallBehavior, maxLagMs: (window?.maxLagUs ?? 0) / 1000, width: camera?.width ?? null, height: camera?.height ?? null };
  });
}

export interface RosterInput {
  me: string | null;
  robot: string | null;
  operators: readonly string[];
  driver: string | null;
  rate: (identity: string, role: 'robot' | 'operator') => number | null;
}

/** The robot first, then this console, then the others by name. */
export function rosterList({ me, robot, operators, driver, rate }: RosterInput): RosterEntry[] {
  const others = operators.filter((identity) => identity !== me && identity !== robot).sort((a, b) => a.localeCompare(b));
  const entry = (identity: string, role: 'robot' | 'operator'): RosterEntry => ({
    identity,
    role,
    isYou: identity === me,
    isDriving: role === 'operator' && identity === driver,
    ratePerS: rate(identity, role),
  });
  return [...(robot === null ? [] : [entry(robot, 'robot')]), ...(me === null ? [] : [entry(me, 'operator')]), ...others.map((identity) => entry(identity, 'operator'))];
}

export function driverOf(me: string | null, identity: string | null, before: Driver, nowUs: number): Driver {
  if (identity === before.identity) return before;
  if (identity === null) return { kind: 'nobody', identity: null, sinceUs: null };
  return { kind: identity === me ? 'you' : 'other', identity, sinceUs: nowUs };
}

/** What the event log says when another one drives. */
export function driverSentence(identity: string | null, me: string | null, before: Driver): string {
  if (identity === null) return 'Nobody drives now';
  if (identity !== me) return `${identity} drives now`;
  return before.kind === 'other' ? `You took control from ${before.identity ?? 'nobody'}` : 'You drive now';
}

/** An observation without its pixels. */
export function observationView({ timestampUs, state, frames }: Observation): ObservationView {
  return {
    timestampUs,
    state: toNumbers(state.values),
    frames: Object.entries(frames).map(([track, { source, frame }]) => ({ track, source, deltaUs: frame === null ? null : frame.timestampUs - timestampUs })),
  };
}

export interface HostInput {
  robot: string | null;
  /** What the robot itself says; null on a robot that is no portal-console host. */
  told: HostState | null;
  driver: string | null;
  /** Nothing was heard of the robot for this long; null = it is heard. */
  silentSinceUs: number | null;
  /** Why what it sends cannot be read; null = it can, or it sends nothing. */
  unreadable: string | null;
  before: HostState;
  nowUs: number;
}

/**
 * The robot's word for its state, or ours when it has none. A robot that is silent is not trusted to still do what it last
 * said: the room takes up to 20 s to notice that a machine is gone.
 */
export function hostStateOf({ robot, told, driver, silentSinceUs, unreadable, before, nowUs }: HostInput): HostState {
  const own = (word: HostState['word'], reason: string): HostState => (before.word === word && before.reason === reason ? before : { word, reason, sinceUs: silentSinceUs ?? nowUs });
  if (robot === null) return own('DISCONNECTED', 'no robot is in the session');
  if (unreadable !== null) return own('DISCONNECTED', unreadable);
  if (silentSinceUs !== null) return own('DISCONNECTED', `nothing is heard of ${robot}`);
  if (told !== null) return told;
  return driver === null ? own('HOLDING', 'this robot does not tell what it does without a driver') : own('ACTIVE', '');
}
