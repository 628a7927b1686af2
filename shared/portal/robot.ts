import { ActionInlet } from './action-inlet.ts';
import { AttributePost } from './attribute-post.ts';
import type { Callback, Callbacks, Unsubscribe } from './callbacks.ts';
import { answerClaim, checkTarget } from './claim.ts';
import type { ClaimPolicy } from './claim-policy.ts';
import type { PortalConfig } from './config.ts';
import { Gate } from './gate.ts';
import type { HostState } from './host-state.ts';
import { Link, type LinkHooks, type PortalPorts, type RpcOptions } from './link.ts';
import type { PortalMetrics } from './metrics.ts';
import { ATTRIBUTE, RPC_METHOD, TOPIC } from './names.ts';
import { stateLayout } from './packet-layout.ts';
import { Pointer } from './pointer.ts';
import { RowOutlet } from './row-outlet.ts';
import { reservedMethod } from './session-errors.ts';
import type { ConnectionState, DataPacket, DisconnectReason, Peer, RpcHandler } from './transport.ts';
import type { Action, ActionChunk, PixelFormat, Values } from './types.ts';
import { VideoOutlet } from './video-outlet.ts';
import { requireSupportedVideo } from './video-support.ts';
import type { Warning } from './warn-once.ts';
import type { WarningTotals } from './warning-tags.ts';

export interface RobotOptions {
  /** Shared key as text; every side needs the same one. */
  e2eeKey?: string;
  /** Who may give control over the room. Default: anyone who has an identity, to anyone who is there. */
  claimPolicy?: ClaimPolicy;
}

/** An action that was not taken. `sender` null = the server named none. */
export interface DroppedAction {
  sender: string | null;
  reason: 'sender' | 'session' | 'schema';
}

export interface FrameOptions {
  width: number;
  height: number;
  /** Default: now. Give the same timestamp to the state that belongs to the picture. */
  timestampUs?: number;
  /** Default rgb24. */
  format?: PixelFormat;
}

/** The robot's side of a session: sends state and video, takes actions of the one operator in control. */
export class Robot {
  readonly #link: Link;
  readonly #config: PortalConfig;
  readonly #gate = new Gate();
  readonly #pointer: Pointer;
  readonly #inlet: ActionInlet;
  readonly #states: RowOutlet;
  readonly #video: VideoOutlet;
  readonly #hostState: AttributePost;
  readonly #onActionDropped: Callbacks<DroppedAction>;

  /** Throws NOT_SUPPORTED for a track that `ports` have no codec for. */
  constructor(config: PortalConfig, ports: PortalPorts, options: RobotOptions = {}) {
    requireSupportedVideo(config, ports.frameCodecs);
    const link = new Link('robot', config, ports, options, this.#hooks());
    const { clock, transport, metrics, alarms } = link;
    const { warn } = alarms;
    this.#link = link;
    this.#config = config;
    this.#inlet = new ActionInlet(config, { clock, metrics, alarms, robotNowUs: () => clock.nowUs() });
    this.#states = new RowOutlet(stateLayout(config.state), warn);
    this.#video = new VideoOutlet(config, { clock, transport, metrics, warn, codecs: ports.frameCodecs ?? {} });
    this.#pointer = new Pointer({
      write: (text) => link.setAttributes({ [ATTRIBUTE.activeOperator]: text }),
      applied: (identity, changed) => { this.#applyPointer(identity, changed); },
    });
    this.#hostState = new AttributePost(
      (text) => link.setAttributes({ [ATTRIBUTE.hostState]: text }),
      (thrown) => { warn('host-state-failed', '', `the robot's state was not published: ${String(thrown)}. Operators see an old one.`); },
    );
    this.#onActionDropped = alarms.callbacks();
    transport.registerRpc(RPC_METHOD.setActiveOperator, (request) => answerClaim({
      policy: options.claimPolicy ?? { kind: 'anyone' },
      localIdentity: () => link.localIdentity,
      roster: () => link.roster,
      holder: () => this.#pointer.identity,
      give: (identity) => this.#pointer.set(identity),
      onRefused: (caller, reason) => { warn('claim-refused', caller, `a claim of ${caller || 'a participant without an identity'} was refused: ${reason}`); },
    }, request));
  }

  /** Rejects with SERVER_UNREACHABLE, TOKEN_REFUSED, CONNECT_TIMEOUT, ROLE_NOT_SET, DUPLICATE_IDENTITY or ALREADY_CONNECTED. */
  connect(url: string, token: string): Promise<void> {
    return this.#link.connect(url, token);
  }

  /** Idempotent. */
  disconnect(): Promise<void> {
    return this.#link.disconnect();
  }

  /** Fields that are missing keep the last value sent. `timestampUs` default: now. Throws VALUE_INVALID and NOT_CONNECTED. */
  sendState(values: Values, timestampUs: number = this.#link.clock.nowUs()): void {
    this.#link.requireOpen('sending a state');
    this.#link.publish(TOPIC.state, this.#states.packet(values, timestampUs, null), this.#config.stateReliable);
    this.#link.metrics.stateSent();
  }

  /**
   * `pixels` are borrowed. WebRTC tracks take even sizes only, byte-stream tracks any. False = dropped, because the encoder is
   * still taking the last frame; on a byte-stream track the newest is always taken, and may replace one that waited.
   * Throws FRAME_INVALID, VALUE_INVALID (the timestamp), UNKNOWN_TRACK and NOT_CONNECTED.
   */
  sendVideoFrame(track: string, pixels: Uint8Array, options: FrameOptions): boolean {
    this.#link.requireOpen(`sending a frame of '${track}'`);
    const { width, height, timestampUs = this.#link.clock.nowUs(), format = 'rgb24' } = options;
    return this.#video.send({ track, width, height, format, data: pixels, timestampUs });
  }

  /** Every action of the operator in control, in order. */
  onAction(callback: Callback<Action>): Unsubscribe {
    return this.#inlet.onAction(callback);
  }

  /** Throws UNKNOWN_CHUNK. */
  onActionChunk(name: string, callback: Callback<ActionChunk>): Unsubscribe {
    return this.#inlet.onActionChunk(name, callback);
  }

  /** The last action taken; null once another operator, or nobody, is in control. */
  getAction(): Action | null {
    return this.#inlet.getAction();
  }

  /** As `getAction`. Throws UNKNOWN_CHUNK. */
  getActionChunk(name: string): ActionChunk | null {
    return this.#inlet.getActionChunk(name);
  }

  /** Actions and chunks that were not taken: not the active operator, another session of it, or another schema. */
  onActionDropped(callback: Callback<DroppedAction>): Unsubscribe {
    return this.#onActionDropped.add(callback);
  }

  /** Shown by every console in the room; kept for the next session. */
  publishHostState(state: HostState): void {
    this.#hostState.post(JSON.stringify(state));
  }

  get localIdentity(): string | null {
    return this.#link.localIdentity;
  }

  get activeOperator(): string | null {
    return this.#pointer.identity;
  }

  /** Gives control, also to somebody who is not there yet; null = nobody, at once. Rejects with VALUE_INVALID, NOT_CONNECTED or PUBLISH_FAILED. */
  async setActiveOperator(identity: string | null): Promise<void> {
    checkTarget(identity);
    this.#link.requireOpen('setting the active operator');
    await this.#pointer.set(identity);
  }

  /** Identities, in the order they came. */
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

  /** Before or after connect. A thrown PortalError with `rpcCode` crosses with that code, any other error as 1500. Throws CONFIG_INVALID for Portal's own method. */
  registerRpcMethod(name: string, handler: RpcHandler): void {
    if (name === RPC_METHOD.setActiveOperator) throw reservedMethod(name);
    this.#link.transport.registerRpc(name, handler);
  }

  unregisterRpcMethod(name: string): void {
    if (name === RPC_METHOD.setActiveOperator) throw reservedMethod(name);
    this.#link.transport.unregisterRpc(name);
  }

  /** Pings whoever is in control, beyond the pace of `ping_ms`; nothing without a session. */
  pingOperator(): void {
    this.#link.pinger.ask();
  }

  /** When the newest ping that this operator has answered was sent, by this side's clock; null = it was not the last to answer one. */
  answeredPingUs(operator: string): number | null {
    return this.#link.pinger.answeredUs(operator);
  }

  /** Default destination: the active operator, else the only other participant. Rejects with NO_PEER, RPC_FAILED or RPC_TIMEOUT. */
  performRpc(method: string, payload: string, options: RpcOptions = {}): Promise<string> {
    return this.#link.performRpc(method, payload, this.#pointer.identity, options);
  }

  /** How often each warning came since this was made; `resetMetrics` leaves it. */
  warnings(): WarningTotals {
    return this.#link.alarms.totals();
  }

  metrics(): PortalMetrics {
    return this.#link.metrics.snapshot(null, null, this.#link.pinger.metrics());
  }

  resetMetrics(): void {
    this.#link.metrics.reset();
    this.#link.pinger.reset();
  }

  #hooks(): LinkHooks {
    return {
      entered: (local) => {
        this.#states.reset();
        this.#adopt(local);
        this.#hostState.repeat();
      },
      ended: () => {
        this.#pointer.reset();
        this.#video.forget();
      },
      joined: (peer) => { this.#gate.joined(peer); },
      left: (peer, isReplaced) => { this.#gate.left(peer, isReplaced); },
      rosterChanged: () => undefined,
      localChanged: (local) => { this.#adopt(local); },
      data: (packet) => { if (packet.topic === TOPIC.action) this.#takeAction(packet); },
      bytes: ({ topic, payload, from }) => {
        if (topic === TOPIC.actionChunk && this.#pass(from)) this.#judge(from, this.#inlet.takeChunk(payload, from.identity));
      },
      trackAvailable: () => undefined,
      videoFrame: () => undefined,
      rttPartner: () => this.#rttPartner(),
      answersPing: (peer) => this.#link.roster.operators.includes(peer.identity),
    };
  }

  #takeAction({ payloadBorrow, from }: DataPacket): void {
    if (this.#pass(from)) this.#judge(from, this.#inlet.takeAction(payloadBorrow, from.identity));
  }

  #pass(from: Peer | null): from is Peer {
    const verdict = this.#gate.check(from);
    if (verdict === 'accepted') return true;
    this.#onActionDropped.push({ sender: from?.identity ?? null, reason: verdict });
    return false;
  }

  #judge(from: Peer, taken: Action | ActionChunk | null): void {
    if (taken === null) this.#onActionDropped.push({ sender: from.identity, reason: 'schema' });
  }

  /** The token may seed the pointer, and whoever manages the server may move it. */
  #adopt(local: Peer): void {
    const identity = local.attributes[ATTRIBUTE.activeOperator] || null;
    if (identity !== this.#pointer.identity) this.#pointer.adopt(identity);
  }

  #applyPointer(identity: string | null, changed: boolean): void {
    this.#gate.setActive(identity, identity === null ? null : (this.#link.roster.peer(identity)?.sessionId ?? null));
    if (!changed) return;
    this.#inlet.forget();
    this.#link.onActiveOperatorChanged.push(identity);
  }

  /** Every operator answers a ping; only one of them is measured. */
  #rttPartner(): string | null {
    const { operators } = this.#link.roster;
    const active = this.#pointer.identity;
    return active !== null && operators.includes(active) ? active : (operators[0] ?? null);
  }
}
