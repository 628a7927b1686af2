import type { Clock } from '../../shared/portal/clock.ts';
import { PortalError } from '../../shared/portal/errors.ts';
import type { JogArm, JogInput, JointFeature, JointReading } from './device.ts';
import type { SimLeader } from './sim-leader.ts';

/** An input of before counts this long: keys and pads are told all the time while they are used. */
const INPUT_FRESH_US = 150_000;
const FAST = 3;
/** A pause between two readings moves nothing further than this. */
const LONGEST_STEP_US = 50_000;

/** A leader without an arm: it moves with the speeds that are asked for, and stands when nothing is asked for any more. */
export class JogLeader implements JogArm {
  readonly features: readonly JointFeature[];
  readonly #clock: Clock;
  readonly #puppet: SimLeader;
  readonly #unitsPerS: number;
  #input: JogInput = { velocities: {}, isFast: false };
  #inputUs = 0;
  #readUs: number | null = null;

  readonly #needsInput: boolean;

  /** `unitsPerS`: the speed of an input of 1, in each joint's unit. `needsInput`: without one it cannot be read, as a gamepad that is gone. */
  constructor(clock: Clock, puppet: SimLeader, { unitsPerS, needsInput }: { unitsPerS: number; needsInput: boolean }) {
    this.#clock = clock;
    this.#puppet = puppet;
    this.#unitsPerS = unitsPerS;
    this.#needsInput = needsInput;
    this.features = puppet.features;
  }

  open(): Promise<void> {
    return this.#puppet.open();
  }

  close(): Promise<void> {
    return this.#puppet.close();
  }

  /** Joints it does not have, and numbers that are none, move nothing. */
  jog(input: JogInput): void {
    this.#input = input;
    this.#inputUs = this.#clock.nowUs();
  }

  /** Rejects with DEVICE_FAILED where an input is needed and none comes. */
  async read(): Promise<JointReading> {
    const nowUs = this.#clock.nowUs();
    const elapsedUs = this.#readUs === null ? 0 : Math.min(LONGEST_STEP_US, Math.max(0, nowUs - this.#readUs));
    this.#readUs = nowUs;
    const before = await this.#puppet.read();
    if (nowUs - this.#inputUs > INPUT_FRESH_US) {
      if (this.#needsInput) throw new PortalError('DEVICE_FAILED', 'no gamepad is heard', { fix: 'Plug it in, and press one of its buttons while this window is in front.' });
      return before;
    }
    const speed = this.#unitsPerS * (this.#input.isFast ? FAST : 1);
    for (const { name } of this.features) {
      const share = this.#input.velocities[name];
      const position = before.positions[name];
      if (share === undefined || position === undefined || !Number.isFinite(share) || share === 0) continue;
      this.#puppet.moveJoint(name, position + (Math.min(1, Math.max(-1, share)) * speed * elapsedUs) / 1_000_000);
    }
    return this.#puppet.read();
  }

  moveJoint(name: string, value: number): number {
    return this.#puppet.moveJoint(name, value);
  }

  mirror(pose: Readonly<Record<string, number>>): void {
    this.#puppet.mirror(pose);
  }
}
