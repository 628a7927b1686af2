import type { LeaderInfo } from '../shared/console-state.ts';
import type { LeaderChoice } from '../shared/leader-choice.ts';
import type { Clock } from '../shared/portal/clock.ts';
import type { PortalConfig } from '../shared/portal/config.ts';
import { PortalError, toPortalError } from '../shared/portal/errors.ts';
import type { Operator } from '../shared/portal/operator.ts';
import { leaderFeatures } from './console-view.ts';
import type { JogArm, JogInput, JointFeature, JointReading, PuppetLeader } from './devices/device.ts';
import { Engagement } from './engagement.ts';
import { toValues, unitsApart } from './joint-schema.ts';
import { LeaderDevice } from './leader-device.ts';
import { GuideDesk } from './leader-guide.ts';
import { LeaderLoop, LOST_AFTER_MS } from './leader-loop.ts';
import { makeLeader, type LeaderMaking } from './leader-making.ts';
import type { Pose } from './motion.ts';

export interface DriveLeaderPorts extends Omit<LeaderMaking, 'portal' | 'features' | 'warn'> {
  clock: Clock;
  /** Where the robot is; null = it is not heard. */
  robotPose: () => Pose | null;
  /** The robot carries out something by itself. */
  isRobotBusy: () => boolean;
  /** Worth a line in the event log. */
  say: (level: 'info' | 'warn' | 'error', text: string) => void;
  /** The window shall know at once. */
  onChange: () => void;
}

export interface DriveLeaderOptions {
  choice: LeaderChoice;
  rateHz: number;
  engageUnits: number;
}

/** The deadman key is told all the time while it is held. */
const HELD_FRESH_US = 150_000;

/** The console's leader, whatever it is: keeps it open, reads it, and sends its readings while this console drives and it is engaged. */
export class DriveLeader {
  readonly #operator: Operator;
  readonly #portal: PortalConfig;
  readonly #ports: DriveLeaderPorts;
  readonly #options: DriveLeaderOptions;
  readonly #loop: LeaderLoop;
  #choice: LeaderChoice;
  #features: readonly JointFeature[];
  /** As the robot told them itself; empty = it did not, as a Python one never does. */
  #robotJoints: readonly JointFeature[] = [];
  #device: LeaderDevice;
  #engagement: Engagement;
  readonly #guide: GuideDesk;
  #heldUs = 0;
  #isSendFailing = false;
  #wasRobotBusy = false;
  #readError: PortalError | null = null;
  #unanswered: number | null = null;
  /** One after the other: two at once would open one port twice, and one after the end would leave it open. */
  #changes: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(operator: Operator, portal: PortalConfig, ports: DriveLeaderPorts, options: DriveLeaderOptions) {
    this.#operator = operator;
    this.#portal = portal;
    this.#ports = ports;
    this.#options = options;
    this.#choice = options.choice;
    this.#features = leaderFeatures(portal, null);
    this.#device = this.#newDevice();
    this.#engagement = this.#newEngagement();
    this.#guide = new GuideDesk({
      arm: () => this.#device.arm,
      robotPose: ports.robotPose,
      onStuck: () => ports.say('warn', 'The leader did not reach the robot’s pose by itself: bring it there by hand'),
      onFailure: (message) => this.#engagement.lose(message),
    });
    this.#loop = new LeaderLoop(ports.clock, options.rateHz, () => this.#device.arm, {
      onReading: (reading) => this.#onReading(reading),
      onFailure: (error, isNews) => this.#onFailure(error, isNews),
    });
  }

  get info(): LeaderInfo {
    const nowUs = this.#ports.clock.nowUs();
    const { arm, error } = this.#device;
    const isAlive = this.#loop.isAlive(nowUs);
    const hasNone = this.#choice.kind === 'none' || this.#features.length === 0;
    return {
      kind: hasNone ? 'none' : this.#choice.kind === 'sim' ? 'sim_leader' : this.#choice.kind === 'so101' ? 'so101_leader' : this.#choice.kind,
      rateHz: this.#options.rateHz,
      target: { ...this.#loop.reading?.positions },
      link: isAlive ? 'live' : this.#loop.reading === null ? 'opening' : 'lost',
      measuredHz: Math.round(this.#loop.perS(nowUs)),
      overruns: this.#loop.overruns,
      ageMs: rounded(this.#loop.ageMs(nowUs)),
      error: isAlive ? null : ((error ?? this.#readError)?.toJSON() ?? null),
      engagement: this.#engagement.state,
      hasDeadman: this.#choice.deadman,
      isHeld: this.#isHeld(nowUs),
      engageUnits: this.#choice.kind === 'so101' && this.#choice.engage !== 'ramp' ? this.#options.engageUnits : null,
      arm: arm?.health ?? null,
    };
  }

  /** Its readings go to the robot. */
  get isEngaged(): boolean {
    return this.#engagement.state.phase === 'engaged';
  }

  /** Positions of a leader that is read; empty while it is not. */
  get pose(): Pose {
    return this.#loop.isFresh(this.#ports.clock.nowUs()) ? (this.#loop.reading?.positions ?? {}) : {};
  }

  async start(): Promise<void> {
    this.#loop.start();
    // A bus takes its time, and may not be there: the session does not wait for it.
    const opened = this.#device.open();
    if (this.#choice.kind !== 'so101') await opened;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#loop.stop();
    await this.#changes;
    await this.#guide.end();
    await this.#device.close();
  }

  /** Another leader from now on; it drives only when the person asks for it. */
  async choose(choice: LeaderChoice): Promise<void> {
    await this.#replace(() => (this.#choice = choice));
    this.#engagement.update({ isDriving: this.#isDriving, leader: null, robot: null, isHeld: true, isGuided: false, absence: '' }, this.#ports.clock.nowUs());
    this.#engagement.lose('another leader was chosen');
    this.#ports.onChange();
  }

  /** Other ranges, as the robot tells them; joints stay where they are as far as they can. An arm has ranges of its own. */
  async setFeatures(features: readonly JointFeature[]): Promise<void> {
    this.#features = features;
    const pose = this.pose;
    this.#robotJoints = features;
    if (this.#choice.kind === 'so101') return;
    await this.#replace(() => undefined);
    this.#puppet?.mirror(pose);
  }

  /** The person wants the leader to drive, after it was lost. Throws NOT_AUTHORISED without control. */
  ask(): void {
    if (!this.#isDriving) throw new PortalError('NOT_AUTHORISED', 'You do not have control', { fix: 'Take control first.' });
    this.#guide.reset();
    this.#engagement.ask();
  }

  /** Throws UNKNOWN_FIELD, and NOT_SUPPORTED for a leader that is no simulated one. */
  moveJoint(name: string, value: number): void {
    if (this.#choice.kind !== 'sim') throw new PortalError('NOT_SUPPORTED', 'Only the simulated leader is moved by sliders', { fix: 'Choose it as the leader, or move the one you have.' });
    this.#puppet?.moveJoint(name, value);
  }

  /** What keys, pedal or gamepad ask for now. */
  input(source: 'keys' | 'gamepad', input: JogInput, isHeld: boolean): void {
    if ((source === 'gamepad') !== (this.#choice.kind === 'gamepad')) return;
    this.#heldUs = isHeld ? this.#ports.clock.nowUs() : 0;
    const { arm } = this.#device;
    if (arm !== null && 'jog' in arm) (arm as JogArm).jog(input);
  }

  /** So that driving starts from where the robot is; a leader that drives is left alone unless `force`. */
  mirror(positions: Pose, force: boolean): void {
    if (force || this.#engagement.state.phase !== 'engaged') this.#puppet?.mirror(positions);
  }

  /** The next action answers this observation. */
  answers(timestampUs: number): void {
    this.#unanswered = timestampUs;
  }

  /** A look at it without a reading: that it is not read any more must not go unnoticed. */
  watch(): void {
    const nowUs = this.#ports.clock.nowUs();
    const ageMs = this.#loop.ageMs(nowUs);
    if (ageMs === null || ageMs > LOST_AFTER_MS || !this.#isDriving) this.#update(null, nowUs);
    const isRobotBusy = this.#ports.isRobotBusy();
    // Else it would go straight back to where a hand holds the leader.
    if (this.#wasRobotBusy && !isRobotBusy && this.#choice.kind === 'so101') this.#engagement.lose('the robot has moved by itself');
    this.#wasRobotBusy = isRobotBusy;
    if (this.#engagement.state.phase !== 'guiding') void this.#guide.end();
  }

  get #isDriving(): boolean {
    const { localIdentity, activeOperator } = this.#operator;
    return localIdentity !== null && activeOperator === localIdentity;
  }

  get #puppet(): PuppetLeader | null {
    const { arm } = this.#device;
    return arm !== null && 'mirror' in arm ? (arm as PuppetLeader) : null;
  }

  #isHeld(nowUs: number): boolean {
    return !this.#choice.deadman || nowUs - this.#heldUs <= HELD_FRESH_US;
  }

  #newDevice(): LeaderDevice {
    const { clock, say, onChange } = this.#ports;
    return new LeaderDevice(clock, () => makeLeader(this.#choice, { ...this.#ports, portal: this.#portal, features: this.#features, warn: (sentence) => say('warn', sentence) }), {
      onOpen: () => {
        if (this.#choice.kind === 'so101') say('info', `The leader on ${this.#choice.port} is ready`);
        onChange();
      },
      onFailure: (error) => {
        say('error', error.message);
        onChange();
      },
    });
  }

  #newEngagement(): Engagement {
    return new Engagement(this.#features, this.#choice.kind === 'so101' ? this.#choice.engage : 'ramp', this.#options.engageUnits);
  }

  #replace(change: () => void): Promise<void> {
    const done = this.#changes.then(() => (this.#isStopped ? undefined : this.#replaceNow(change)));
    this.#changes = done.catch(() => undefined);
    return done;
  }

  async #replaceNow(change: () => void): Promise<void> {
    await this.#guide.end();
    const before = this.#device;
    change();
    this.#device = this.#newDevice();
    this.#engagement = this.#newEngagement();
    this.#loop.forget();
    this.#readError = null;
    await before.close();
    const opened = this.#device.open();
    if (this.#choice.kind !== 'so101') await opened;
  }

  #onReading(reading: JointReading): void {
    const nowUs = this.#ports.clock.nowUs();
    if (this.#readError !== null) {
      this.#readError = null;
      this.#ports.say('info', this.#engagement.state.phase === 'lost' ? 'The leader is read again: engage it to drive on' : 'The leader is read again');
      this.#ports.onChange();
    }
    if (this.#update(reading.positions, nowUs)) this.#send(reading);
    else if (this.#engagement.state.phase === 'guiding') void this.#guide.step(reading.positions, nowUs);
  }

  #onFailure(error: PortalError, isNews: boolean): void {
    const isGone = error.code === 'PORT_LOST' || error.code === 'PORT_MISSING' || this.#choice.kind === 'gamepad';
    const nowUs = this.#ports.clock.nowUs();
    if (isGone || (this.#loop.ageMs(nowUs) ?? 0) > LOST_AFTER_MS) this.#engagement.lose(error.message);
    const isFirst = this.#readError === null;
    this.#readError = error;
    if (!isNews && !isFirst) return;
    this.#ports.say('error', error.message);
    this.#ports.onChange();
  }

  /** True = the reading is to be sent. */
  #update(leader: Pose | null, nowUs: number): boolean {
    if (this.#choice.kind === 'none' || this.#features.length === 0) return false;
    const { phase } = this.#engagement.state;
    const robot = this.#ports.robotPose();
    const { arm, error } = this.#device;
    const apart = unitsApart(arm?.features ?? [], this.#robotJoints);
    const absence = apart ?? (error ?? this.#readError)?.message ?? 'the leader is not read';
    const sends = this.#engagement.update({ isDriving: this.#isDriving, leader: apart === null ? leader : null, robot, isHeld: this.#isHeld(nowUs), isGuided: this.#choice.engage === 'guide' && this.#guide.isWanted, absence }, nowUs);
    const now = this.#engagement.state.phase;
    if (now === 'idle') this.#guide.reset();
    if (now !== phase) this.#ports.onChange();
    return sends;
  }

  #send({ positions, timestampUs }: JointReading): void {
    const inReplyToTsUs = this.#unanswered;
    this.#unanswered = null;
    try {
      this.#operator.sendAction(toValues(this.#portal.action, positions), { timestampUs, inReplyToTsUs });
      this.#isSendFailing = false;
    } catch (thrown) {
      const error = toPortalError(thrown);
      // The session may end between two turns.
      if (error.code !== 'NOT_CONNECTED' && !this.#isSendFailing) this.#ports.say('error', error.message);
      this.#isSendFailing = true;
    }
  }
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}

