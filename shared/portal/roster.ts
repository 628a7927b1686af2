import { ATTRIBUTE, type Role } from './names.ts';
import type { Peer } from './transport.ts';

export type RosterChange =
  | { kind: 'operator-joined' | 'operator-left'; identity: string }
  /** The session's robot, from now on; also when it came back in a new connection. */
  | { kind: 'robot-pinned'; peer: Peer }
  | { kind: 'robot-left'; peer: Peer }
  /** Somebody else claims to be the robot. Changes nothing; `pinned` is the robot that counts, null = the configured one is not here. */
  | { kind: 'second-robot'; identity: string; pinned: string | null }
  /** Raw text of the robot's host state; null = the robot publishes none, or there is no robot. */
  | { kind: 'host-state-changed'; text: string | null }
  | { kind: 'active-operator-changed'; identity: string | null };

/** What others see of a roster; changes are the differences between two of these. */
interface View {
  operators: ReadonlyMap<string, Peer>;
  robot: Peer | null;
  rivals: ReadonlySet<string>;
  hostState: string | null;
  activeOperator: string | null;
}

const EMPTY: View = { operators: new Map(), robot: null, rivals: new Set(), hostState: null, activeOperator: null };

/**
 * Who is in the room, and which robot counts. Roles are attributes, so anybody may claim one: the robot is the configured
 * identity, or else the first seen, for as long as it stays; when it leaves another claimant may stand in, until the
 * first comes back. A participant without a role is nobody yet. Every call returns what it changed; the same value
 * again changes nothing.
 */
export class Roster {
  readonly #robotIdentity: string | null;
  /** In order of arrival. */
  readonly #peers = new Map<string, Peer>();
  /** The first that claimed to be the robot, here or not, then the others that do now, in the order in which they were first seen. */
  #claimants: string[] = [];
  #view: View = EMPTY;

  /** `robotIdentity` null = the first robot seen. */
  constructor(robotIdentity: string | null) {
    this.#robotIdentity = robotIdentity;
  }

  joined(peer: Peer): RosterChange[] {
    if (peer.identity === '') return [];
    const known = this.#peers.get(peer.identity);
    if (known !== undefined && known.sessionId === peer.sessionId) return this.attributes(peer);
    // An identity in a new session came without the old one's departure being told.
    const changes = known === undefined ? [] : this.left(known);
    this.#peers.set(peer.identity, peer);
    return [...changes, ...this.#refresh()];
  }

  /** Late news of a session that is no longer the identity's present one is ignored. */
  left(peer: Peer): RosterChange[] {
    if (!this.#isPresent(peer)) return [];
    this.#peers.delete(peer.identity);
    return this.#refresh();
  }

  /** `peer.attributes` is the new whole. */
  attributes(peer: Peer): RosterChange[] {
    if (!this.#isPresent(peer)) return [];
    this.#peers.set(peer.identity, peer);
    return this.#refresh();
  }

  /** Everybody is gone, as at the end of a session; the next one pins anew. */
  clear(): RosterChange[] {
    this.#peers.clear();
    this.#claimants = [];
    return this.#refresh();
  }

  has(identity: string): boolean {
    return this.#peers.has(identity);
  }

  peer(identity: string): Peer | null {
    return this.#peers.get(identity) ?? null;
  }

  get peers(): Peer[] {
    return [...this.#peers.values()];
  }

  /** Identities with the role operator, in order of arrival. */
  get operators(): string[] {
    return [...this.#view.operators.keys()];
  }

  /** The robot that counts, or null. */
  get robot(): Peer | null {
    return this.#view.robot;
  }

  /** Whom the robot points at; null = nobody, or no robot here. */
  get activeOperator(): string | null {
    return this.#view.activeOperator;
  }

  /** Raw text of the robot's host state attribute. */
  get hostState(): string | null {
    return this.#view.hostState;
  }

  /** Whether `peer` is the robot that counts, in its present session: only its states, frames and tracks do. */
  isRobot(peer: Peer | null): boolean {
    const { robot } = this.#view;
    return peer !== null && robot !== null && peer.identity === robot.identity && peer.sessionId === robot.sessionId;
  }

  #isPresent(peer: Peer): boolean {
    return this.#peers.get(peer.identity)?.sessionId === peer.sessionId;
  }

  #refresh(): RosterChange[] {
    const before = this.#view;
    this.#view = this.#look();
    return differences(before, this.#view);
  }

  #look(): View {
    const operators = new Map<string, Peer>();
    const robots = new Set<string>();
    for (const peer of this.#peers.values()) {
      const role = roleOf(peer);
      if (role === 'operator') operators.set(peer.identity, peer);
      if (role !== 'robot') continue;
      robots.add(peer.identity);
      if (!this.#claimants.includes(peer.identity)) this.#claimants.push(peer.identity);
    }
    this.#claimants = this.#claimants.filter((identity, index) => index === 0 || robots.has(identity));
    const pinned = this.#robotIdentity ?? this.#choose(robots);
    const robot = pinned !== null && robots.has(pinned) ? this.peer(pinned) : null;
    const rivals = new Set([...robots].filter((identity) => identity !== pinned));
    const hostState = robot?.attributes[ATTRIBUTE.hostState] ?? null;
    return { operators, robot, rivals, hostState, activeOperator: robot?.attributes[ATTRIBUTE.activeOperator] || null };
  }

  /** The first one ever seen wins when it is here; else the present stand-in stays, else the longest known claimant. */
  #choose(robots: ReadonlySet<string>): string | null {
    const candidates = [this.#claimants[0], this.#view.robot?.identity, ...this.#claimants];
    return candidates.find((identity) => identity !== undefined && robots.has(identity)) ?? null;
  }
}

function roleOf(peer: Peer): Role | null {
  const role = peer.attributes[ATTRIBUTE.role];
  return role === 'robot' || role === 'operator' ? role : null;
}

function differences(before: View, after: View): RosterChange[] {
  const changes: RosterChange[] = [];
  const robotChanged = before.robot?.identity !== after.robot?.identity || before.robot?.sessionId !== after.robot?.sessionId;
  if (robotChanged && before.robot !== null) changes.push({ kind: 'robot-left', peer: before.robot });
  for (const identity of before.operators.keys()) if (!after.operators.has(identity)) changes.push({ kind: 'operator-left', identity });
  if (robotChanged && after.robot !== null) changes.push({ kind: 'robot-pinned', peer: after.robot });
  for (const identity of after.rivals) {
    if (!before.rivals.has(identity)) changes.push({ kind: 'second-robot', identity, pinned: after.robot?.identity ?? null });
  }
  for (const identity of after.operators.keys()) if (!before.operators.has(identity)) changes.push({ kind: 'operator-joined', identity });
  if (before.hostState !== after.hostState) changes.push({ kind: 'host-state-changed', text: after.hostState });
  if (before.activeOperator !== after.activeOperator) changes.push({ kind: 'active-operator-changed', identity: after.activeOperator });
  return changes;
}
