import type { HostState, HostStatus, RefusalReason } from '../shared/portal/host-state.ts';
import type { Action, ActionChunk } from '../shared/portal/types.ts';
import type { SafetyConfig } from '../shared/station-config.ts';
import { ActionChecks } from './action-checks.ts';
import type { JointFeature } from './devices/device.ts';
import { ErrandRun, type Errand } from './errand.ts';
import { clampPose, exceedsStep, furthestJoint, type Pose } from './motion.ts';
import { Ramp } from './ramp.ts';
import { SafeGoal } from './safe-goal.ts';
import { SafetyCounts } from './safety-counts.ts';
import { describeState, isMoving, isWatched, type ArmFault, type SafetyPhase } from './safety-phase.ts';

/** A pause of the loop this long counts as silence: goals computed before it are history. */
const STALL_US = 200_000;
/** Where nobody streams, an errand goes on after a shorter pause than this; after a longer one nobody expects the arm to move. */
const ERRAND_STALL_US = 2_000_000;
/** Shortest ramp when motion resumes close to where it held. */
const RESUME_MS = 300;

/**
 * What stands between the room and the motors: checks, limits, slew, ramps, hold on silence and STOP. Pure: time, poses and
 * actions come in, goals and a state go out; the caller writes the goals in every tick and publishes the state.
 */
export class Safety {
  readonly #joints: readonly JointFeature[];
  readonly #config: SafetyConfig;
  readonly #checks: ActionChecks;
  readonly #counts = new SafetyCounts();
  #state: HostState;
  #phase: SafetyPhase = { kind: 'hold', reason: 'nobody drives' };
  #connected = false;
  #driver: string | null = null;
  #stoppedBy: string | null = null;
  /** False after STOP was cleared, until somebody claims: clearing does not resume. */
  #armed = true;
  #isLeaving = false;
  readonly #goal: SafeGoal;
  #target: { pose: Pose; timestampUs: number } | null = null;
  #lastAcceptedUs = 0;
  #lastWatchUs: number;
  #resuming = false;
  #fault: ArmFault | null = null;

  constructor(joints: readonly JointFeature[], config: SafetyConfig, present: Pose, nowUs: number) {
    this.#joints = joints;
    this.#config = config;
    this.#checks = new ActionChecks({ maxAgeUs: config.max_age_ms * 1000, maxFutureUs: config.max_future_ms * 1000 });
    this.#goal = new SafeGoal(joints, config, present, nowUs);
    this.#lastWatchUs = nowUs;
    this.#state = { word: 'DISCONNECTED', reason: 'not in a session', sinceUs: nowUs };
  }

  /** Changes by replacement: compare by reference to see that something is to be published. */
  get state(): HostState {
    return this.#state;
  }

  get isStopped(): boolean {
    return this.#stoppedBy !== null;
  }

  /** STOP was cleared and nobody has claimed since: whoever drove before must not go on by itself. */
  get needsClaim(): boolean {
    return !this.#armed;
  }

  get status(): HostStatus {
    return this.#counts.status(this.#state);
  }

  setConnected(connected: boolean): void {
    if (connected === this.#connected) return;
    this.#connected = connected;
    if (!connected && !this.#isLeaving) this.#hold('not in a session');
  }

  /** The host is about to end: nobody drives any more. What an errand begins from here on goes on without a session. */
  leave(): void {
    this.#isLeaving = true;
    this.#armed = false;
    this.#hold('the host is leaving');
  }

  /** A claim, also of the one who drives already. Whatever was commanded before no longer counts. */
  setDriver(identity: string | null, nowUs: number): void {
    this.#driver = identity;
    if (this.#isLeaving) return;
    this.#target = null;
    this.#armed = true;
    this.#resuming = false;
    this.#hold(identity === null ? 'nobody drives' : `${identity} took control`);
    if (identity !== null) this.#phase = { kind: 'waiting', sinceUs: nowUs };
  }

  /** Holds while the follower cannot be trusted, with what is wrong as the reason and its code in the state; null = it is well again. */
  setFault(fault: ArmFault | null, nowUs: number): void {
    if (fault?.message === this.#fault?.message) return;
    // It may have sunk, or been carried elsewhere, while nobody could look: a goal of before would be a jump.
    if (isWatched(fault) && isWatched(this.#fault)) this.#goal.doubt();
    else this.#goal.outdate();
    this.#fault = fault;
    this.#resuming = true;
    this.#hold(fault?.message ?? 'the arm answers again');
    this.#announce(nowUs);
  }

  /** Counts what the gate refused (checks 1 to 3). */
  refuse(reason: RefusalReason): void {
    this.#counts.refuse(reason);
  }

  /** Checks 4 to 9 of an action that passed the gate. Null = accepted, it is followed from the next tick on. `rttUs`: round trip to its sender, null = unknown. */
  offer(action: Action, nowUs: number, rttUs: number | null): RefusalReason | null {
    const reason = this.#verdict(action.sender, () => this.#checks.check(action, nowUs, rttUs));
    if (reason === null && this.#follow(action, nowUs)) this.#checks.commanded(action);
    return reason;
  }

  /** Order, age and STOP of a whole chunk, whose rows take `durationUs`. Taken: offer each row when it is due, the first at `startUs`. */
  offerChunk(chunk: ActionChunk, durationUs: number, nowUs: number, rttUs: number | null): { refused: RefusalReason } | { startUs: number } {
    let startUs = nowUs;
    const refused = this.#verdict(chunk.sender, () => {
      const taken = this.#checks.checkChunk(chunk, durationUs, nowUs, rttUs);
      if ('refused' in taken) return taken.refused;
      ({ startUs } = taken);
      return null;
    });
    if (refused !== null) return { refused };
    this.#checks.commanded(chunk);
    return { startUs };
  }

  /** As `offer`, for a row of a chunk that was taken; it was due `lateUs` ago. */
  offerRow(row: Action, lateUs: number, nowUs: number): RefusalReason | null {
    const reason = this.#verdict(row.sender, () => this.#checks.checkRow(row, lateUs));
    if (reason === null) this.#follow(row, nowUs);
    return reason;
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

  /** Carries out an errand under ramps and the slew limit; afterwards the driver's next action aligns. False while stopped, at fault or outside a session, and then the state says why. */
  send(errand: Errand, nowUs: number): boolean {
    if (this.#stoppedBy !== null || this.#fault !== null || !(this.#connected || this.#isLeaving)) {
      this.#announce(nowUs);
      return false;
    }
    this.#hold(`${errand.task} was asked for`);
    const run = ErrandRun.begin(errand, this.#goal.pose, nowUs, this.#joints, this.#config.slew_percent_per_s);
    if (run === null) errand.ended(null);
    else this.#phase = { kind: 'errand', run };
    return true;
  }

  /** One step of the loop: the goals to write now, one a joint. */
  tick(nowUs: number, present: Pose): Pose {
    this.watch(nowUs);
    this.#goal.see(present);
    const goal = this.#goal.step(this.#desired(nowUs), nowUs);
    this.#announce(nowUs);
    return goal;
  }

  /** What time alone ends. To be called all the time, also while the arm does not answer and there can be no step. */
  watch(nowUs: number): void {
    const sinceLastUs = nowUs - this.#lastWatchUs;
    this.#lastWatchUs = nowUs;
    // A clock that was set back would make silence look young: it holds like a stall.
    if (sinceLastUs < 0) this.#interrupt('the clock of the host was set back');
    else if (sinceLastUs > this.#patienceUs) this.#interrupt(`the host was busy for ${Math.round(sinceLastUs / 1000)} ms`);
    else this.#watchSilence(nowUs);
    this.#announce(nowUs);
  }

  /** Tells what was really written, for recorders and `lastExecuted`. */
  wrote(goals: Pose): void {
    if (isMoving(this.#state)) this.#counts.wrote(goals);
  }

  /** The refusal, counted, of what `sender` sent; the checks are only asked about the driver. */
  #verdict(sender: string | null, check: () => RefusalReason | null): RefusalReason | null {
    const reason = sender !== this.#driver ? 'sender' : (check() ?? (this.#stoppedBy === null && this.#armed ? null : 'stopped'));
    if (reason !== null) this.#counts.refuse(reason);
    return reason;
  }

  /** True when the command is the new target. */
  #follow(action: Action, nowUs: number): boolean {
    if (!this.#connected || this.#fault !== null) return false;
    // It was moving or out of sight a moment ago: nothing begins before the next step knows where the arm is.
    if (this.#phase.kind === 'hold' && this.#goal.isOld) return false;
    // Commands wait for an errand's end: the next one after it aligns.
    if (this.#phase.kind === 'errand') {
      this.#phase.run.heardUs = nowUs;
      return false;
    }
    const { pose, clamped } = clampPose(this.#joints, action.values, this.#target?.pose ?? this.#goal.pose);
    if (this.#phase.kind !== 'follow' && this.#phase.kind !== 'ramp' && !this.#engage(pose, nowUs)) return false;
    this.#checks.executed(action);
    this.#counts.execute({ limits: clamped, slew: this.#phase.kind === 'follow' && this.#target !== null && this.#isTooFast(this.#target, pose, action.timestampUs) });
    this.#target = { pose, timestampUs: action.timestampUs };
    this.#lastAcceptedUs = nowUs;
    return true;
  }

  /** Every way out of an errand passes here. `ending`: what ended it; null = it was done. */
  #hold(reason: string, ending: string | null = reason): void {
    const before = this.#phase;
    this.#phase = { kind: 'hold', reason };
    this.#target = null;
    if (isMoving(this.#state)) this.#goal.outdate();
    if (before.kind === 'errand') before.run.errand.ended(ending);
  }

  /** Holds until the next acceptable action, which then aligns. */
  #interrupt(reason: string): void {
    if (this.#phase.kind === 'hold') return;
    this.#resuming = this.#phase.kind !== 'waiting';
    this.#hold(reason);
  }

  get #patienceUs(): number {
    return this.#phase.kind === 'errand' && this.#phase.run.heardUs === null ? ERRAND_STALL_US : STALL_US;
  }

  #watchSilence(nowUs: number): void {
    const phase = this.#phase;
    if (phase.kind === 'hold') return;
    // Whoever asked for an errand and streams while it lasts is its deadman; one that never streamed is not.
    const heardUs = phase.kind === 'errand' ? (phase.run.heardUs ?? nowUs) : phase.kind === 'waiting' ? phase.sinceUs : this.#lastAcceptedUs;
    if (nowUs - heardUs > this.#config.hold_after_ms * 1000) this.#interrupt(`no action for ${this.#config.hold_after_ms} ms`);
  }

  /** Where the joints should be now; null = hold. */
  #desired(nowUs: number): Pose | null {
    const phase = this.#phase;
    if (phase.kind === 'hold') return null;
    if (phase.kind === 'waiting') return this.#goal.pose;
    if (phase.kind === 'follow') return this.#target?.pose ?? this.#goal.pose;
    if (phase.kind === 'errand') {
      const pose = phase.run.desired(nowUs, this.#goal.pose, this.#goal.present);
      if (pose === null) this.#hold('at the rest pose', null);
      return pose ?? this.#goal.pose;
    }
    const target = this.#target?.pose ?? this.#goal.pose;
    if (phase.ramp.isOver(nowUs) && furthestJoint(this.#joints, this.#goal.pose, target).distance <= Math.max(1, this.#config.align_units)) this.#phase = { kind: 'follow' };
    return phase.ramp.at(nowUs, target);
  }

  /** The first action of a driver, or the first after a hold. False = too far away and configured to refuse. */
  #engage(target: Pose, nowUs: number): boolean {
    const far = furthestJoint(this.#joints, this.#goal.present, target);
    if (far.distance > this.#config.align_units) {
      if (this.#config.align === 'refuse') {
        this.#hold(`${far.name} is ${far.distance.toFixed(0)} away from the first command of ${this.#driver ?? 'nobody'}`);
        return false;
      }
      this.#startRamp(target, nowUs, this.#config.align_ms);
    } else if (this.#resuming) {
      this.#startRamp(target, nowUs, RESUME_MS);
    } else {
      this.#phase = { kind: 'follow' };
    }
    this.#resuming = false;
    return true;
  }

  #startRamp(end: Pose, nowUs: number, leastMs: number): void {
    this.#phase = { kind: 'ramp', ramp: new Ramp(this.#joints, this.#goal.pose, end, { nowUs, leastMs, slewPercentPerS: this.#config.slew_percent_per_s }) };
  }

  /** By the sender's own timestamps, because arrival times jitter. */
  #isTooFast(before: { pose: Pose; timestampUs: number }, pose: Pose, timestampUs: number): boolean {
    return exceedsStep(this.#joints, before.pose, pose, ((this.#config.slew_percent_per_s / 100) * (timestampUs - before.timestampUs)) / 1_000_000);
  }

  #announce(nowUs: number): void {
    const next = describeState(this.#phase, { stoppedBy: this.#stoppedBy, isConnected: this.#connected, driver: this.#driver, fault: this.#fault });
    const { word, reason, task, fault } = this.#state;
    if (next.word !== word || next.reason !== reason || next.task !== task || next.fault !== fault) this.#state = { ...next, sinceUs: nowUs };
  }
}
