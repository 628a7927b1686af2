import type { HostView } from '../shared/hosting.ts';
import type { HostDescription, JointDescription } from '../shared/portal/host-state.ts';
import { toPortalError, type PortalError } from '../shared/portal/errors.ts';
import { Robot } from '../shared/portal/robot.ts';
import type { VideoFrame } from '../shared/portal/types.ts';
import type { SafetyConfig } from '../shared/station-config.ts';
import { ArmLoop } from './arm-loop.ts';
import { CalibrationDesk } from './calibration-desk.ts';
import { CommandIntake } from './command-intake.ts';
import type { FollowerArm, JointFeature } from './devices/device.ts';
import { DriverPulse } from './driver-pulse.ts';
import { homeErrand, type Errand } from './errand.ts';
import { HostCameras } from './host-cameras.ts';
import { obeyWord } from './host-words.ts';
import { describeSafety, limitJoints } from './joint-limits.ts';
import { checkJointSchema, toValues } from './joint-schema.ts';
import type { StationFigures } from './metrics-text.ts';
import type { Ending, StationPorts } from './ports.ts';
import { RestPose } from './rest-pose.ts';
import { registerRobotRpc } from './robot-rpc.ts';
import { Safety } from './safety.ts';
import { SessionAccess } from './session-access.ts';
import { announceSession } from './session-events.ts';
import { SessionKeeper } from './session-keeper.ts';
import type { StationSettings } from './settings.ts';
import { robotStatusLine } from './status-line.ts';
import { startTicker } from './ticker.ts';

/** A robot's side of a session: follower and cameras in, gated and checked actions out. */
export class RobotHost {
  readonly #settings: StationSettings;
  readonly #ports: StationPorts;
  readonly #onEnded: (error: PortalError) => void;
  readonly #robot: Robot;
  readonly #access: SessionAccess;
  readonly #keeper: SessionKeeper;
  readonly #follower: FollowerArm;
  readonly #joints: readonly JointFeature[];
  readonly #limits: SafetyConfig;
  readonly #rest: RestPose;
  readonly #cameras: HostCameras;
  readonly #stops: (() => void)[] = [];
  /** Null until the arm is open. */
  #arm: ArmLoop | null = null;
  #isConnected = false;
  #rttUs: number | null = null;
  #published: object | null = null;

  /** Throws CONFIG_INVALID when the schema does not fit the arm or the cameras. */
  constructor(settings: StationSettings, ports: StationPorts, onEnded: (error: PortalError) => void) {
    this.#settings = settings;
    this.#ports = ports;
    this.#onEnded = onEnded;
    this.#follower = ports.devices.follower(settings.robot.follower, settings.portal.state, (message) => ports.output.event({ event: 'warning', tag: 'motor-model', message, count: 1 }));
    checkJointSchema(settings.portal, this.#follower.features, settings.portalFile ?? 'the built-in schema');
    ({ joints: this.#joints, safety: this.#limits } = limitJoints(this.#follower.features, settings.robot.safety, settings.robot.placeOf));
    this.#rest = new RestPose(this.#joints, this.#limits, ports.restPoses);
    this.#cameras = new HostCameras(settings.robot.cameras.map((camera) => ports.devices.camera(camera, () => this.#arm?.reading.positions ?? {})), {
      ...ports,
      stateHz: settings.portal.fps,
      sendState: (timestampUs) => this.#sendState(timestampUs),
      sendFrame: (frame) => this.#sendFrame(frame),
    });
    this.#robot = new Robot(
      settings.portal,
      { transport: ports.createTransport(), clock: ports.clock, frameCodecs: ports.frameCodecs },
      { claimPolicy: settings.robot.claimPolicy, ...(settings.e2eeKey === null ? {} : { e2eeKey: settings.e2eeKey }) },
    );
    this.#access = new SessionAccess(settings.connection, { session: settings.session, identity: settings.identity, grants: 'robot' }, ports);
    this.#keeper = new SessionKeeper(this.#robot, this.#access, ports.clock, {
      onConnected: (url) => this.#onConnected(url),
      onReconnecting: () => this.#onLost('reconnecting'),
      onLost: (reason, retryInMs) => this.#onLost(`${reason}, trying again in ${(retryInMs / 1000).toFixed(1)} s`),
      onEnded: (error) => {
        this.#onLost(error.message);
        this.#onEnded(error);
      },
    });
  }

  /** Opens arm and cameras and joins. Rejects with what stood in the way. */
  async start(): Promise<void> {
    const settings = this.#settings;
    const ports = this.#ports;
    const misfit = this.#rest.load();
    if (misfit !== null) ports.output.event({ event: 'warning', tag: 'rest-pose', message: misfit, count: 1 });
    await this.#follower.open();
    const reading = await this.#follower.read();
    const safety = new Safety(this.#joints, this.#limits, reading.positions, ports.clock.nowUs());
    const commands = new CommandIntake(safety, settings.portal.fps, new DriverPulse(this.#limits.driver_silence_ms, {
      ask: () => this.#robot.pingOperator(),
      answeredUs: (operator) => this.#robot.answeredPingUs(operator),
      silent: (message) => ports.output.event({ event: 'warning', tag: 'driver-silent', message, count: 1 }),
    }));
    const arm = new ArmLoop({ follower: this.#follower, joints: this.#joints, limits: this.#limits, rest: this.#rest, safety, commands, controlHz: settings.robot.controlHz, ports }, reading);
    this.#arm = arm;
    this.#wire(arm);
    this.#tellLimits();
    arm.run(() => this.#publishState(arm.safety));
    // Before the session: a camera that is not there costs nobody a robot that came and went.
    await this.#cameras.open();
    await this.#keeper.start();
    this.#stops.push(startTicker(ports.clock, 1, () => this.#report(arm.safety)));
  }

  /** Leaves the session, closes cameras and arm. An orderly end first does with the arm what `on_exit` says, any other one holds it. Never rejects. */
  async stop(how: Ending): Promise<void> {
    const arm = this.#arm;
    await arm?.prepareToLeave(how);
    for (const stop of this.#stops.splice(0)) stop();
    const close = (what: string, work: Promise<void>): Promise<void> => work.catch((thrown: unknown) => this.#ports.log.warn(`closing ${what} failed`, { error: toPortalError(thrown).message }));
    await this.#cameras.close();
    const wasConnected = this.#isConnected;
    this.#isConnected = false;
    await this.#keeper.stop();
    if (wasConnected) this.#ports.output.event({ event: 'disconnected', reason: 'left' });
    if (arm !== null) await close('the loop of the arm', arm.end());
    await close('the arm', this.#follower.close());
    await close('the server', this.#access.close());
  }

  /** The process ends this instant, whatever was under way. */
  abandon(reason: string): void {
    this.#arm?.abandon(reason);
  }

  /** What the metrics endpoint tells. */
  figures(): StationFigures {
    const status = this.#arm?.safety.status;
    return {
      role: 'robot-host',
      state: status?.state.word ?? 'DISCONNECTED',
      metrics: this.#robot.metrics(),
      executed: status?.executed ?? 0,
      refused: status?.refused ?? {},
      warnings: this.#robot.warnings(),
      arm: this.#follower.health ?? null,
    };
  }

  /** What the window on this machine shows. */
  view(): HostView {
    const status = this.#arm?.safety.status;
    return {
      state: status?.state ?? { word: 'DISCONNECTED', reason: 'not started yet', sinceUs: this.#ports.clock.nowUs() },
      driver: this.#robot.activeOperator,
      operators: [...this.#robot.operators],
      positions: this.#arm?.reading.positions ?? {},
      cameras: this.#cameras.status,
      executed: status?.executed ?? 0,
      refused: Object.values(status?.refused ?? {}).reduce((sum, count) => sum + count, 0),
    };
  }

  /** Every picture of every camera, borrowed. Returns the unsubscribe. */
  onCameraFrame(listener: (frame: VideoFrame) => void): () => void {
    return this.#cameras.onFrame(listener);
  }

  /** A word from the host's own console (`HOST_WORDS`). Returns what was done as a sentence. */
  async command(word: string): Promise<string> {
    const arm = this.#arm;
    if (arm === null) return 'not started yet';
    return obeyWord(word, {
      arm,
      rest: this.#rest,
      nowUs: this.#ports.clock.nowUs(),
      home: () => this.#home(),
      rearm: () => this.#follower.rearm(),
      stop: () => this.#stopMotion('host'),
      clearStop: () => this.#clearStop(),
      onRest: () => this.#tellLimits(),
    });
  }

  #tellLimits(): void {
    this.#ports.output.event({ event: 'limits', joints: this.#describeJoints(), safety: describeSafety(this.#limits, this.#rest) });
  }

  #wire({ safety, commands }: ArmLoop): void {
    const { clock, output } = this.#ports;
    const robot = this.#robot;
    this.#stops.push(
      announceSession(robot, output),
      robot.onAction((action) => commands.action(action, clock.nowUs(), this.#rttUs)),
      ...this.#settings.portal.actionChunks.map(({ name }) => robot.onActionChunk(name, (chunk) => commands.chunk(chunk, clock.nowUs(), this.#rttUs))),
      // Nobody is there who could correct what is left of the chunk.
      robot.onOperatorLeft((identity) => { if (identity === robot.activeOperator) commands.drop(); }),
      robot.onActionDropped(({ reason }) => safety.refuse(reason)),
      robot.onActiveOperatorChanged((identity) => this.#setDriver(identity)),
    );
    registerRobotRpc({
      robot,
      safety,
      calibration: new CalibrationDesk(clock, () => this.#follower.calibration()),
      home: () => this.#home(),
      rearm: () => this.#follower.rearm(),
      describe: () => this.#describe(),
      armHealth: () => this.#follower.health ?? null,
      claimPolicy: this.#settings.robot.claimPolicy,
      supervisors: this.#settings.robot.supervisors,
      nowUs: () => clock.nowUs(),
      stop: (by) => this.#stopMotion(by),
      clearStop: () => this.#clearStop(),
    });
  }

  #setDriver(identity: string | null): void {
    this.#arm?.commands.drop();
    this.#arm?.safety.setDriver(identity, this.#ports.clock.nowUs());
  }

  #stopMotion(by: string): void {
    this.#arm?.safety.stop(by);
    this.#arm?.commands.drop();
    this.#ports.output.event({ event: 'warning', tag: 'stop', message: `STOP by ${by}: the arm holds until it is cleared, with clear at the host or by a listed supervisor`, count: 1 });
  }

  /** Nobody drives afterwards: clearing must not resume what was commanded before. */
  async #clearStop(): Promise<void> {
    if (this.#arm?.safety.clearStop() === true) this.#ports.output.event({ event: 'warning', tag: 'stop-cleared', message: 'STOP was cleared; control has to be taken again', count: 1 });
    if (this.#isConnected) await this.#robot.setActiveOperator(null);
  }

  #publishState(safety: Safety): void {
    if (!this.#isConnected || safety.state === this.#published) return;
    this.#published = safety.state;
    this.#robot.publishHostState(safety.state);
  }

  #sendState(timestampUs: number): void {
    if (!this.#isConnected) return;
    this.#guarded('state', () => this.#robot.sendState(toValues(this.#settings.portal.state, this.#arm?.reading.positions ?? {}), timestampUs));
  }

  #sendFrame({ track, data, width, height, timestampUs, format }: VideoFrame): void {
    if (!this.#isConnected) return;
    this.#guarded(track, () => void this.#robot.sendVideoFrame(track, data, { width, height, timestampUs, format }));
  }

  /** Losing the session between two calls is no reason for a camera to fail. */
  #guarded(what: string, send: () => void): void {
    try {
      send();
    } catch (thrown) {
      const error = toPortalError(thrown);
      if (error.code !== 'NOT_CONNECTED') this.#ports.output.event({ event: 'error', ...error.toJSON(), message: `${what}: ${error.message}` });
    }
  }

  #onConnected(url: string): void {
    const { output, clock } = this.#ports;
    const robot = this.#robot;
    this.#isConnected = true;
    this.#published = null;
    this.#arm?.safety.setConnected(true);
    // Cleared while there was no session to tell: the room still says who drove, and that is no claim.
    if (this.#arm?.safety.needsClaim === true) void robot.setActiveOperator(null).catch((thrown: unknown) => this.#ports.log.warn('nobody was made to drive', { error: toPortalError(thrown).message }));
    else this.#setDriver(robot.activeOperator);
    output.event({ event: 'connected', identity: robot.localIdentity ?? this.#settings.identity, session: this.#settings.session, url });
    this.#ports.log.info('connected', { url, atUs: clock.nowUs() });
  }

  #onLost(reason: string): void {
    this.#isConnected = false;
    this.#arm?.commands.drop();
    this.#arm?.safety.setConnected(false);
    this.#ports.output.event({ event: 'disconnected', reason });
  }

  #report(safety: Safety): void {
    const { output } = this.#ports;
    const metrics = this.#robot.metrics();
    this.#rttUs = metrics.rtt.rtt_us_last;
    const status = safety.status;
    const refused = Object.values(status.refused).reduce((sum, count) => sum + count, 0);
    output.event({ event: 'metrics', role: 'robot-host', state: status.state.word, executed: status.executed, refused, arm: this.#follower.health ?? null, ...metrics });
    const driver = this.#robot.activeOperator;
    output.status(robotStatusLine(status, driver, metrics, this.#robot.operators.length), `${status.state.word} ${driver ?? ''}`);
  }

  #home(): Errand {
    return homeErrand(this.#rest.pose, this.#limits.align_ms);
  }

  #describe(): Omit<HostDescription, 'methods'> {
    return {
      product: 'portal-console',
      version: this.#ports.appVersion,
      joints: this.#describeJoints(),
      cameras: this.#cameras.describe(),
      safety: describeSafety(this.#limits, this.#rest),
      claimPolicy: this.#settings.robot.claimPolicy.kind,
    };
  }

  #describeJoints(): JointDescription[] {
    return this.#joints.map(({ name, min, max, unit }) => ({ name, min, max, unit }));
  }
}
