import type { LeaderInfo } from '../shared/console-state.ts';
import type { Clock } from '../shared/portal/clock.ts';
import type { PortalConfig } from '../shared/portal/config.ts';
import { toPortalError, type PortalError } from '../shared/portal/errors.ts';
import type { Operator } from '../shared/portal/operator.ts';
import { leaderFeatures } from './console-view.ts';
import type { JointFeature, PuppetLeader } from './devices/device.ts';
import { toValues } from './joint-schema.ts';
import type { DevicePorts } from './ports.ts';
import { startTicker } from './ticker.ts';

export interface DriveLeaderPorts {
  clock: Clock;
  makeLeader: DevicePorts['simLeader'];
  /** What kept an action from being sent; once until one goes out again. */
  onError: (error: PortalError) => void;
}

/** The console's simulated leader and its loop: sends while this console drives, mirrors the follower otherwise. */
export class DriveLeader {
  readonly #operator: Operator;
  readonly #portal: PortalConfig;
  readonly #clock: Clock;
  readonly #rateHz: number;
  readonly #makeLeader: DevicePorts['simLeader'];
  readonly #onError: (error: PortalError) => void;
  #isFailing = false;
  #leader: PuppetLeader;
  #target: Record<string, number> = {};
  #stop: () => void = () => undefined;
  #unanswered: number | null = null;

  constructor(operator: Operator, portal: PortalConfig, ports: DriveLeaderPorts, rateHz: number) {
    this.#operator = operator;
    this.#portal = portal;
    this.#clock = ports.clock;
    this.#makeLeader = ports.makeLeader;
    this.#onError = ports.onError;
    this.#rateHz = rateHz;
    this.#leader = ports.makeLeader(leaderFeatures(portal, null));
  }

  get info(): LeaderInfo {
    return { kind: this.#leader.features.length === 0 ? 'none' : 'sim_leader', rateHz: this.#rateHz, target: { ...this.#target } };
  }

  async start(): Promise<void> {
    await this.#leader.open();
    await this.#readTarget();
    this.#stop = startTicker(this.#clock, this.#rateHz, () => void this.#send());
  }

  async stop(): Promise<void> {
    this.#stop();
    await this.#leader.close();
  }

  /** Other ranges, as the robot tells them; joints stay where they are as far as they can. */
  async setFeatures(features: readonly JointFeature[]): Promise<void> {
    const next = this.#makeLeader(features);
    await next.open();
    next.mirror(this.#target);
    this.#leader = next;
    await this.#readTarget();
  }

  /** Throws UNKNOWN_FIELD. */
  moveJoint(name: string, value: number): void {
    this.#target = { ...this.#target, [name]: this.#leader.moveJoint(name, value) };
  }

  /** So that taking control starts from where the robot is. */
  mirror(positions: Readonly<Record<string, number>>): void {
    this.#leader.mirror(positions);
    void this.#readTarget();
  }

  /** The next action answers this observation. */
  answers(timestampUs: number): void {
    this.#unanswered = timestampUs;
  }

  async #readTarget(): Promise<void> {
    this.#target = (await this.#leader.read()).positions;
  }

  async #send(): Promise<void> {
    const operator = this.#operator;
    const me = operator.localIdentity;
    if (me === null || operator.activeOperator !== me || this.#leader.features.length === 0) return;
    try {
      const reading = await this.#leader.read();
      const inReplyToTsUs = this.#unanswered;
      this.#unanswered = null;
      operator.sendAction(toValues(this.#portal.action, reading.positions), { timestampUs: reading.timestampUs, inReplyToTsUs });
      this.#isFailing = false;
    } catch (thrown) {
      const error = toPortalError(thrown);
      // The session may end between two ticks.
      if (error.code !== 'NOT_CONNECTED' && !this.#isFailing) this.#onError(error);
      this.#isFailing = true;
    }
  }
}
