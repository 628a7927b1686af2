import type { ConsoleState, FramePortFrame, ObservationView, Telemetry } from '../shared/console-state.ts';
import type { ReportPayload } from '../shared/ipc.ts';
import type { PortalConfig } from '../shared/portal/config.ts';
import { PortalError, toPortalError } from '../shared/portal/errors.ts';
import type { HostDescription, HostStatus } from '../shared/portal/host-state.ts';
import { RPC_CODE, RPC_METHOD } from '../shared/portal/names.ts';
import { Operator } from '../shared/portal/operator.ts';
import type { Observation, VideoFrame } from '../shared/portal/types.ts';
import type { Connection } from './connection.ts';
import type { ConsoleStore } from './console-store.ts';
import { driverOf, hostStateOf, jointList, leaderFeatures, rosterList, trackList } from './console-view.ts';
import { DriveLeader } from './drive-leader.ts';
import type { EventLog } from './event-log.ts';
import { HealthMeters } from './health.ts';
import { toNumbers } from './joint-schema.ts';
import type { StationPorts } from './ports.ts';
import { SessionAccess } from './session-access.ts';
import { announceSession } from './session-events.ts';
import { SessionKeeper } from './session-keeper.ts';
import { startTicker } from './ticker.ts';

export interface ConsoleSessionOptions {
  session: string;
  identity: string;
  connection: Connection;
  portal: PortalConfig;
  e2eeKey: string | null;
  robotIdentity: string | null;
  leaderRateHz: number;
  simulated: boolean;
}

export interface ConsoleSessionListener {
  onTelemetry(telemetry: Telemetry): void;
  onObservation(view: ObservationView): void;
  onFrame(frame: FramePortFrame): void;
  onEnded(error: PortalError): void;
}

/** Without a state for this long the robot counts as not heard. */
const SILENT_US = 1_000_000;
const TELEMETRY_HZ = 30;
const STOP_TIMEOUT_MS = 3000;

/** One session as the console lives it: an operator with a simulated leader, and what the window is shown of it. */
export class ConsoleSession {
  readonly #options: ConsoleSessionOptions;
  readonly #ports: StationPorts;
  readonly #store: ConsoleStore;
  readonly #log: EventLog;
  readonly #listener: ConsoleSessionListener;
  readonly #operator: Operator;
  readonly #access: SessionAccess;
  readonly #keeper: SessionKeeper;
  readonly #leader: DriveLeader;
  readonly #health = new HealthMeters();
  readonly #hasLiveView: boolean;
  readonly #stops: (() => void)[] = [];
  #url = '';
  #isConnected = false;
  #inspectorOpen = false;
  #lastStateUs: number | null = null;
  #robotSinceUs = 0;
  #isSilent = false;
  #isAskingStatus = false;
  #command: Record<string, number> = {};

  constructor(options: ConsoleSessionOptions, ports: StationPorts, store: ConsoleStore, log: EventLog, listener: ConsoleSessionListener) {
    this.#options = options;
    this.#ports = ports;
    this.#store = store;
    this.#log = log;
    this.#listener = listener;
    // A token of another program's making cannot be doubled, and the live view has no place for the end-to-end key.
    this.#hasLiveView = options.connection.kind !== 'token' && options.e2eeKey === null;
    this.#operator = new Operator(
      { ...options.portal, actionSubscription: true },
      { transport: ports.createTransport(), clock: ports.clock },
      {
        video: this.#hasLiveView ? 'none' : 'pixels',
        ...(options.e2eeKey === null ? {} : { e2eeKey: options.e2eeKey }),
        ...(options.robotIdentity === null ? {} : { robotIdentity: options.robotIdentity }),
      },
    );
    this.#leader = new DriveLeader(this.#operator, options.portal, ports.clock, options.leaderRateHz);
    this.#access = new SessionAccess(options.connection, { session: options.session, identity: options.identity, grants: 'operator' }, ports);
    this.#keeper = new SessionKeeper(this.#operator, this.#access, ports.clock, {
      onConnected: (url) => this.#onConnected(url),
      onReconnecting: () => this.#onLost('reconnecting'),
      onLost: (reason) => this.#onLost(reason),
      onEnded: (error) => {
        this.#onLost(error.message);
        listener.onEnded(error);
      },
    });
  }

  /** Joins. Rejects with what stood in the way. */
  async start(): Promise<void> {
    this.#subscribe();
    await this.#leader.start();
    await this.#keeper.start();
    const { clock } = this.#ports;
    this.#stops.push(
      startTicker(clock, TELEMETRY_HZ, () => this.#telemetry()),
      startTicker(clock, 4, () => this.#figures()),
      startTicker(clock, 1, () => this.#everySecond()),
    );
  }

  /** Leaves. Never rejects. */
  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
    const wasConnected = this.#isConnected;
    this.#isConnected = false;
    await this.#leader.stop();
    await this.#keeper.stop();
    await this.#access.close().catch((thrown: unknown) => this.#ports.log.warn('stopping the server failed', { error: toPortalError(thrown).message }));
    if (wasConnected) this.#ports.output.event({ event: 'disconnected', reason: 'left' });
  }

  /** True once a robot is here: what `trySimulated` waits for. */
  get hasRobot(): boolean {
    return this.#operator.robotIdentity !== null;
  }

  async giveControl(identity: string | null): Promise<void> {
    await this.#operator.setActiveOperator(identity);
  }

  takeControl(): Promise<void> {
    const me = this.#operator.localIdentity;
    if (me === null) throw new PortalError('NOT_CONNECTED', 'There is no session to take control in', { fix: 'Wait for the connection.' });
    return this.giveControl(me);
  }

  /** Latches STOP at the robot; at one that has none, control is released, so that nothing more is executed. */
  async stopRobot(): Promise<void> {
    const nowUs = this.#ports.clock.nowUs();
    try {
      await this.#operator.performRpc(RPC_METHOD.stop, '', { responseTimeoutMs: STOP_TIMEOUT_MS });
      this.#say('warn', 'safety', 'You pressed STOP');
    } catch (thrown) {
      const error = toPortalError(thrown);
      await this.#operator.setActiveOperator(null);
      if (error.details.rpcCode !== RPC_CODE.unsupportedMethod) throw error;
      this.#log.add('warn', 'safety', 'This robot has no STOP: control was released instead, and what it does now is up to it', nowUs);
      this.#store.set({ events: this.#log.events });
    }
  }

  async clearStop(): Promise<void> {
    await this.#operator.performRpc(RPC_METHOD.clearStop, '');
  }

  /** Throws UNKNOWN_FIELD. */
  setLeaderJoint(joint: string, value: number): void {
    this.#leader.moveJoint(joint, value);
    this.#store.setSoon({ leader: this.#leader.info });
  }

  resetMetrics(): void {
    this.#operator.resetMetrics();
    this.#health.reset();
    this.#figures();
  }

  setInspector(open: boolean): void {
    this.#inspectorOpen = open;
    this.#operator.setVideoDemand(open || !this.#hasLiveView ? 'pixels' : 'none');
  }

  liveView(): Promise<{ url: string; token: string } | null> {
    return this.#hasLiveView && this.#isConnected ? this.#access.openViewer() : Promise.resolve(null);
  }

  framesPresented(frames: ReportPayload<'framesPresented'>): void {
    for (const { track, timestampUs, presentedUs } of frames) {
      this.#health.framePresented(timestampUs, presentedUs);
      // While main pulls the pixels itself, the same frame must not count twice.
      const isDeclared = this.#options.portal.videos.some((video) => video.name === track);
      if (isDeclared && this.#hasLiveView && !this.#inspectorOpen) this.#operator.noteFrame(track, timestampUs);
    }
  }

  #subscribe(): void {
    const operator = this.#operator;
    const { clock } = this.#ports;
    const say = (tag: string, text: string): void => this.#say('info', tag, text);
    this.#stops.push(
      announceSession(operator, this.#ports.output),
      operator.onState((state) => {
        this.#lastStateUs = clock.nowUs();
        this.#health.stateArrived(state.timestampUs, this.#lastStateUs);
        if (this.#isSilent) this.#refreshHost();
      }),
      operator.onObservation((observation) => this.#onObservation(observation)),
      operator.onAction((action) => {
        if (action.sender === null) return;
        this.#health.actionSeen(action.sender, action.inReplyToTsUs, clock.nowUs());
        this.#command = toNumbers(action.values);
      }),
      operator.onActiveOperatorChanged((identity) => {
        const before = this.#store.state.driver;
        this.#refreshDriver();
        const me = operator.localIdentity;
        say('driver', identity === null ? 'Nobody drives now' : identity !== me ? `${identity} drives now` : before.kind === 'other' ? `You took control from ${before.identity ?? 'nobody'}` : 'You drive now');
      }),
      operator.onOperatorJoined((identity) => {
        say('peer', `${identity} joined`);
        this.#refreshRoster();
      }),
      operator.onOperatorLeft((identity) => {
        say('peer', `${identity} left`);
        this.#health.forget(identity);
        this.#refreshRoster();
      }),
      operator.onRobotJoined((identity) => {
        say('peer', `Robot ${identity} joined`);
        this.#lastStateUs = null;
        this.#robotSinceUs = clock.nowUs();
        this.#refreshAll();
        void this.#describeRobot();
      }),
      operator.onRobotLeft((identity) => {
        this.#say('warn', 'peer', `Robot ${identity} left`);
        this.#store.set({ hostDescription: null, hostStatus: null });
        this.#refreshAll();
      }),
      operator.onHostState((state) => {
        this.#refreshHost();
        if (state !== null && (state.word === 'STOPPED' || state.word === 'HOLDING')) {
          this.#say(state.word === 'STOPPED' ? 'error' : 'warn', 'safety', `${state.word}: ${state.reason}`);
        }
      }),
      operator.onWarning(({ tag, message }) => this.#say('warn', tag, message)),
      ...this.#options.portal.videos.map(({ name }) => operator.onVideoFrame(name, (frame) => this.#onFrame('live', frame))),
    );
  }

  #onObservation(observation: Observation): void {
    this.#health.observations.add(this.#ports.clock.nowUs());
    this.#leader.answers(observation.timestampUs);
    if (!this.#inspectorOpen) return;
    const frames = Object.entries(observation.frames);
    this.#listener.onObservation({
      timestampUs: observation.timestampUs,
      state: toNumbers(observation.state.values),
      frames: frames.map(([track, { source, frame }]) => ({ track, source, deltaUs: frame === null ? null : frame.timestampUs - observation.timestampUs })),
    });
    for (const [, { frame }] of frames) if (frame !== null) this.#onFrame('observation', frame);
  }

  #onFrame(purpose: FramePortFrame['purpose'], { track, width, height, format, data, timestampUs }: VideoFrame): void {
    // A frame that only counts for synchronization has no pixels.
    if (width === 0 || (purpose === 'live' && this.#hasLiveView)) return;
    this.#listener.onFrame({ purpose, track, width, height, format, data, timestampUs });
  }

  #onConnected(url: string): void {
    this.#url = url;
    this.#isConnected = true;
    const { session, identity } = this.#options;
    const { localIdentity, robotIdentity } = this.#operator;
    this.#say('info', 'session', `Connected to ${session}`);
    this.#ports.output.event({ event: 'connected', identity: localIdentity ?? identity, session, url, ...(robotIdentity === null ? {} : { robot: robotIdentity }) });
    this.#lastStateUs = null;
    this.#robotSinceUs = this.#ports.clock.nowUs();
    this.#store.set({ phase: 'connected', error: null });
    this.#refreshAll();
    if (robotIdentity !== null) void this.#describeRobot();
  }

  #onLost(reason: string): void {
    this.#isConnected = false;
    this.#ports.output.event({ event: 'disconnected', reason });
    this.#say('warn', 'session', `Connection lost: ${reason}`);
    this.#store.set({ phase: 'reconnecting' });
    this.#refreshAll();
  }

  #refreshAll(): void {
    const { portal, session, identity, simulated, e2eeKey } = this.#options;
    const { hostDescription } = this.#store.state;
    this.#store.set({
      session: {
        name: session,
        url: this.#url,
        identity: this.#operator.localIdentity ?? identity,
        encrypted: e2eeKey !== null,
        simulated,
        robotIdentity: this.#operator.robotIdentity,
        hasLiveView: this.#hasLiveView,
      },
      joints: jointList(portal, hostDescription),
      tracks: trackList(portal, hostDescription),
      leader: this.#leader.info,
    });
    this.#refreshDriver();
  }

  #refreshDriver(): void {
    const { localIdentity, activeOperator } = this.#operator;
    const { driver } = this.#store.state;
    this.#store.set({ driver: driverOf(localIdentity, activeOperator, driver, this.#ports.clock.nowUs()) });
    if (driver.identity !== activeOperator) this.#health.driverChanged();
    if (activeOperator === null) this.#command = {};
    this.#refreshHost();
    this.#refreshRoster();
  }

  #refreshHost(): void {
    const nowUs = this.#ports.clock.nowUs();
    const { robotIdentity, hostState, activeOperator } = this.#operator;
    // A host of ours sends states all the time; another robot may have nothing to say before its first one.
    const heardUs = this.#lastStateUs ?? (hostState === null ? null : this.#robotSinceUs);
    const silentSinceUs = heardUs !== null && nowUs - heardUs > SILENT_US ? heardUs : null;
    const wasSilent = this.#isSilent;
    this.#isSilent = silentSinceUs !== null && robotIdentity !== null;
    if (this.#isSilent && !wasSilent) this.#say('error', 'robot-silent', `Nothing is heard of ${robotIdentity ?? 'the robot'}`);
    if (!this.#isSilent && wasSilent && robotIdentity !== null) this.#say('info', 'robot-silent', `${robotIdentity} is heard again`);
    const before = this.#store.state.host;
    const host = this.#isConnected
      ? hostStateOf({ robot: robotIdentity, told: hostState, driver: activeOperator, silentSinceUs, before, nowUs })
      : before.word === 'DISCONNECTED' && before.reason === 'no connection'
        ? before
        : { word: 'DISCONNECTED' as const, reason: 'no connection', sinceUs: nowUs };
    this.#store.set({ host });
  }

  #refreshRoster(): void {
    this.#store.set({ roster: this.#roster() });
  }

  #roster(): ConsoleState['roster'] {
    const { localIdentity, robotIdentity, operators, activeOperator } = this.#operator;
    const nowUs = this.#ports.clock.nowUs();
    return rosterList({
      me: localIdentity,
      robot: robotIdentity,
      operators,
      driver: activeOperator,
      rate: (identity, role) => (role === 'robot' ? this.#health.states.perS(nowUs) : this.#health.actionsPerS(identity, nowUs)),
    });
  }

  #telemetry(): void {
    const state = this.#operator.getState();
    if (!this.#isConnected || state === null) return;
    const positions = toNumbers(state.values);
    const isDriving = this.#store.state.driver.kind === 'you';
    if (!isDriving) this.#leader.mirror(positions);
    this.#listener.onTelemetry({ timestampUs: state.timestampUs, state: positions, command: isDriving ? this.#leader.info.target : this.#command });
  }

  #figures(): void {
    const nowUs = this.#ports.clock.nowUs();
    const metrics = this.#operator.metrics();
    this.#refreshHost();
    this.#store.setSoon({ metrics, health: this.#health.health(metrics, nowUs), roster: this.#roster(), leader: this.#leader.info });
  }

  #everySecond(): void {
    const { host, hostStatus } = this.#store.state;
    const refused = hostStatus === null ? null : Object.values(hostStatus.refused).reduce((sum, count) => sum + count, 0);
    this.#ports.output.event({ event: 'metrics', role: 'console', state: host.word, executed: hostStatus?.executed ?? null, refused, ...this.#operator.metrics() });
    void this.#askStatus();
  }

  /** Only our own robot hosts answer; the peer's simply stay without limits and counters. */
  async #describeRobot(): Promise<void> {
    const description = await this.#ask<HostDescription>(RPC_METHOD.describe);
    if (description === null) return;
    this.#leader.setFeatures(leaderFeatures(this.#options.portal, description));
    this.#store.set({ hostDescription: description });
    this.#refreshAll();
  }

  async #askStatus(): Promise<void> {
    if (this.#isAskingStatus || this.#store.state.hostDescription === null || this.#isSilent || !this.#isConnected) return;
    this.#isAskingStatus = true;
    const hostStatus = await this.#ask<HostStatus>(RPC_METHOD.status);
    this.#isAskingStatus = false;
    if (hostStatus !== null) this.#store.setSoon({ hostStatus });
  }

  async #ask<Reply>(method: string): Promise<Reply | null> {
    try {
      return JSON.parse(await this.#operator.performRpc(method, '', { responseTimeoutMs: 5000 })) as Reply;
    } catch (thrown) {
      this.#ports.log.info('the robot did not answer', { method, error: toPortalError(thrown).message });
      return null;
    }
  }

  #say(level: 'info' | 'warn' | 'error', tag: string, text: string): void {
    this.#log.add(level, tag, text, this.#ports.clock.nowUs());
    this.#store.set({ events: this.#log.events });
  }
}
