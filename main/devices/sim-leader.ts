import type { Clock } from '../../shared/portal/clock.ts';
import { PortalError } from '../../shared/portal/errors.ts';
import type { JointFeature, JointReading, PuppetLeader } from './device.ts';

/**
 * The simulated leader: sliders and keys set its joints. While its user does not drive it is made to mirror the follower, so
 * that taking over starts from the pose the robot is in.
 */
export class SimLeader implements PuppetLeader {
  readonly features: readonly JointFeature[];
  readonly #clock: Clock;
  readonly #positions = new Map<string, number>();
  #isOpen = false;

  constructor(clock: Clock, features: readonly JointFeature[]) {
    this.#clock = clock;
    this.features = features;
    for (const feature of features) this.#positions.set(feature.name, feature.rest);
  }

  open(): Promise<void> {
    this.#isOpen = true;
    return Promise.resolve();
  }

  read(): Promise<JointReading> {
    if (!this.#isOpen) return Promise.reject(new PortalError('DEVICE_FAILED', 'The simulated leader is not open'));
    return Promise.resolve({ positions: Object.fromEntries(this.#positions), timestampUs: this.#clock.nowUs() });
  }

  close(): Promise<void> {
    this.#isOpen = false;
    return Promise.resolve();
  }

  moveJoint(name: string, value: number): number {
    const feature = this.features.find((joint) => joint.name === name);
    if (feature === undefined) {
      throw new PortalError('UNKNOWN_FIELD', `The leader has no joint ${name}`, { expected: this.features.map((joint) => joint.name).join(', '), got: name });
    }
    const clamped = Math.min(feature.max, Math.max(feature.min, value));
    if (!Number.isFinite(clamped)) throw new PortalError('VALUE_INVALID', `${name} needs a number`, { got: String(value) });
    this.#positions.set(name, clamped);
    return clamped;
  }

  mirror(pose: Readonly<Record<string, number>>): void {
    for (const { name, min, max } of this.features) {
      const value = pose[name];
      if (value !== undefined && Number.isFinite(value)) this.#positions.set(name, Math.min(max, Math.max(min, value)));
    }
  }
}
