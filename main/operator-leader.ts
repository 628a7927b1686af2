import type { LeaderEngagement } from '../shared/console-state.ts';
import type { EngageMode } from '../shared/leader-choice.ts';
import type { Clock } from '../shared/portal/clock.ts';
import type { PortalError } from '../shared/portal/errors.ts';
import type { JointReading, LeaderArm } from './devices/device.ts';
import { Engagement } from './engagement.ts';
import { GuideDesk } from './leader-guide.ts';
import { LeaderLoop, LOST_AFTER_MS } from './leader-loop.ts';
import type { Pose } from './motion.ts';
import { startTicker } from './ticker.ts';

export interface OperatorLeaderOptions {
  rateHz: number;
  /** How it comes to drive. Null: at once, but only once it was held still in the robot's pose after it was lost, or the robot moved by itself. */
  engage: EngageMode | null;
  engageUnits: number;
}

export interface OperatorLeaderPorts {
  clock: Clock;
  isDriving(): boolean;
  /** Where the robot is; null = it is not heard. */
  robotPose(): Pose | null;
  /** The robot carries out something by itself, after which this leader may be anywhere but where the robot is. */
  isRobotBusy(): boolean;
  /** A reading that goes to the robot. */
  send(reading: JointReading): void;
  /** As of a leader's loop. */
  onFailure(error: PortalError, isNews: boolean): void;
  /** It drives from now on, waits for something, or was lost. */
  onPhase(state: LeaderEngagement): void;
}

/** Looks for a leader that is not read any more. */
const WATCH_HZ = 20;

/** The leader of an operator without a window: nobody is there to engage it, so what it has to do to drive is decided here. */
export class OperatorLeader {
  readonly #arm: LeaderArm;
  readonly #options: OperatorLeaderOptions;
  readonly #ports: OperatorLeaderPorts;
  readonly #loop: LeaderLoop;
  readonly #guide: GuideDesk;
  #engagement: Engagement;
  #mode: EngageMode;
  #wasDriving = false;
  /** Null: the robot carries out nothing by itself. */
  #errand: { hadControl: boolean } | null = null;
  #isLost = false;
  #absence = 'the leader is not read';
  #said: LeaderEngagement['phase'] = 'idle';
  #stopWatching: () => void = () => undefined;

  /** `arm` is open when `start` is called, and closed by whoever opened it. */
  constructor(arm: LeaderArm, options: OperatorLeaderOptions, ports: OperatorLeaderPorts) {
    this.#arm = arm;
    this.#options = options;
    this.#ports = ports;
    this.#mode = options.engage ?? 'ramp';
    this.#engagement = this.#newEngagement();
    this.#guide = new GuideDesk({ arm: () => arm, robotPose: () => ports.robotPose(), onStuck: () => undefined, onFailure: (message) => this.#lose(message) });
    this.#loop = new LeaderLoop(ports.clock, options.rateHz, () => arm, {
      onReading: (reading) => this.#onReading(reading),
      onFailure: (error, isNews) => this.#onFailure(error, isNews),
    });
  }

  /** Fresh readings a second. */
  perS(nowUs: number): number {
    return this.#loop.perS(nowUs);
  }

  /** As of its loop. */
  get overruns(): number {
    return this.#loop.overruns;
  }

  start(): void {
    this.#loop.start();
    this.#stopWatching = startTicker(this.#ports.clock, WATCH_HZ, () => this.#watch());
  }

  /** Lets go of an arm that is being guided. Never rejects. */
  async stop(): Promise<void> {
    this.#stopWatching();
    this.#loop.stop();
    await this.#guide.end();
  }

  #onReading(reading: JointReading): void {
    const nowUs = this.#ports.clock.nowUs();
    this.#noticeControl();
    this.#noticeErrand();
    if (this.#isLost) {
      this.#isLost = false;
      // Whoever plugged it in again has it in the hand, or has laid it down anywhere.
      this.#begin(this.#options.engage ?? 'still');
    }
    if (this.#update(reading.positions, nowUs)) this.#ports.send(reading);
    else if (this.#engagement.state.phase === 'guiding') void this.#guide.step(reading.positions, nowUs);
  }

  #onFailure(error: PortalError, isNews: boolean): void {
    const isGone = error.code === 'PORT_LOST' || error.code === 'PORT_MISSING';
    if (isGone || this.#isOld(this.#ports.clock.nowUs())) this.#lose(error.message);
    this.#ports.onFailure(error, isNews);
  }

  /** That it is not read any more must not go unnoticed, nor who drives meanwhile. */
  #watch(): void {
    const nowUs = this.#ports.clock.nowUs();
    this.#noticeControl();
    this.#noticeErrand();
    if (this.#isLost || this.#isOld(nowUs)) this.#lose(this.#absence);
    else if (!this.#ports.isDriving()) this.#update(null, nowUs);
    if (this.#engagement.state.phase !== 'guiding') void this.#guide.end();
  }

  #isOld(nowUs: number): boolean {
    return (this.#loop.ageMs(nowUs) ?? 0) > LOST_AFTER_MS;
  }

  /** A claim is a beginning: a loss of before it counts no more, unless it still lasts. */
  #noticeControl(): void {
    const isDriving = this.#ports.isDriving();
    if (isDriving === this.#wasDriving) return;
    this.#wasDriving = isDriving;
    if (this.#errand !== null) this.#errand.hadControl = false;
    this.#begin(this.#options.engage ?? 'ramp');
  }

  /** Else the robot would go straight back to where a hand holds the leader, or has laid it down meanwhile. A claim that ended it is a beginning. */
  #noticeErrand(): void {
    const isBusy = this.#ports.isRobotBusy();
    if (isBusy === (this.#errand !== null)) return;
    if (this.#errand?.hadControl === true) this.#begin(this.#options.engage ?? 'still');
    this.#errand = isBusy ? { hadControl: this.#wasDriving } : null;
  }

  #begin(mode: EngageMode): void {
    this.#mode = mode;
    this.#engagement = this.#newEngagement();
    this.#guide.reset();
  }

  #newEngagement(): Engagement {
    return new Engagement(this.#arm.features, this.#mode, this.#options.engageUnits);
  }

  #lose(reason: string): void {
    this.#isLost = true;
    this.#absence = reason;
    this.#update(null, this.#ports.clock.nowUs());
  }

  /** True = the reading is to be sent. */
  #update(leader: Pose | null, nowUs: number): boolean {
    const isGuided = this.#mode === 'guide' && this.#guide.isWanted;
    const sends = this.#engagement.update({ isDriving: this.#ports.isDriving(), leader, robot: this.#ports.robotPose(), isHeld: true, isGuided, absence: this.#absence }, nowUs);
    const { state } = this.#engagement;
    if (state.phase !== this.#said) this.#ports.onPhase(state);
    this.#said = state.phase;
    return sends;
  }
}
