import type { Callback, Unsubscribe } from './callbacks.ts';
import { checkTarget } from './claim.ts';
import { Claimant } from './claimant.ts';
import type { PortalConfig } from './config.ts';
import { DEFAULT_MAX_FRAME_PIXELS } from './frame-intake.ts';
import type { HostState } from './host-state.ts';
import { Link, type LinkHooks, type PortalPorts, type RpcOptions } from './link.ts';
import type { PortalMetrics } from './metrics.ts';
import { TOPIC } from './names.ts';
import { type ActionOptions, OperatorActions } from './operator-actions.ts';
import { RobotView, type VideoDemand } from './robot-view.ts';
import type { RosterChange } from './roster.ts';
import type { ConnectionState, DataPacket, DisconnectReason, RpcHandler } from './transport.ts';
import type { Action, ActionChunk, Observation, ShadowAction, ShadowActionChunk, State, Values, VideoFrame } from './types.ts';
import { requireSupportedVideo } from './video-support.ts';
import type { Warning } from './warn-once.ts';
import type { WarningTotals } from './warning-tags.ts';
import type { ChunkColumns } from './wire.ts';

export interface OperatorOptions {
  /** Shared key as text; every side needs the same one. */
  e2eeKey?: string;
  /** Whom to take for the robot, for certain. Default: the first participant seen with that role. */
  robotIdentity?: string;
  /** Default `pixels`. */
  video?: VideoDemand;
  /** Largest byte-stream frame that is decoded; default 4096 × 4096. */
  maxFramePixels?: number;
  /** Receive the actions and chunks of every operator, see `onShadowAction`. Default false, and then it costs nothing. */
  shadowTap?: boolean;
}

/** An operator's side of a session: receives states, video and observations, sends actions, claims control. */
export class Operator {
  readonly #link: Link;
  readonly #view: RobotView;
  readonly #claimant: Claimant;
  readonly #actions: OperatorActions;

  /** Throws NOT_SUPPORTED for a track that `ports` have no codec for. */
  constructor(config: PortalConfig, ports: PortalPorts, options: OperatorOptions = {}) {
    requireSupportedVideo(config, ports.frameCodecs);
    const link = new Link('operator', config, ports, options, this.#hooks());
    const { clock, transport } = link;
    this.#link = link;
    this.#view = new RobotView(config, link, { codecs: ports.frameCodecs ?? {}, demand: options.video ?? 'pixels', maxPixels: options.maxFramePixels ?? DEFAULT_MAX_FRAME_PIXELS });
    this.#claimant = new Claimant({ clock, transport });
    this.#actions = new OperatorActions(config, link, () => this.#view.robotNowUs(), options.shadowTap === true);
  }

  /** Rejects with SERVER_UNREACHABLE, TOKEN_REFUSED, CONNECT_TIMEOUT, ROLE_NOT_SET, DUPLICATE_IDENTITY or ALREADY_CONNECTED. */
  connect(url: string, token: string): Promise<void> {
    return this.#link.connect(url, token);
  }

  /** Idempotent. */
  disconnect(): Promise<void> {
    return this.#link.disconnect();
  }

  /** Fields that are missing keep the last value sent. Throws VALUE_INVALID and NOT_CONNECTED. */
  sendAction(values: Values, options: ActionOptions = {}): void {
    this.#actions.send(values, options);
  }

  /** A short column is filled with 0, a long one cut. Throws UNKNOWN_CHUNK, VALUE_INVALID and NOT_CONNECTED. */
  sendActionChunk(name: string, columns: ChunkColumns, options: ActionOptions = {}): void {
    this.#actions.sendChunk(name, columns, options);
  }

  /** Every observation; to an async callback that is still running, the newest. */
  onObservation(callback: Callback<Observation>): Unsubscribe {
    return this.#view.observer.onObservation(callback);
  }

  /** Every state as it arrives, in order. */
  onState(callback: Callback<State>): Unsubscribe {
    return this.#view.observer.onState(callback);
  }

  /** Every frame as it arrives; to an async callback that is still running, the newest. Throws UNKNOWN_TRACK. */
  onVideoFrame(track: string, callback: Callback<VideoFrame>): Unsubscribe {
    return this.#view.observer.onVideoFrame(track, callback);
  }

  /** States that will be in no observation. */
  onDrop(callback: Callback<State[]>): Unsubscribe {
    return this.#view.observer.onDrop(callback);
  }

  /** The last one of the robot that is here; null before it, and when the robot left. */
  getObservation(): Observation | null {
    return this.#view.observer.lastObservation;
  }

  getState(): State | null {
    return this.#view.observer.lastState;
  }

  /** Throws UNKNOWN_TRACK. */
  getVideoFrame(track: string): VideoFrame | null {
    return this.#view.observer.lastFrame(track);
  }

  /** With action subscription: every action of the operator in control, this one included, in order. */
  onAction(callback: Callback<Action>): Unsubscribe {
    return this.#actions.executed.onAction(callback);
  }

  /** As `onAction`. Throws UNKNOWN_CHUNK. */
  onActionChunk(name: string, callback: Callback<ActionChunk>): Unsubscribe {
    return this.#actions.executed.onActionChunk(name, callback);
  }

  getAction(): Action | null {
    return this.#actions.executed.getAction();
  }

  /** Throws UNKNOWN_CHUNK. */
  getActionChunk(name: string): ActionChunk | null {
    return this.#actions.executed.getActionChunk(name);
  }

  /**
   * With `shadowTap`: every action of every operator, this one included, in the order they arrived here, marked executed
   * or not, half a second after its arrival: see `ShadowAction.executed`. Throws NOT_SUPPORTED without it.
   */
  onShadowAction(callback: Callback<ShadowAction>): Unsubscribe {
    return this.#actions.tap.onAction(callback);
  }

  /** As `onShadowAction`. Throws UNKNOWN_CHUNK too. */
  onShadowActionChunk(name: string, callback: Callback<ShadowActionChunk>): Unsubscribe {
    return this.#actions.tap.onActionChunk(name, callback);
  }

  /** The robot that counts; null while there is none. */
  get robotIdentity(): string | null {
    return this.#link.roster.robot?.identity ?? null;
  }

  onRobotJoined(callback: Callback<string>): Unsubscribe {
    return this.#view.onJoined.add(callback);
  }

  onRobotLeft(callback: Callback<string>): Unsubscribe {
    return this.#view.onLeft.add(callback);
  }

  /** What our robot host says of itself; null for robots that say nothing. */
  get hostState(): HostState | null {
    return this.#view.hostState;
  }

  onHostState(callback: Callback<HostState | null>): Unsubscribe {
    return this.#view.onHostState.add(callback);
  }

  setVideoDemand(demand: VideoDemand): void {
    this.#view.setDemand(demand);
  }

  /** A frame that was presented elsewhere, in a window for instance: it counts for synchronization, without pixels. Throws UNKNOWN_TRACK. */
  noteFrame(track: string, timestampUs: number): void {
    this.#view.noteFrame(track, timestampUs);
  }

  get localIdentity(): string | null {
    return this.#link.localIdentity;
  }

  /** Whom the robot obeys; null = nobody, or no robot here. */
  get activeOperator(): string | null {
    return this.#link.roster.activeOperator;
  }

  /**
   * Asks the robot to obey this one from now on; null = nobody. Rejects with ROBOT_ABSENT, NOT_AUTHORISED (the robot's
   * policy), VALUE_INVALID, NOT_CONNECTED, RPC_TIMEOUT or RPC_FAILED.
   */
  async setActiveOperator(identity: string | null): Promise<void> {
    checkTarget(identity);
    this.#link.requireOpen('claiming control');
    await this.#claimant.claim(this.#link.roster, identity);
  }

  /** Other operators, in the order they came. */
  get operators(): string[] {
    return this.#link.roster.operators;
  }

  onOperatorJoined(callback: Callback<string>): Unsubscribe {
    return this.#link.attendance.onOperatorJoined.add(callback);
  }

  onOperatorLeft(callback: Callback<string>): Unsubscribe {
    return this.#link.attendance.onOperatorLeft.add(callback);
  }

  onActiveOperatorChanged(callback: Callback<string | null>): Unsubscribe {
    return this.#link.onActiveOperatorChanged.add(callback);
  }

  onConnection(callback: (state: ConnectionState, reason: DisconnectReason | null) => void | Promise<void>): Unsubscribe {
    return this.#link.onConnection(callback);
  }

  onWarning(callback: Callback<Warning>): Unsubscribe {
    return this.#link.alarms.onWarning(callback);
  }

  /** Before or after connect. A thrown PortalError with `rpcCode` crosses with that code, any other error as 1500. */
  registerRpcMethod(name: string, handler: RpcHandler): void {
    this.#link.transport.registerRpc(name, handler);
  }

  unregisterRpcMethod(name: string): void {
    this.#link.transport.unregisterRpc(name);
  }

  /** Default destination: the robot, else the only other participant. Rejects with NO_PEER, RPC_FAILED or RPC_TIMEOUT. */
  performRpc(method: string, payload: string, options: RpcOptions = {}): Promise<string> {
    return this.#link.performRpc(method, payload, this.robotIdentity, options);
  }

  /** How often each warning came since this was made; `resetMetrics` leaves it. */
  warnings(): WarningTotals {
    return this.#link.alarms.totals();
  }

  metrics(): PortalMetrics {
    const { sync, fill } = this.#view.observer.stats();
    return this.#link.metrics.snapshot(sync, fill, this.#link.pinger.metrics());
  }

  resetMetrics(): void {
    this.#link.metrics.reset();
    this.#link.pinger.reset();
    this.#view.observer.resetStats();
  }

  #hooks(): LinkHooks {
    return {
      entered: () => { this.#actions.entered(); },
      ended: () => { this.#view.forget(); this.#actions.ended(); },
      joined: () => undefined,
      left: () => undefined,
      rosterChanged: (change) => { this.#rosterChanged(change); },
      localChanged: () => undefined,
      data: (packet) => { this.#takeData(packet); },
      bytes: (stream) => {
        if (stream.topic === TOPIC.actionChunk) this.#actions.takeChunk(stream);
        else if (stream.topic === TOPIC.frameVideo) this.#view.takeStream(stream);
      },
      trackAvailable: (track) => { this.#view.checkTrack(track); },
      videoFrame: (track, frame) => { this.#view.takeFrame(track, frame); },
      rttPartner: () => this.robotIdentity,
      answersPing: (peer) => this.#link.roster.isRobot(peer),
    };
  }

  #rosterChanged(change: RosterChange): void {
    switch (change.kind) {
      case 'robot-pinned':
        this.#view.pinned(change.peer.identity);
        break;
      case 'robot-left':
        this.#view.left(change.peer.identity);
        this.#claimant.robotLeft(change.peer.identity);
        break;
      case 'active-operator-changed':
        this.#actions.pointerChanged(change.identity);
        this.#claimant.pointerChanged(change.identity);
        this.#link.onActiveOperatorChanged.push(change.identity);
        break;
      case 'host-state-changed':
        this.#view.hostStateChanged(change.text);
    }
  }

  #takeData(packet: DataPacket): void {
    const { topic, payloadBorrow, from } = packet;
    if (topic === TOPIC.action) {
      this.#actions.takeAction(packet);
    } else if (topic === TOPIC.state) {
      if (this.#link.roster.isRobot(from)) this.#view.observer.takeState(payloadBorrow);
      else if (from !== null) this.#link.alarms.warn('second-robot', `state ${from.identity}`, `${from.identity} sends states but is not the robot; they are ignored. End that program, or give its robot a session of its own.`);
    }
  }
}
