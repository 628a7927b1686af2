import { createFrameCodecs } from '../../main/codecs/frame-codecs.ts';
import { systemClock } from '../../main/system-clock.ts';
import { LivekitTransport } from '../../main/transport/livekit-transport.ts';
import { toRgb } from '../../main/transport/to-rgb.ts';
import type { PortalConfig } from '../../shared/portal/config.ts';
import type { HostState } from '../../shared/portal/host-state.ts';
import { Operator, type OperatorOptions } from '../../shared/portal/operator.ts';
import { Robot, type DroppedAction, type RobotOptions } from '../../shared/portal/robot.ts';
import type { ConnectionState, DisconnectReason } from '../../shared/portal/transport.ts';
import type { Action, ActionChunk, Observation, State } from '../../shared/portal/types.ts';
import type { TestServer, TokenWish } from './livekit-server.ts';

const FRAME_CODECS = { ...createFrameCodecs(), toRgb };

type Seat = Partial<Pick<TokenWish, 'attributes' | 'grants'>>;

/** What happened to one side, in order. */
interface Happened {
  active: (string | null)[];
  joined: string[];
  left: string[];
  connections: { state: ConnectionState; reason: DisconnectReason | null }[];
  warnings: string[];
  actions: Action[];
  chunks: ActionChunk[];
}

export interface SeenRobot extends Happened {
  robot: Robot;
  dropped: DroppedAction[];
}

export interface SeenOperator extends Happened {
  operator: Operator;
  states: State[];
  observations: Observation[];
  drops: State[];
  robots: string[];
  hostStates: (HostState | null)[];
}

/** A fresh room on a real server with our roles in it, everything they announce kept for the test to look at. */
export class PortalSession {
  readonly room: string;
  readonly #server: TestServer;
  readonly #config: PortalConfig;
  readonly #sides: { disconnect(): Promise<void> }[] = [];

  constructor(server: TestServer, config: PortalConfig) {
    this.room = server.freshRoom();
    this.#server = server;
    this.#config = config;
  }

  get url(): string {
    return this.#server.url;
  }

  token(identity: string, seat: Seat = {}): Promise<string> {
    return this.#server.token({ room: this.room, identity, ...seat });
  }

  async robot(identity = 'robot', options: RobotOptions & Seat = {}): Promise<SeenRobot> {
    const robot = new Robot(this.#config, { transport: new LivekitTransport(), clock: systemClock, frameCodecs: FRAME_CODECS }, options);
    const seen: SeenRobot = { robot, dropped: [], ...this.#watch(robot) };
    robot.onActionDropped((drop) => { seen.dropped.push(drop); });
    await robot.connect(this.url, await this.token(identity, options));
    return seen;
  }

  async operator(identity: string, options: OperatorOptions & Seat & { config?: Partial<PortalConfig> } = {}): Promise<SeenOperator> {
    const config = { ...this.#config, ...options.config };
    const operator = new Operator(config, { transport: new LivekitTransport(), clock: systemClock, frameCodecs: FRAME_CODECS }, options);
    const seen: SeenOperator = { operator, states: [], observations: [], drops: [], robots: [], hostStates: [], ...this.#watch(operator) };
    operator.onState((state) => { seen.states.push(state); });
    operator.onObservation((observation) => { seen.observations.push(observation); });
    operator.onDrop((states) => { seen.drops.push(...states); });
    operator.onRobotJoined((robot) => { seen.robots.push(robot); });
    operator.onHostState((state) => { seen.hostStates.push(state); });
    await operator.connect(this.url, await this.token(identity, options));
    return seen;
  }

  /** Everybody leaves. */
  async close(): Promise<void> {
    await Promise.all(this.#sides.splice(0).map((side) => side.disconnect()));
  }

  #watch(side: Robot | Operator): Happened {
    this.#sides.push(side);
    const happened: Happened = { active: [], joined: [], left: [], connections: [], warnings: [], actions: [], chunks: [] };
    side.onActiveOperatorChanged((identity) => { happened.active.push(identity); });
    side.onOperatorJoined((identity) => { happened.joined.push(identity); });
    side.onOperatorLeft((identity) => { happened.left.push(identity); });
    side.onConnection((state, reason) => { happened.connections.push({ state, reason }); });
    side.onWarning((warning) => { happened.warnings.push(warning.tag); });
    side.onAction((action) => { happened.actions.push(action); });
    for (const { name } of this.#config.actionChunks) side.onActionChunk(name, (chunk) => { happened.chunks.push(chunk); });
    return happened;
  }
}
