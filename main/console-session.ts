import type { FramePortFrame, ObservationView, Telemetry } from '../shared/console-state.ts';
import type { ReportPayload } from '../shared/ipc.ts';
import type { PortalConfig } from '../shared/portal/config.ts';
import { PortalError, toPortalError } from '../shared/portal/errors.ts';
import { RPC_METHOD } from '../shared/portal/names.ts';
import { Operator } from '../shared/portal/operator.ts';
import type { Observation, VideoFrame } from '../shared/portal/types.ts';
import type { Connection } from './connection.ts';
import type { ConsoleStore } from './console-store.ts';
import { driverSentence, leaderFeatures, observationView } from './console-view.ts';
import { DriveLeader } from './drive-leader.ts';
import type { EventLog } from './event-log.ts';
import { HealthMeters } from './health.ts';
import { toNumbers } from './joint-schema.ts';
import type { StationPorts } from './ports.ts';
import { RobotQuestions } from './robot-questions.ts';
import { SessionAccess } from './session-access.ts';
import { announceSession } from './session-events.ts';
import { SessionKeeper } from './session-keeper.ts';
import { SessionPicture } from './session-picture.ts';
import { stopRobot } from './stop-robot.ts';
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

const TELEMETRY_HZ = 30;

/** One session as the console lives it: an operator with a simulated leader, and what the window is shown of it. */
export class ConsoleSession {
  readonly #options: ConsoleSessionOptions;
  readonly #ports: StationPorts;
  readonly #store: ConsoleStore;
  readonly #listener: ConsoleSessionListener;
  readonly #operator: Operator;
  readonly #access: SessionAccess;
  readonly #keeper: SessionKeeper;
  readonly #leader: DriveLeader;
  readonly #health = new HealthMeters();
  readonly #questions: RobotQuestions;
  readonly #picture: SessionPicture;
  readonly #hasLiveView: boolean;
  readonly #stops: (() => void)[] = [];
  #isConnected = false;
  #inspectorOpen = false;
  #command: Record<string, number> = {};

  constructor(options: ConsoleSessionOptions, ports: StationPorts, store: ConsoleStore, log: EventLog, listener: ConsoleSessionListener) {
    this.#options = options;
    this.#ports = ports;
    this.#store = store;
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
    const onError = (error: PortalError): void => this.#picture.say('error', error.code, error.message);
    this.#leader = new DriveLeader(this.#operator, options.portal, { clock: ports.clock, makeLeader: ports.devices.simLeader, onError }, options.leaderRateHz);
    this.#questions = new RobotQuestions(this.#operator, ports.log);
    this.#picture = new SessionPicture({
      operator: this.#operator,
      portal: options.portal,
      health: this.#health,
      leader: this.#leader,
      ports,
      store,
      log,
      session: { name: options.session, identity: options.identity, encrypted: options.e2eeKey !== null, simulated: options.simulated, hasLiveView: this.#hasLiveView },
    });
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
      startTicker(clock, 4, () => this.#picture.figures()),
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
    const done = await stopRobot(this.#operator);
    this.#picture.say('warn', 'safety', done === 'stopped' ? 'You pressed STOP' : 'This robot has no STOP: control was released instead, and what it does now is up to it');
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
    this.#picture.figures();
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
    const say = (tag: string, text: string): void => this.#picture.say('info', tag, text);
    this.#stops.push(
      announceSession(operator, this.#ports.output, (tag) => this.#picture.passes(tag)),
      operator.onState((state) => {
        const nowUs = clock.nowUs();
        this.#health.stateArrived(state.timestampUs, nowUs);
        this.#picture.stateArrived(nowUs);
      }),
      operator.onObservation((observation) => this.#onObservation(observation)),
      operator.onAction((action) => {
        if (action.sender === null) return;
        this.#health.actionSeen(action.sender, action.inReplyToTsUs, clock.nowUs());
        this.#command = toNumbers(action.values);
      }),
      operator.onActiveOperatorChanged((identity) => {
        const before = this.#store.state.driver;
        if (identity === null) this.#command = {};
        this.#picture.driver();
        say('driver', driverSentence(identity, operator.localIdentity, before));
      }),
      operator.onOperatorJoined((identity) => {
        say('peer', `${identity} joined`);
        this.#picture.roster();
      }),
      operator.onOperatorLeft((identity) => {
        say('peer', `${identity} left`);
        this.#health.forget(identity);
        this.#picture.roster();
      }),
      operator.onRobotJoined((identity) => {
        say('peer', `Robot ${identity} joined`);
        this.#picture.robotJoined();
        this.#picture.all();
        void this.#describeRobot();
      }),
      operator.onRobotLeft((identity) => {
        this.#picture.say('warn', 'peer', `Robot ${identity} left`);
        this.#store.set({ hostDescription: null, hostStatus: null });
        this.#picture.all();
      }),
      operator.onHostState((state) => this.#picture.hostSpoke(state)),
      operator.onWarning(({ tag, message }) => this.#picture.warned(tag, message)),
      ...this.#options.portal.videos.map(({ name }) => operator.onVideoFrame(name, (frame) => this.#onFrame('live', frame))),
    );
  }

  #onObservation(observation: Observation): void {
    this.#health.observations.add(this.#ports.clock.nowUs());
    this.#leader.answers(observation.timestampUs);
    if (!this.#inspectorOpen) return;
    this.#listener.onObservation(observationView(observation));
    for (const { frame } of Object.values(observation.frames)) if (frame !== null) this.#onFrame('observation', frame);
  }

  #onFrame(purpose: FramePortFrame['purpose'], { track, width, height, format, data, timestampUs }: VideoFrame): void {
    // A frame that only counts for synchronization has no pixels.
    if (width === 0 || (purpose === 'live' && this.#hasLiveView)) return;
    this.#listener.onFrame({ purpose, track, width, height, format, data, timestampUs });
  }

  #onConnected(url: string): void {
    this.#isConnected = true;
    const { session, identity } = this.#options;
    const { localIdentity, robotIdentity } = this.#operator;
    this.#picture.say('info', 'session', `Connected to ${session}`);
    this.#ports.output.event({ event: 'connected', identity: localIdentity ?? identity, session, url, ...(robotIdentity === null ? {} : { robot: robotIdentity }) });
    this.#picture.connected(url);
    if (robotIdentity !== null) void this.#describeRobot();
  }

  #onLost(reason: string): void {
    this.#isConnected = false;
    this.#ports.output.event({ event: 'disconnected', reason });
    this.#picture.say('warn', 'session', `Connection lost: ${reason}`);
    this.#picture.lost();
  }

  #telemetry(): void {
    const state = this.#operator.getState();
    if (!this.#isConnected || state === null) return;
    const positions = toNumbers(state.values);
    const isDriving = this.#store.state.driver.kind === 'you';
    if (!isDriving) this.#leader.mirror(positions);
    this.#listener.onTelemetry({ timestampUs: state.timestampUs, state: positions, command: isDriving ? this.#leader.info.target : this.#command });
  }

  #everySecond(): void {
    const { host, hostStatus } = this.#store.state;
    const refused = hostStatus === null ? null : Object.values(hostStatus.refused).reduce((sum, count) => sum + count, 0);
    this.#ports.output.event({ event: 'metrics', role: 'console', state: host.word, executed: hostStatus?.executed ?? null, refused, ...this.#operator.metrics() });
    // A description that got lost is asked for again; only our own hosts publish their state.
    if (this.#store.state.hostDescription === null) {
      if (this.#operator.hostState !== null) void this.#describeRobot();
    } else void this.#askStatus();
  }

  async #describeRobot(): Promise<void> {
    const hostDescription = await this.#questions.describe();
    if (hostDescription === null) return;
    await this.#leader.setFeatures(leaderFeatures(this.#options.portal, hostDescription));
    this.#store.set({ hostDescription });
    this.#picture.all();
  }

  async #askStatus(): Promise<void> {
    if (this.#picture.isSilent || !this.#isConnected) return;
    const hostStatus = await this.#questions.status();
    if (hostStatus !== null) this.#store.setSoon({ hostStatus });
  }
}
