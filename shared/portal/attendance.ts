import type { Alarms } from './alarms.ts';
import type { Callbacks } from './callbacks.ts';
import type { Role } from './names.ts';
import { Roster, type RosterChange } from './roster.ts';
import type { Peer, TrackOffer } from './transport.ts';

/** What a role hears of the others; everything else about operators is told to the callbacks right here. */
export interface AttendanceHooks {
  joined(peer: Peer): void;
  left(peer: Peer, isReplaced: boolean): void;
  rosterChanged(change: RosterChange): void;
  trackAvailable(track: TrackOffer): void;
}

/** Who is in the session. Those who come while it is still being opened are kept back until the role can be told. */
export class Attendance {
  readonly onOperatorJoined: Callbacks<string>;
  readonly onOperatorLeft: Callbacks<string>;
  readonly #role: Role;
  readonly #robotIdentity: string | null;
  readonly #alarms: Alarms;
  readonly #hooks: AttendanceHooks;
  readonly #early = new Map<string, Peer>();
  readonly #earlyTracks: TrackOffer[] = [];
  #isOpen = false;
  #roster = new Roster(null);

  /** `robotIdentity` null = the first one seen; a robot knows itself. */
  constructor(role: Role, robotIdentity: string | null, alarms: Alarms, hooks: AttendanceHooks) {
    this.#role = role;
    this.#robotIdentity = robotIdentity;
    this.#alarms = alarms;
    this.#hooks = hooks;
    this.onOperatorJoined = alarms.callbacks();
    this.onOperatorLeft = alarms.callbacks();
  }

  /** Everybody else; empty without a session. */
  get roster(): Roster {
    return this.#roster;
  }

  /** A new session of this side, with nobody told yet. */
  prepare(local: Peer): void {
    this.#roster = new Roster(this.#role === 'robot' ? local.identity : this.#robotIdentity);
  }

  /** Tells of everybody who is here already, and from now on of everybody at once. */
  open(): void {
    this.#isOpen = true;
    const tracks = [...this.#earlyTracks];
    const peers = [...this.#early.values()];
    this.#forgetEarly();
    for (const peer of peers) this.joined(peer);
    for (const track of tracks) this.#hooks.trackAvailable(track);
  }

  /** Everybody is gone. */
  close(): void {
    for (const peer of this.#roster.peers) this.#hooks.left(peer, false);
    this.#tell(this.#roster.clear());
    this.#forgetEarly();
    this.#isOpen = false;
  }

  joined(peer: Peer): void {
    if (!this.#isOpen) {
      this.#early.set(peer.identity, peer);
      return;
    }
    this.#hooks.joined(peer);
    this.#tell(this.#roster.joined(peer));
  }

  left(peer: Peer, isReplaced: boolean): void {
    if (this.#early.get(peer.identity)?.sessionId === peer.sessionId) this.#early.delete(peer.identity);
    if (!this.#isOpen) return;
    this.#hooks.left(peer, isReplaced);
    this.#tell(this.#roster.left(peer));
  }

  attributes(peer: Peer): void {
    if (this.#isOpen) this.#tell(this.#roster.attributes(peer));
    else if (this.#early.has(peer.identity)) this.#early.set(peer.identity, peer);
  }

  /** Whether this one was announced while the session was being opened. */
  isEarly(peer: Peer): boolean {
    return this.#early.has(peer.identity);
  }

  trackAvailable(track: TrackOffer): void {
    if (this.#isOpen) this.#hooks.trackAvailable(track);
    else this.#earlyTracks.push(track);
  }

  #tell(changes: readonly RosterChange[]): void {
    for (const change of changes) {
      if (change.kind === 'operator-joined') this.onOperatorJoined.push(change.identity);
      else if (change.kind === 'operator-left') this.onOperatorLeft.push(change.identity);
      else if (change.kind === 'second-robot') this.#warnOfSecondRobot(change.identity, change.pinned);
      else this.#hooks.rosterChanged(change);
    }
  }

  #warnOfSecondRobot(identity: string, pinned: string | null): void {
    const counts = this.#role === 'robot' ? 'this one' : (pinned ?? this.#robotIdentity ?? 'none yet');
    this.#alarms.warn('second-robot', identity, `${identity} claims to be the robot too and is ignored; the robot that counts is ${counts}. End the other program, or take its role away.`);
  }

  #forgetEarly(): void {
    this.#early.clear();
    this.#earlyTracks.length = 0;
  }
}
