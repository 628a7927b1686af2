import { toPortalError, type PortalError } from '../shared/portal/errors.ts';
import { Operator } from '../shared/portal/operator.ts';
import type { Observation } from '../shared/portal/types.ts';
import { claimOnArrival } from './claim-once.ts';
import { leaderFeatures } from './console-view.ts';
import type { LeaderArm, ScriptedArm } from './devices/device.ts';
import { toNumbers, toValues } from './joint-schema.ts';
import type { StationPorts } from './ports.ts';
import { RateMeter } from './rate-meter.ts';
import { SessionAccess } from './session-access.ts';
import { announceSession } from './session-events.ts';
import { SessionKeeper } from './session-keeper.ts';
import type { StationSettings } from './settings.ts';
import { operatorStatusLine } from './status-line.ts';
import { startTicker } from './ticker.ts';
import { WarningFilter } from './warning-filter.ts';

/** An action is only sent from a reading at most this old: the reading is the operator's heartbeat. */
const FRESH_READING_US = 100_000;

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
  #isReading = false;
  #readFailures = 0;

  constructor(settings: StationSettings, ports: StationPorts, onEnded: (error: PortalError) => void) {
    this.#settings = settings;
    this.#ports = ports;
    this.#warnings = new WarningFilter(ports.clock);
    const { leader } = settings.operator;
    this.#policy = leader === 'scripted' ? ports.devices.scriptedLeader() : null;
    this.#leader = leader === 'sim' ? ports.devices.simLeader(leaderFeatures(settings.portal, null)) : this.#policy;
    this.#operator = new Operator(
      settings.portal,
      { transport: ports.createTransport(), clock: ports.clock },
      {
        video: 'pixels',
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
      operator.onObservation((observation) => this.#onObservation(observation)),
      operator.onActiveOperatorChanged((identity) => {
        if (identity !== null && identity === operator.localIdentity) this.#beginFromPresent();
      }),
    );
    await this.#keeper.start();
    if (this.#settings.operator.claims) this.#stops.push(claimOnArrival(operator, this.#ports));
    if (this.#leader !== null && this.#policy === null) {
      this.#stops.push(startTicker(clock, this.#settings.operator.rateHz, () => void this.#send(null)));
    }
    this.#stops.push(startTicker(clock, 1, () => this.#report()));
  }

  /** Leaves the session. Never rejects. */
  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
    const wasConnected = this.#isConnected;
    this.#isConnected = false;
    await this.#keeper.stop();
    if (wasConnected) this.#ports.output.event({ event: 'disconnected', reason: 'left' });
    await Promise.all([this.#leader?.close(), this.#access.close()]).catch((thrown: unknown) => this.#ports.log.warn('closing failed', { error: toPortalError(thrown).message }));
  }

  #onObservation(observation: Observation): void {
    const nowUs = this.#ports.clock.nowUs();
    this.#observations.add(nowUs);
    const ages = Object.values(observation.frames).flatMap(({ frame }) => (frame === null ? [] : [(nowUs - frame.timestampUs) / 1000]));
    this.#frameAgeMs = ages.length === 0 ? null : Math.max(...ages);
    // A policy answers what it sees and nothing else: when observations end, so do its actions, and the robot holds.
    if (this.#policy !== null) void this.#send(observation.timestampUs);
  }

  /** The wave starts from where the robot is now, so that taking over is no jump. */
  #beginFromPresent(): void {
    const state = this.#operator.getState();
    if (state !== null) this.#policy?.startFrom(toNumbers(state.values));
  }

  async #send(inReplyToTsUs: number | null): Promise<void> {
    const operator = this.#operator;
    if (this.#leader === null || this.#isReading || operator.localIdentity === null || operator.activeOperator !== operator.localIdentity) return;
    this.#isReading = true;
    try {
      const reading = await this.#leader.read();
      this.#readFailures = 0;
      const nowUs = this.#ports.clock.nowUs();
      if (!this.#isConnected || nowUs - reading.timestampUs > FRESH_READING_US) return;
      operator.sendAction(toValues(this.#settings.portal.action, reading.positions), { timestampUs: reading.timestampUs, inReplyToTsUs });
      this.#actions.add(nowUs);
    } catch (thrown) {
      const error = toPortalError(thrown);
      this.#readFailures += 1;
      if (error.code !== 'NOT_CONNECTED' && this.#readFailures === 1) this.#ports.output.event({ event: 'error', ...error.toJSON() });
    } finally {
      this.#isReading = false;
    }
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
    const word = !this.#isConnected ? 'DISCONNECTED' : (operator.hostState?.word ?? (driver === null ? 'HOLDING' : 'ACTIVE'));
    output.event({ event: 'metrics', role: 'operator', state: word, executed: null, refused: null, ...metrics });
    const line = operatorStatusLine(
      { word, driver, isMe: driver !== null && driver === operator.localIdentity, observationsPerS: this.#observations.perS(nowUs), actionsPerS: this.#actions.perS(nowUs), frameAgeMs: this.#frameAgeMs },
      metrics,
    );
    output.status(line, `${word} ${driver ?? ''}`);
  }
}
