import { ActionInlet } from './action-inlet.ts';
import type { Callback, Unsubscribe } from './callbacks.ts';
import { ChunkOutlet } from './chunk-outlet.ts';
import { checkTarget } from './claim.ts';
import { Claimant } from './claimant.ts';
import type { PortalConfig } from './config.ts';
import type { HostState } from './host-state.ts';
import { Link, type LinkHooks, type PortalPorts, type RpcOptions } from './link.ts';
import type { PortalMetrics } from './metrics.ts';
import { TOPIC } from './names.ts';
import { actionLayout } from './packet-layout.ts';
import { RobotView } from './robot-view.ts';
import type { RosterChange } from './roster.ts';
import { RowOutlet } from './row-outlet.ts';
import type { ConnectionState, DataPacket, DisconnectReason, Peer, RpcHandler } from './transport.ts';
import type { Action, ActionChunk, Observation, State, Values, VideoFrame } from './types.ts';
import { requireSupportedVideo } from './video-support.ts';
import type { Warning } from './warn-once.ts';
import type { ChunkColumns } from './wire.ts';

export interface OperatorOptions {
  /** Shared key as text; every side needs the same one. */
  e2eeKey?: string;
  /** Whom to take for the robot, for certain. Default: the first participant seen with that role. */
  robotIdentity?: string;
  /** `none`: video is not even received. Default `pixels`. */
  video?: 'pixels' | 'none';
}

export interface ActionOptions {
  /** Default: now. */
  timestampUs?: number;
  /** Timestamp of the observation it answers; the robot measures the latency with it. */
  inReplyToTsUs?: number | null;
}

/** An operator's side of a session: receives states, video and observations, sends actions, claims control. */
export class Operator {
  readonly #link: Link;
  readonly #config: PortalConfig;
  readonly #view: RobotView;
  readonly #claimant: Claimant;
  readonly #inlet: ActionInlet;
  readonly #actions: RowOutlet;
  readonly #chunks: ChunkOutlet;

  /** Throws NOT_SUPPORTED for a track that this version cannot carry. */
  constructor(config: PortalConfig, ports: PortalPorts, options: OperatorOptions = {}) {
    requireSupportedVideo(config);
    const link = new Link('operator', config, ports, options, this.#hooks());
    const { clock, transport, metrics, alarms } = link;
    this.#link = link;
    this.#config = config;
    this.#view = new RobotView(config, link, options.video !== 'none');
    this.#claimant = new Claimant({ clock, transport });
    this.#inlet = new ActionInlet(config, { clock, metrics, alarms });
    this.#actions = new RowOutlet(actionLayout(config.action), alarms.warn);
    this.#chunks = new ChunkOutlet(config.actionChunks, alarms.warn);
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
    this.#link.requireOpen('sending an action');
    const packet = this.#actions.packet(values, options.timestampUs ?? this.#link.clock.nowUs(), options.inReplyToTsUs ?? null);
    this.#link.publish(TOPIC.action, packet, this.#config.actionReliable);
    this.#link.metrics.actionSent();
    const self = this.#echoTo();
    if (self !== null) this.#inlet.takeAction(packet, self);
  }

  /** A short column is filled with 0, a long one cut. Throws UNKNOWN_CHUNK, VALUE_INVALID and NOT_CONNECTED. */
  sendActionChunk(name: string, columns: ChunkColumns, options: ActionOptions = {}): void {
    this.#link.requireOpen('sending an action chunk');
    const packet = this.#chunks.packet(name, columns, options.timestampUs ?? this.#link.clock.nowUs(), options.inReplyToTsUs ?? null);
    this.#link.publishBytes(TOPIC.actionChunk, packet);
    this.#link.metrics.chunkSent();
    const self = this.#echoTo();
    if (self !== null) this.#inlet.takeChunk(packet, self);
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
    return this.#inlet.onAction(callback);
  }

  /** As `onAction`. Throws UNKNOWN_CHUNK. */
  onActionChunk(name: string, callback: Callback<ActionChunk>): Unsubscribe {
    return this.#inlet.onActionChunk(name, callback);
  }

  getAction(): Action | null {
    return this.#inlet.getAction();
  }

  /** Throws UNKNOWN_CHUNK. */
  getActionChunk(name: string): ActionChunk | null {
    return this.#inlet.getActionChunk(name);
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

  /** `none`: tracks are not even subscribed. */
  setVideoDemand(demand: 'pixels' | 'none'): void {
    this.#view.pulls.setWanted(demand === 'pixels');
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
      entered: () => { this.#actions.reset(); },
      ended: () => { this.#view.forget(); },
      joined: () => undefined,
      left: () => undefined,
      rosterChanged: (change) => { this.#rosterChanged(change); },
      localChanged: () => undefined,
      data: (packet) => { this.#takeData(packet); },
      bytes: ({ topic, payload, from }) => { if (topic === TOPIC.actionChunk && this.#isExecuted(from)) this.#inlet.takeChunk(payload, from.identity); },
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
        this.#inlet.forget();
        this.#claimant.pointerChanged(change.identity);
        this.#link.onActiveOperatorChanged.push(change.identity);
        break;
      case 'host-state-changed':
        this.#view.hostStateChanged(change.text);
    }
  }

  #takeData({ topic, payloadBorrow, from }: DataPacket): void {
    if (topic === TOPIC.action) {
      if (this.#isExecuted(from)) this.#inlet.takeAction(payloadBorrow, from.identity);
    } else if (topic === TOPIC.state) {
      if (this.#link.roster.isRobot(from)) this.#view.observer.takeState(payloadBorrow);
      else if (from !== null) this.#link.alarms.warn('second-robot', `state ${from.identity}`, `${from.identity} sends states but is not the robot; they are ignored. End that program, or give its robot a session of its own.`);
    }
  }

  /** Whether the robot obeys the sender; only asked for with action subscription. */
  #isExecuted(from: Peer | null): from is Peer {
    return this.#config.actionSubscription && from !== null && from.identity !== '' && from.identity === this.activeOperator;
  }

  /** This side's identity when what it sends is executed and it wants to see that. */
  #echoTo(): string | null {
    const self = this.#link.localIdentity;
    return this.#config.actionSubscription && self !== null && self === this.activeOperator ? self : null;
  }
}
