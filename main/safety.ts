import type { ChangeReason, HostState, HostStateWord, HostStatus, RefusalReason } from '../shared/portal/host-state.ts';
import { CHANGE_REASONS, REFUSAL_REASONS } from '../shared/portal/host-state.ts';
import type { Action } from '../shared/portal/types.ts';
import type { SafetyConfig } from '../shared/station-config.ts';
import { ActionChecks } from './action-checks.ts';
import type { JointFeature } from './devices/device.ts';
import { blend, clampPose, furthestJoint, stepTowards, type Pose } from './motion.ts';

/** A pause of the loop this long counts as silence: goals computed before it are history. */
const STALL_US = 200_000;
/** Shortest ramp when motion resumes close to where it held. */
const RESUME_MS = 300;

type Phase =
  | { kind: 'hold' }
  /** A driver was accepted and has not sent an acceptable action yet. */
  | { kind: 'waiting'; sinceUs: number }
  | { kind: 'ramp'; from: Pose; startUs: number; durationUs: number; to: 'target' | 'rest' }
  | { kind: 'follow' };

/**
 * What stands between the room and the motors: checks, limits, slew, ramps, hold on silence and STOP. Pure: time, poses and
 * actions come in, goals and a state go out; the caller writes the goals in every tick and publishes the state.
 */
export class Safety {
  readonly #joints: readonly JointFeature[];
  readonly #config: SafetyConfig;
  readonly #checks: ActionChecks;
  readonly #refused = Object.fromEntries(REFUSAL_REASONS.map((reason) => [reason, 0])) as Record<RefusalReason, number>;
  readonly #changed = Object.fromEntries(CHANGE_REASONS.map((reason) => [reason, 0])) as Record<ChangeReason, number>;
  #state: HostState;
  #phase: Phase = { kind: 'hold' };
  #holdReason = 'nobody drives';
  #connected = false;
  #driver: string | null = null;
  #stoppedBy: string | null = null;
  /** False after STOP was cleared, until somebody claims: clearing does not resume. */
  #armed = true;
  #present: Pose;
  #goal: Pose;
  #target: { pose: Pose; timestampUs: number } | null = null;
  #lastAcceptedUs = 0;
  #lastTickUs: number;
  #resuming = false;
  #fault: string | null = null;
  #executed = 0;
  #lastWritten: Pose | null = null;

  constructor(joints: readonly JointFeature[], config: SafetyConfig, present: Pose, nowUs: number) {
    this.#joints = joints;
    this.#config = config;
    this.#checks = new ActionChecks({ maxAgeUs: config.max_age_ms * 1000, maxFutureUs: config.max_future_ms * 1000 });
    this.#present = { ...present };
    this.#goal = { ...present };
    this.#lastTickUs = nowUs;
    this.#state = { word: 'DISCONNECTED', reason: 'not in a session', sinceUs: nowUs };
  }

  /** Changes by replacement: compare by reference to see that something is to be published. */
  get state(): HostState {
    return this.#state;
  }

  get isStopped(): boolean {
    return this.#stoppedBy !== null;
  }

  get status(): HostStatus {
    return { state: this.#state, executed: this.#executed, refused: { ...this.#refused }, changed: { ...this.#changed }, lastExecuted: this.#lastWritten };
  }

  setConnected(connected: boolean): void {
    if (connected === this.#connected) return;
    this.#connected = connected;
    if (!connected) this.#hold('not in a session');
  }

  /** A claim, also of the one who drives already. Whatever was commanded before no longer counts. */
  setDriver(identity: string | null, nowUs: number): void {
    this.#driver = identity;
    this.#target = null;
    this.#armed = true;
    this.#resuming = false;
    if (identity === null) this.#hold('nobody drives');
    else this.#phase = { kind: 'waiting', sinceUs: nowUs };
  }

  /** Holds while the follower cannot be trusted, with what is wrong as the reason; null = it is well again. */
  setFault(fault: string | null): void {
    if (fault === this.#fault) return;
    this.#fault = fault;
    this.#resuming = true;
    this.#hold(fault ?? 'the arm answers again');
  }

  /** Counts what the gate refused (checks 1 to 3). */
  refuse(reason: RefusalReason): void {
    this.#refused[reason] += 1;
  }

  /** Checks 4 to 9 of an action that passed the gate. Null = accepted, it is followed from the next tick on. `rttUs`: round trip to its sender, null = unknown. */
  offer(action: Action, nowUs: number, rttUs: number | null): RefusalReason | null {
    const reason = action.sender !== this.#driver ? 'sender' : (this.#checks.check(action, nowUs, rttUs) ?? (this.#stoppedBy === null && this.#armed ? null : 'stopped'));
    if (reason !== null) {
      this.#refused[reason] += 1;
      return reason;
    }
    // On the way to the rest pose commands wait: the next one after it aligns.
    if (!this.#connected || this.#fault !== null || (this.#phase.kind === 'ramp' && this.#phase.to === 'rest')) return null;
    const { pose, clamped } = clampPose(this.#joints, action.values, this.#target?.pose ?? this.#goal);
    if (this.#phase.kind !== 'follow' && this.#phase.kind !== 'ramp' && !this.#engage(pose, nowUs)) return null;
    this.#checks.executed(action);
    this.#executed += 1;
    if (clamped) this.#changed.limits += 1;
    if (this.#phase.kind === 'follow' && this.#target !== null && this.#isTooFast(pose, action.timestampUs)) this.#changed.slew += 1;
    this.#target = { pose, timestampUs: action.timestampUs };
    this.#lastAcceptedUs = nowUs;
    return null;
  }

  /** Latches STOP; `by` is a name or `host`. The first caller stays named. */
  stop(by: string): void {
    this.#stoppedBy ??= by;
    this.#hold(`STOP by ${this.#stoppedBy}`);
  }

  /** True when STOP was latched. Motion needs a new claim. */
  clearStop(): boolean {
    if (this.#stoppedBy === null) return false;
    this.#stoppedBy = null;
    this.#armed = false;
    this.#hold('STOP was cleared, control has to be taken again');
    return true;
  }

  /** Moves to the rest pose under a ramp; afterwards the driver's next action aligns. False while stopped or outside a session. */
  home(nowUs: number): boolean {
    if (this.#stoppedBy !== null || this.#fault !== null || !this.#connected) return false;
    const rest = Object.fromEntries(this.#joints.map((joint) => [joint.name, joint.rest]));
    this.#target = null;
    this.#startRamp('rest', rest, nowUs, this.#config.align_ms);
    return true;
  }

  /** One step of the loop: the goals to write now, one a joint. */
  tick(nowUs: number, present: Pose): Pose {
    // A clock that was set back would make silence look young: it holds like a stall.
    const sinceLastUs = nowUs - this.#lastTickUs;
    const elapsedUs = sinceLastUs < 0 ? STALL_US : Math.min(sinceLastUs, STALL_US);
    this.#lastTickUs = nowUs;
    this.#present = { ...present };
    if (sinceLastUs < 0) this.#interrupt('the clock of the host was set back');
    else if (sinceLastUs > STALL_US) this.#interrupt(`the host was busy for ${Math.round(sinceLastUs / 1000)} ms`);
    else this.#watchSilence(nowUs);
    const desired = this.#desired(nowUs);
    if (desired === null) {
      // Once, when the hold begins: a goal that follows the pose would let the arm sink.
      if (this.#state.word === 'ACTIVE' || this.#state.word === 'ALIGNING') this.#goal = clampPose(this.#joints, present, present).pose;
    } else {
      this.#goal = stepTowards(this.#joints, this.#goal, desired, (this.#config.slew_percent_per_s / 100) * (elapsedUs / 1_000_000));
    }
    this.#announce(nowUs);
    return { ...this.#goal };
  }

  /** Tells what was really written, for recorders and `lastExecuted`. */
  wrote(goals: Pose): void {
    if (this.#state.word === 'ACTIVE' || this.#state.word === 'ALIGNING') this.#lastWritten = { ...goals };
  }

  #hold(reason: string): void {
    this.#phase = { kind: 'hold' };
    this.#holdReason = reason;
    this.#target = null;
  }

  /** Holds until the next acceptable action, which then aligns. */
  #interrupt(reason: string): void {
    if (this.#phase.kind === 'hold') return;
    this.#resuming = this.#phase.kind !== 'waiting';
    this.#hold(reason);
  }

  #watchSilence(nowUs: number): void {
    const phase = this.#phase;
    if (phase.kind === 'hold' || (phase.kind === 'ramp' && phase.to === 'rest')) return;
    const silentUs = nowUs - (phase.kind === 'waiting' ? phase.sinceUs : this.#lastAcceptedUs);
    if (silentUs > this.#config.hold_after_ms * 1000) this.#interrupt(`no action for ${this.#config.hold_after_ms} ms`);
  }

  /** Where the joints should be now; null = hold. */
  #desired(nowUs: number): Pose | null {
    const phase = this.#phase;
    if (phase.kind === 'hold') return null;
    if (phase.kind === 'waiting') return this.#goal;
    if (phase.kind === 'follow') return this.#target?.pose ?? this.#goal;
    const share = (nowUs - phase.startUs) / phase.durationUs;
    if (phase.to === 'rest') {
      const rest = Object.fromEntries(this.#joints.map((joint) => [joint.name, joint.rest]));
      if (share >= 1 && furthestJoint(this.#joints, this.#goal, rest).distance < 0.01) this.#hold('at the rest pose');
      return blend(phase.from, rest, share);
    }
    const target = this.#target?.pose ?? this.#goal;
    if (share >= 1 && furthestJoint(this.#joints, this.#goal, target).distance <= Math.max(1, this.#config.align_units)) this.#phase = { kind: 'follow' };
    return blend(phase.from, target, share);
  }

  /** The first action of a driver, or the first after a hold. False = too far away and configured to refuse. */
  #engage(target: Pose, nowUs: number): boolean {
    const far = furthestJoint(this.#joints, this.#present, target);
    if (far.distance > this.#config.align_units) {
      if (this.#config.align === 'refuse') {
        this.#hold(`${far.name} is ${far.distance.toFixed(0)} away from the first command of ${this.#driver ?? 'nobody'}`);
        return false;
      }
      this.#startRamp('target', target, nowUs, this.#config.align_ms);
    } else if (this.#resuming) {
      this.#startRamp('target', target, nowUs, RESUME_MS);
    } else {
      this.#phase = { kind: 'follow' };
    }
    this.#resuming = false;
    return true;
  }

  #startRamp(to: 'target' | 'rest', end: Pose, nowUs: number, leastMs: number): void {
    const share = Math.max(...this.#joints.map((joint) => Math.abs((end[joint.name] ?? 0) - (this.#goal[joint.name] ?? 0)) / (joint.max - joint.min)));
    // 1.5: the middle of the smooth ramp is that much faster than its mean.
    const slewMs = (1.5 * share * 100_000) / this.#config.slew_percent_per_s;
    this.#phase = { kind: 'ramp', from: { ...this.#goal }, startUs: nowUs, durationUs: Math.max(leastMs, slewMs) * 1000, to };
  }

  /** By the sender's own timestamps, because arrival times jitter. */
  #isTooFast(pose: Pose, timestampUs: number): boolean {
    const before = this.#target;
    if (before === null) return false;
    const most = ((this.#config.slew_percent_per_s / 100) * (timestampUs - before.timestampUs)) / 1_000_000;
    return this.#joints.some((joint) => Math.abs((pose[joint.name] ?? 0) - (before.pose[joint.name] ?? 0)) > most * (joint.max - joint.min) + 1e-9);
  }

  #announce(nowUs: number): void {
    const { word, reason } = this.#describe();
    if (word !== this.#state.word || reason !== this.#state.reason) this.#state = { word, reason, sinceUs: nowUs };
  }

  #describe(): { word: HostStateWord; reason: string } {
    if (this.#stoppedBy !== null) return { word: 'STOPPED', reason: `by ${this.#stoppedBy}` };
    if (!this.#connected) return { word: 'DISCONNECTED', reason: 'not in a session' };
    const phase = this.#phase;
    if (phase.kind === 'hold') return { word: 'HOLDING', reason: this.#holdReason };
    if (phase.kind === 'follow') return { word: 'ACTIVE', reason: '' };
    if (phase.kind === 'waiting') return { word: 'ALIGNING', reason: `waiting for the first command of ${this.#driver ?? 'nobody'}` };
    return { word: 'ALIGNING', reason: phase.to === 'rest' ? 'moving to the rest pose' : `moving to the command of ${this.#driver ?? 'nobody'}` };
  }
}
