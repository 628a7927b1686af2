import type { HostDescription } from '../shared/portal/host-state.ts';
import { toPortalError, type PortalError } from '../shared/portal/errors.ts';
import { Robot } from '../shared/portal/robot.ts';
import type { VideoFrame } from '../shared/portal/types.ts';
import { ChunkPlayer } from './chunk-player.ts';
import type { Camera, FollowerArm, JointReading } from './devices/device.ts';
import { checkJointSchema, toValues } from './joint-schema.ts';
import type { StationPorts } from './ports.ts';
import { registerRobotRpc } from './robot-rpc.ts';
import { Safety } from './safety.ts';
import { SessionAccess } from './session-access.ts';
import { announceSession } from './session-events.ts';
import { SessionKeeper } from './session-keeper.ts';
import type { StationSettings } from './settings.ts';
import { robotStatusLine } from './status-line.ts';
import { startTicker } from './ticker.ts';

/** Reads in a row that may fail before the arm is held. */
const MAX_MISSED_READS = 5;

/** A robot's side of a session: follower and cameras in, gated and checked actions out. */
export class RobotHost {
  readonly #settings: StationSettings;
  readonly #ports: StationPorts;
  readonly #onEnded: (error: PortalError) => void;
  readonly #robot: Robot;
  readonly #access: SessionAccess;
  readonly #keeper: SessionKeeper;
  readonly #follower: FollowerArm;
  readonly #cameras: readonly Camera[];
  readonly #chunks: ChunkPlayer;
  readonly #stops: (() => void)[] = [];
  #safety: Safety | null = null;
  #reading: JointReading = { positions: {}, timestampUs: 0 };
  #isConnected = false;
  #isTicking = false;
  #missedReads = 0;
  #rttUs: number | null = null;
  #published: object | null = null;

  /** Throws CONFIG_INVALID when the schema does not fit the arm or the cameras. */
  constructor(settings: StationSettings, ports: StationPorts, onEnded: (error: PortalError) => void) {
    this.#settings = settings;
    this.#ports = ports;
    this.#onEnded = onEnded;
    this.#follower = ports.devices.follower();
    checkJointSchema(settings.portal, this.#follower.features, settings.portalFile ?? 'the built-in schema');
    this.#cameras = settings.robot.cameras.map((camera) => ports.devices.camera(camera, () => this.#reading.positions));
    this.#chunks = new ChunkPlayer(settings.portal.fps);
    this.#robot = new Robot(
      settings.portal,
      { transport: ports.createTransport(), clock: ports.clock },
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
    const { clock } = this.#ports;
    await this.#follower.open();
    this.#reading = await this.#follower.read();
    const safety = new Safety(this.#follower.features, this.#settings.robot.safety, this.#reading.positions, clock.nowUs());
    this.#safety = safety;
    this.#wire(safety);
    this.#stops.push(startTicker(clock, this.#settings.robot.controlHz, () => void this.#tick(safety)));
    await this.#keeper.start();
    await this.#openCameras();
    this.#stops.push(startTicker(clock, 1, () => this.#report(safety)));
  }

  /** Leaves the session, closes cameras and arm; torque stays on. Never rejects. */
  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
    const close = async (what: string, work: Promise<void>): Promise<void> => {
      await work.catch((thrown: unknown) => this.#ports.log.warn(`closing ${what} failed`, { error: toPortalError(thrown).message }));
    };
    await Promise.all(this.#cameras.map((camera) => close(`camera ${camera.name}`, camera.close())));
    const wasConnected = this.#isConnected;
    this.#isConnected = false;
    await this.#keeper.stop();
    if (wasConnected) this.#ports.output.event({ event: 'disconnected', reason: 'left' });
    await close('the arm', this.#follower.close());
    await close('the server', this.#access.close());
  }

  /** A word from the host's own console: stop, clear or home. Returns what was done as a sentence. */
  async command(word: string): Promise<string> {
    const safety = this.#safety;
    if (safety === null) return 'not started yet';
    if (word === 'stop') {
      this.#stopMotion('host');
      return 'stopped';
    }
    if (word === 'clear') {
      if (!safety.isStopped) return 'STOP is not latched';
      await this.#clearStop();
      return 'STOP cleared; control has to be taken again';
    }
    if (word === 'home') return safety.home(this.#ports.clock.nowUs()) ? 'moving to the rest pose' : `cannot move now: ${safety.state.word}`;
    return 'type stop, clear or home';
  }

  #wire(safety: Safety): void {
    const { clock, output } = this.#ports;
    const robot = this.#robot;
    this.#stops.push(
      announceSession(robot, output),
      robot.onAction((action) => {
        this.#chunks.drop();
        safety.offer(action, clock.nowUs(), this.#rttUs);
      }),
      ...this.#settings.portal.actionChunks.map(({ name }) => robot.onActionChunk(name, (chunk) => this.#chunks.load(chunk, clock.nowUs()))),
      robot.onActionDropped(({ reason }) => safety.refuse(reason)),
      robot.onActiveOperatorChanged((identity) => this.#setDriver(safety, identity)),
    );
    registerRobotRpc({
      robot,
      safety,
      describe: () => this.#describe(),
      supervisors: this.#settings.robot.supervisors,
      nowUs: () => clock.nowUs(),
      stop: (by) => this.#stopMotion(by),
      clearStop: () => this.#clearStop(),
    });
  }

  #setDriver(safety: Safety, identity: string | null): void {
    this.#chunks.drop();
    safety.setDriver(identity, this.#ports.clock.nowUs());
  }

  #stopMotion(by: string): void {
    this.#safety?.stop(by);
    this.#chunks.drop();
    this.#ports.output.event({ event: 'warning', tag: 'stop', message: `STOP by ${by}`, count: 1 });
  }

  /** Nobody drives afterwards: clearing must not resume what was commanded before. */
  async #clearStop(): Promise<void> {
    if (this.#safety?.clearStop() === true) this.#ports.output.event({ event: 'warning', tag: 'stop-cleared', message: 'STOP was cleared', count: 1 });
    if (this.#isConnected) await this.#robot.setActiveOperator(null);
  }

  async #tick(safety: Safety): Promise<void> {
    // A bus that is slower than the loop must not be asked twice at once.
    if (this.#isTicking) return;
    this.#isTicking = true;
    try {
      this.#reading = await this.#follower.read();
      this.#missedReads = 0;
      safety.setFault(null);
      const nowUs = this.#ports.clock.nowUs();
      const row = this.#chunks.due(nowUs);
      if (row !== null) safety.offer(row, nowUs, this.#rttUs);
      safety.wrote(await this.#follower.write(safety.tick(nowUs, this.#reading.positions)));
      if (safety.state.word !== 'ACTIVE' && safety.state.word !== 'ALIGNING') this.#chunks.drop();
    } catch (thrown) {
      this.#missedReads += 1;
      const { message } = toPortalError(thrown, 'DEVICE_FAILED');
      if (this.#missedReads === MAX_MISSED_READS) this.#ports.output.event({ event: 'error', code: 'DEVICE_FAILED', message });
      if (this.#missedReads >= MAX_MISSED_READS) safety.setFault(message);
    } finally {
      this.#isTicking = false;
    }
    this.#publishState(safety);
  }

  #publishState(safety: Safety): void {
    if (!this.#isConnected || safety.state === this.#published) return;
    this.#published = safety.state;
    this.#robot.publishHostState(safety.state);
  }

  async #openCameras(): Promise<void> {
    const [first, ...others] = this.#cameras;
    if (first === undefined) {
      this.#stops.push(startTicker(this.#ports.clock, this.#settings.portal.fps, () => this.#sendState(this.#ports.clock.nowUs())));
      return;
    }
    // One state a picture of the first camera, with its time: more states than frames would only push each other out of the
    // operator's buffer and shorten the window in which a late frame still finds its state.
    await first.open((frame) => {
      this.#sendState(frame.timestampUs);
      this.#sendFrame(frame);
    });
    for (const camera of others) await camera.open((frame) => this.#sendFrame(frame));
  }

  #sendState(timestampUs: number): void {
    if (!this.#isConnected) return;
    this.#guarded('state', () => this.#robot.sendState(toValues(this.#settings.portal.state, this.#reading.positions), timestampUs));
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
    this.#safety?.setConnected(true);
    if (this.#safety !== null) this.#setDriver(this.#safety, robot.activeOperator);
    output.event({ event: 'connected', identity: robot.localIdentity ?? this.#settings.identity, session: this.#settings.session, url });
    this.#ports.log.info('connected', { url, atUs: clock.nowUs() });
  }

  #onLost(reason: string): void {
    this.#isConnected = false;
    this.#chunks.drop();
    this.#safety?.setConnected(false);
    this.#ports.output.event({ event: 'disconnected', reason });
  }

  #report(safety: Safety): void {
    const { output } = this.#ports;
    const metrics = this.#robot.metrics();
    this.#rttUs = metrics.rtt.rtt_us_last;
    const status = safety.status;
    const refused = Object.values(status.refused).reduce((sum, count) => sum + count, 0);
    output.event({ event: 'metrics', role: 'robot-host', state: status.state.word, executed: status.executed, refused, ...metrics });
    const driver = this.#robot.activeOperator;
    output.status(robotStatusLine(status, driver, metrics, this.#robot.operators.length), `${status.state.word} ${driver ?? ''}`);
  }

  #describe(): HostDescription {
    const { safety, claimPolicy } = this.#settings.robot;
    return {
      product: 'portal-console',
      version: this.#ports.appVersion,
      joints: this.#follower.features.map(({ name, min, max, unit }) => ({ name, min, max, unit })),
      cameras: this.#cameras.map(({ name, width, height, fps }) => ({ name, width, height, fps })),
      safety: { holdAfterMs: safety.hold_after_ms, maxAgeMs: safety.max_age_ms, slewPercentPerS: safety.slew_percent_per_s },
      claimPolicy: claimPolicy.kind,
    };
  }
}
