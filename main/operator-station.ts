import { PortalError, toPortalError } from '../shared/portal/errors.ts';
import type { HostStateWord } from '../shared/portal/host-state.ts';
import { Operator } from '../shared/portal/operator.ts';
import type { Observation } from '../shared/portal/types.ts';
import { claimOnArrival } from './claim-once.ts';
import { leaderFeatures } from './console-view.ts';
import type { JointReading, LeaderArm, ScriptedArm } from './devices/device.ts';
import { toNumbers, toValues, unitsApart } from './joint-schema.ts';
import { FRESH_READING_US } from './leader-loop.ts';
import type { StationFigures } from './metrics-text.ts';
import type { Pose } from './motion.ts';
import { OperatorLeader } from './operator-leader.ts';
import type { StationPorts } from './ports.ts';
import { RateMeter } from './rate-meter.ts';
import { RobotQuestions } from './robot-questions.ts';
import { SessionAccess } from './session-access.ts';
import { announceSession } from './session-events.ts';
import { SessionKeeper } from './session-keeper.ts';
import type { StationSettings } from './settings.ts';
import { operatorStatusLine } from './status-line.ts';
import { startTicker } from './ticker.ts';
import { WarningFilter } from './warning-filter.ts';

/** A robot whose state did not come for so long is not heard. */
const SILENT_ROBOT_US = 1_000_000;

/** A headless operator: a leader's readings out while it drives, synchronized observations in. */
export class OperatorStation {
  readonly #settings: StationSettings;
  readonly #ports: StationPorts;
  readonly #operator: Operator;
  /** Answers observations; null when the leader is another one. */
  readonly #policy: ScriptedArm | null;
  readonly #leader: LeaderArm | null;
  readonly #access: SessionAccess;
  readonly #keeper: SessionKeeper;
  readonly #stops: (() => void)[] = [];
  readonly #observations = new RateMeter();
  readonly #actions = new RateMeter();
  readonly #warnings: WarningFilter;
  #frameAgeMs: number | null = null;
  #isConnected = false;
  #isFailing = false;
  /** Why an arm cannot drive this robot; null = it can, or the robot does not say how it counts. */
  #unitsApart: string | null = null;
  /** Reads the leader; null where there is none, and for a policy, which is read when it has something to answer. */
  readonly #driving: OperatorLeader | null;
  /** When the robot's state last came in. */
  #heardUs = Number.NEGATIVE_INFINITY;

  constructor(settings: StationSettings, ports: StationPorts, onEnded: (error: PortalError) => void) {
    this.#settings = settings;
    this.#ports = ports;
    this.#warnings = new WarningFilter(ports.clock);
    const { leader, busLeader } = settings.operator;
    this.#policy = leader === 'scripted' ? ports.devices.scriptedLeader(settings.portal.action) : null;
    const warn = (message: string): void => ports.output.event({ event: 'warning', tag: 'motor-model', message, count: 1 });
    this.#leader = busLeader !== null ? ports.devices.busLeader(busLeader, settings.portal.action, warn) : leader === 'sim' ? ports.devices.simLeader(leaderFeatures(settings.portal, null)) : this.#policy;
    this.#driving = this.#leader === null || this.#policy !== null ? null : this.#newDriving(this.#leader);
    this.#operator = new Operator(
      settings.portal,
      { transport: ports.createTransport(), clock: ports.clock, frameCodecs: ports.frameCodecs },
      {
        // Nobody looks at the pictures here: that they come, and how old they are, is all that is told.
        video: 'times',
        ...(settings.e2eeKey === null ? {} : { e2eeKey: settings.e2eeKey }),
        ...(settings.operator.robotIdentity === null ? {} : { robotIdentity: settings.operator.robotIdentity }),
      },
    );
    this.#access = new SessionAccess(settings.connection, { session: settings.session, identity: settings.identity, grants: 'operator' }, ports);
    this.#keeper = new SessionKeeper(this.#operator, this.#access, ports.clock, {
      onConnected: (url) => this.#onConnected(url),
      onReconnecting: () => this.#onLost('reconnecting'),
      onLost: (reason, retryInMs) => this.#onLost(`${reason}, trying again in ${(retryInMs / 1000).toFixed(1)} s`),
      onEnded: (error) => {
        this.#onLost(error.message);
        onEnded(error);
      },
    });
  }

  /** Joins and works until stopped. Rejects with what stood in the way. */
  async start(): Promise<void> {
    const { clock, output } = this.#ports;
    const operator = this.#operator;
    await this.#leader?.open();
    this.#stops.push(
      announceSession(operator, output, (tag) => this.#warnings.passes(tag)),
      operator.onRobotJoined(() => this.#warnings.begins()),
      operator.onRobotJoined(() => void this.#askUnits()),
      operator.onState(() => { this.#heardUs = clock.nowUs(); }),
      operator.onObservation((observation) => this.#onObservation(observation)),
      operator.onActiveOperatorChanged((identity) => {
        if (identity !== null && identity === operator.localIdentity) this.#beginFromPresent();
      }),
    );
    await this.#keeper.start();
    if (this.#settings.operator.claims) this.#stops.push(claimOnArrival(operator, this.#ports));
    this.#driving?.start();
    this.#stops.push(startTicker(clock, 1, () => this.#report()));
  }

  /** Leaves the session. Never rejects. */
  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
    await this.#driving?.stop();
    const wasConnected = this.#isConnected;
    this.#isConnected = false;
    await this.#keeper.stop();
    if (wasConnected) this.#ports.output.event({ event: 'disconnected', reason: 'left' });
    await Promise.all([this.#leader?.close(), this.#access.close()]).catch((thrown: unknown) => this.#ports.log.warn('closing failed', { error: toPortalError(thrown).message }));
  }

  /** What the metrics endpoint tells. */
  figures(): StationFigures {
    return { role: 'operator', state: this.#word(), metrics: this.#operator.metrics(), executed: null, refused: null, warnings: this.#operator.warnings(), arm: this.#leader?.health ?? null };
  }

  #newDriving(leader: LeaderArm): OperatorLeader {
    const { rateHz, engage, engageUnits } = this.#settings.operator;
    const { clock, output } = this.#ports;
    return new OperatorLeader(leader, { rateHz, engage, engageUnits }, {
      clock,
      isDriving: () => this.#isDriving && this.#unitsApart === null,
      robotPose: () => this.#robotPose(),
      // A simulated leader is in nobody's hand: nobody could bring it to the robot.
      isRobotBusy: () => this.#settings.operator.busLeader !== null && this.#operator.hostState?.task !== undefined,
      send: (reading) => this.#send(reading, null),
      onFailure: (error, isNews) => this.#failed(error, isNews),
      onPhase: ({ phase, reason }) => output.event({ event: 'leader', phase, reason }),
    });
  }

  get #isDriving(): boolean {
    const { localIdentity, activeOperator } = this.#operator;
    return this.#isConnected && localIdentity !== null && activeOperator === localIdentity;
  }

  /** Null while the robot is not heard: what it said before is no place to begin from. */
  #robotPose(): Pose | null {
    const state = this.#ports.clock.nowUs() - this.#heardUs > SILENT_ROBOT_US ? null : this.#operator.getState();
    return state === null ? null : toNumbers(state.values);
  }

  #word(): HostStateWord {
    const operator = this.#operator;
    return !this.#isConnected ? 'DISCONNECTED' : (operator.hostState?.word ?? (operator.activeOperator === null ? 'HOLDING' : 'ACTIVE'));
  }

  async #askUnits(): Promise<void> {
    if (this.#settings.operator.busLeader === null) return;
    const description = await new RobotQuestions(this.#operator, this.#ports.log).describe();
    this.#unitsApart = unitsApart(this.#leader?.features ?? [], description?.joints ?? []);
    if (this.#unitsApart !== null) this.#failed(new PortalError('CONFIG_INVALID', this.#unitsApart, { fix: 'Set units in the station.yaml of one of them.' }), true);
  }

  #onObservation(observation: Observation): void {
    const nowUs = this.#ports.clock.nowUs();
    this.#observations.add(nowUs);
    const ages = Object.values(observation.frames).flatMap(({ frame }) => (frame === null ? [] : [(nowUs - frame.timestampUs) / 1000]));
    this.#frameAgeMs = ages.length === 0 ? null : Math.max(...ages);
    // A policy answers what it sees and nothing else: when observations end, so do its actions, and the robot holds.
    if (this.#policy !== null) void this.#answer(this.#policy, observation.timestampUs);
  }

  /** The wave starts from where the robot is now, so that taking over is no jump. */
  #beginFromPresent(): void {
    const state = this.#operator.getState();
    if (state !== null) this.#policy?.startFrom(toNumbers(state.values));
  }

  #send({ positions, timestampUs }: JointReading, inReplyToTsUs: number | null): void {
    const operator = this.#operator;
    const nowUs = this.#ports.clock.nowUs();
    if (!this.#isDriving || nowUs - timestampUs > FRESH_READING_US) return;
    try {
      operator.sendAction(toValues(this.#settings.portal.action, positions), { timestampUs, inReplyToTsUs });
      this.#actions.add(nowUs);
      this.#isFailing = false;
    } catch (thrown) {
      this.#failed(toPortalError(thrown), !this.#isFailing);
      this.#isFailing = true;
    }
  }

  async #answer(policy: ScriptedArm, timestampUs: number): Promise<void> {
    const reading = await policy.read().catch((thrown: unknown) => this.#failed(toPortalError(thrown), true));
    if (reading !== undefined) this.#send(reading, timestampUs);
  }

  #failed(error: PortalError, isNews: boolean): void {
    if (error.code !== 'NOT_CONNECTED' && isNews) this.#ports.output.event({ event: 'error', ...error.toJSON() });
  }

  #onConnected(url: string): void {
    this.#isConnected = true;
    this.#warnings.begins();
    const { localIdentity, robotIdentity } = this.#operator;
    this.#ports.output.event({
      event: 'connected',
      identity: localIdentity ?? this.#settings.identity,
      session: this.#settings.session,
      url,
      ...(robotIdentity === null ? {} : { robot: robotIdentity }),
    });
  }

  #onLost(reason: string): void {
    this.#isConnected = false;
    this.#ports.output.event({ event: 'disconnected', reason });
  }

  #report(): void {
    const { clock, output } = this.#ports;
    const operator = this.#operator;
    const metrics = operator.metrics();
    const nowUs = clock.nowUs();
    const driver = operator.activeOperator;
    const word = this.#word();
    output.event({ event: 'metrics', role: 'operator', state: word, executed: null, refused: null, arm: this.#leader?.health ?? null, ...(this.#driving === null ? {} : { leader: { rate_hz: this.#driving.perS(nowUs), overruns: this.#driving.overruns } }), ...metrics });
    const line = operatorStatusLine(
      { word, driver, isMe: driver !== null && driver === operator.localIdentity, observationsPerS: this.#observations.perS(nowUs), actionsPerS: this.#actions.perS(nowUs), frameAgeMs: this.#frameAgeMs },
      metrics,
    );
    output.status(line, `${word} ${driver ?? ''}`);
  }
}
