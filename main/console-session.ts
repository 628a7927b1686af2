import type { FramePortFrame, ObservationView, Telemetry } from '../shared/console-state.ts';
import type { ReportPayload } from '../shared/ipc.ts';
import type { PortalConfig } from '../shared/portal/config.ts';
import { toPortalError, type PortalError } from '../shared/portal/errors.ts';
import { Operator } from '../shared/portal/operator.ts';
import type { Observation, VideoFrame } from '../shared/portal/types.ts';
import type { Connection } from './connection.ts';
import type { ConsoleStore } from './console-store.ts';
import { ControlDesk } from './control-desk.ts';
import { driverSentence, observationView } from './console-view.ts';
import { DriveLeader, type DriveLeaderOptions } from './drive-leader.ts';
import type { EventLog } from './event-log.ts';
import { HealthMeters } from './health.ts';
import { toNumbers } from './joint-schema.ts';
import type { StationPorts } from './ports.ts';
import type { Pose } from './motion.ts';
import { PictureRoute } from './picture-route.ts';
import { RpcCalls } from './rpc-calls.ts';
import { RobotWatch } from './robot-watch.ts';
import { SessionAccess } from './session-access.ts';
import { announceSession } from './session-events.ts';
import { SessionKeeper } from './session-keeper.ts';
import { SessionPicture } from './session-picture.ts';
import { startTicker } from './ticker.ts';

export interface ConsoleSessionOptions {
  session: string;
  identity: string;
  connection: Connection;
  portal: PortalConfig;
  e2eeKey: string | null;
  robotIdentity: string | null;
  leader: DriveLeaderOptions & { jogUnitsPerS: number };
  simulated: boolean;
}

export interface ConsoleSessionListener {
  onTelemetry(telemetry: Telemetry): void;
  onObservation(view: ObservationView): void;
  onFrame(frame: FramePortFrame): void;
  onEnded(error: PortalError): void;
}

const TELEMETRY_HZ = 30;

/** One session as the console lives it: an operator with a leader, and what the window is shown of it. */
export class ConsoleSession {
  readonly route: PictureRoute;
  readonly #options: ConsoleSessionOptions;
  readonly #ports: StationPorts;
  readonly #store: ConsoleStore;
  readonly #listener: ConsoleSessionListener;
  readonly #operator: Operator;
  readonly #access: SessionAccess;
  readonly #keeper: SessionKeeper;
  readonly leader: DriveLeader;
  readonly #health = new HealthMeters();
  readonly #watch: RobotWatch;
  readonly calls: RpcCalls;
  readonly control: ControlDesk;
  readonly #picture: SessionPicture;
  readonly #stops: (() => void)[] = [];
  #isConnected = false;
  #command: Record<string, number> = {};

  constructor(options: ConsoleSessionOptions, ports: StationPorts, store: ConsoleStore, log: EventLog, listener: ConsoleSessionListener) {
    this.#options = options;
    this.#ports = ports;
    this.#store = store;
    this.#listener = listener;
    this.#access = new SessionAccess(options.connection, { session: options.session, identity: options.identity, grants: 'operator' }, ports);
    this.#operator = new Operator(
      { ...options.portal, actionSubscription: true },
      { transport: ports.createTransport(), clock: ports.clock, frameCodecs: ports.frameCodecs },
      {
        shadowTap: true, video: this.#access.hasFixedToken ? 'pixels' : 'byte-streams',
        ...(options.e2eeKey === null ? {} : { e2eeKey: options.e2eeKey }),
        ...(options.robotIdentity === null ? {} : { robotIdentity: options.robotIdentity }),
      },
    );
    // A token of another program's making cannot be doubled.
    const canView = !this.#access.hasFixedToken;
    this.route = new PictureRoute(this.#operator, this.#access, { e2eeKey: options.e2eeKey, canView, videos: options.portal.videos, onGivenUp: () => this.#picture.all() });
    this.leader = new DriveLeader(this.#operator, options.portal, {
      clock: ports.clock,
      devices: ports.devices,
      readText: ports.readText,
      jogUnitsPerS: options.leader.jogUnitsPerS,
      robotPose: () => this.#robotPose(),
      isRobotBusy: () => this.#store.state.host.task !== undefined,
      say: (level, text) => this.#picture.say(level, 'leader', text),
      onChange: () => this.#picture.leader(),
    }, options.leader);
    this.calls = new RpcCalls(this.#operator, ports.clock, store);
    this.#picture = new SessionPicture({
      operator: this.#operator,
      portal: options.portal,
      health: this.#health,
      leader: this.leader,
      ports,
      store,
      log,
      route: this.route,
      session: { name: options.session, identity: options.identity, encrypted: options.e2eeKey !== null, simulated: options.simulated },
    });
    this.control = new ControlDesk(this.#operator, (text) => this.#picture.say('warn', 'safety', text));
    this.#watch = new RobotWatch({ operator: this.#operator, portal: options.portal, ports, store, leader: this.leader, picture: this.#picture });
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
    await this.leader.start();
    await this.#keeper.start();
    const { clock } = this.#ports;
    this.#stops.push(
      startTicker(clock, TELEMETRY_HZ, () => this.#telemetry()),
      startTicker(clock, 4, () => this.#picture.figures()),
      startTicker(clock, 2, () => void this.#watch.look(this.#isConnected)),
      startTicker(clock, 1, () => this.#watch.everySecond()),
    );
  }

  /** Leaves. Never rejects. */
  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
    const wasConnected = this.#isConnected;
    this.#isConnected = false;
    this.calls.close();
    await this.leader.stop();
    await this.#keeper.stop();
    await this.#access.close().catch((thrown: unknown) => this.#ports.log.warn('stopping the server failed', { error: toPortalError(thrown).message }));
    if (wasConnected) this.#ports.output.event({ event: 'disconnected', reason: 'left' });
  }

  /** True once a robot is here: what `trySimulated` waits for. */
  get hasRobot(): boolean {
    return this.#operator.robotIdentity !== null;
  }

  /** Throws UNKNOWN_FIELD, and NOT_SUPPORTED for a leader that is no simulated one. */
  moveLeader(joint: string, value: number): void {
    this.leader.moveJoint(joint, value);
    this.#store.setSoon({ leader: this.leader.info });
  }

  resetMetrics(): void {
    this.#operator.resetMetrics();
    this.#health.reset();
    this.#picture.figures();
  }

  /** Main pulls the pixels from now on, until the robot comes anew. */
  liveViewFailed(): void {
    if (!this.route.hasLiveView) return;
    this.#picture.say('warn', 'encryption-failed', 'The live view cannot decrypt; pictures come another way, which takes more of this computer');
    this.route.giveUpLiveView();
  }

  framesPresented(frames: ReportPayload<'framesPresented'>): void {
    for (const { track, timestampUs, presentedUs } of frames) {
      this.#health.framePresented(timestampUs, presentedUs);
      if (this.#options.portal.videos.some((video) => video.name === track)) this.route.presented(track, timestampUs);
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
        this.#health.actionSeen(action.inReplyToTsUs, clock.nowUs());
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
        this.route.robotJoined();
        this.#picture.robotJoined();
        this.#picture.all();
        void this.#watch.describe();
      }),
      operator.onRobotLeft((identity) => {
        this.#picture.say('warn', 'peer', `Robot ${identity} left`);
        this.#store.set({ hostDescription: null, hostStatus: null });
        this.#picture.all();
      }),
      operator.onHostState((state) => this.#picture.hostSpoke(state)),
      operator.onWarning(({ tag, message, count }) => this.#picture.warned(tag, message, count)),
      operator.onShadowAction(({ sender }) => this.#health.actionSent(sender, clock.nowUs())),
      ...this.#options.portal.videos.map(({ name }) => operator.onVideoFrame(name, (frame) => this.#onFrame('live', frame))),
    );
  }

  #onObservation(observation: Observation): void {
    this.#health.observations.add(this.#ports.clock.nowUs());
    this.leader.answers(observation.timestampUs);
    if (!this.route.isInspectorOpen) return;
    this.#listener.onObservation(observationView(observation));
    for (const { frame } of Object.values(observation.frames)) if (frame !== null) this.#onFrame('observation', frame);
  }

  #onFrame(purpose: FramePortFrame['purpose'], { track, width, height, format, data, timestampUs }: VideoFrame): void {
    // A frame that only counts for synchronization has no pixels.
    if (width === 0 || (purpose === 'live' && this.route.isLive(track))) return;
    this.#listener.onFrame({ purpose, track, width, height, format, data, timestampUs });
  }

  #onConnected(url: string): void {
    this.#isConnected = true;
    const { session, identity } = this.#options;
    const { localIdentity, robotIdentity } = this.#operator;
    this.#picture.say('info', 'session', `Connected to ${session}`);
    this.#ports.output.event({ event: 'connected', identity: localIdentity ?? identity, session, url, ...(robotIdentity === null ? {} : { robot: robotIdentity }) });
    this.#picture.connected(url);
    if (robotIdentity !== null) void this.#watch.describe();
  }

  #onLost(reason: string): void {
    this.#isConnected = false;
    this.#ports.output.event({ event: 'disconnected', reason });
    this.#picture.say('warn', 'session', `Connection lost: ${reason}`);
    this.#picture.lost();
  }

  #robotPose(): Pose | null {
    const state = this.#isConnected && !this.#picture.isSilent ? this.#operator.getState() : null;
    return state === null ? null : toNumbers(state.values);
  }

  #telemetry(): void {
    this.leader.watch();
    const state = this.#operator.getState();
    if (!this.#isConnected || state === null) return;
    const positions = toNumbers(state.values);
    const isDriving = this.#store.state.driver.kind === 'you';
    // Also while the robot moves by itself: else it would go back to where the leader was.
    this.leader.mirror(positions, !isDriving || this.#store.state.host.task !== undefined);
    const { pose } = this.leader;
    this.#listener.onTelemetry({ timestampUs: state.timestampUs, state: positions, command: isDriving && this.leader.isEngaged ? pose : this.#command, leader: pose });
  }
}
