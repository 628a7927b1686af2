import type { Clock } from '../../shared/portal/clock.ts';
import { PortalError } from '../../shared/portal/errors.ts';
import type { Calibration, FollowerArm, JointFeature, JointReading } from './device.ts';
import { JointMotion, type JointDynamics } from './joint-motion.ts';
import { SO101_JOINTS } from '../../shared/so101-joints.ts';
import { SweepCalibration } from './sweep-calibration.ts';

/** About what STS3215 servos do unloaded at 7.4 V; the gripper is counted in percent. */
const DYNAMICS: Record<string, JointDynamics> = {
  deg: { maxSpeed: 280, maxAcceleration: 2500, stiffness: 22 },
  '%': { maxSpeed: 300, maxAcceleration: 3000, stiffness: 22 },
};

/** The simulated SO-101 follower: limits, speed, lag. It moves while nobody looks, like a real one, and depends on the clock alone. */
export class SimArm implements FollowerArm {
  readonly features: readonly JointFeature[];
  readonly #clock: Clock;
  readonly #joints = new Map<string, { feature: JointFeature; motion: JointMotion; goal: number }>();

  constructor(clock: Clock, features: readonly JointFeature[] = SO101_JOINTS) {
    this.#clock = clock;
    this.features = features;
  }

  open(): Promise<void> {
    const nowUs = this.#clock.nowUs();
    for (const feature of this.features) {
      const motion = new JointMotion(DYNAMICS[feature.unit] ?? { maxSpeed: 280, maxAcceleration: 2500, stiffness: 22 }, feature.rest, nowUs);
      this.#joints.set(feature.name, { feature, motion, goal: feature.rest });
    }
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#joints.clear();
    return Promise.resolve();
  }

  read(): Promise<JointReading> {
    return Promise.resolve().then(() => this.#readNow());
  }

  write(goals: Readonly<Record<string, number>>): Promise<Record<string, number>> {
    return Promise.resolve().then(() => this.#writeNow(goals));
  }

  /** It never lets go by itself. */
  rearm(): Promise<void> {
    return Promise.resolve();
  }

  /** It has no weight: let go, it stays where it is. */
  release(): Promise<void> {
    return Promise.resolve().then(() => {
      const { positions } = this.#readNow();
      this.#writeNow(positions);
    });
  }

  calibration(): Calibration {
    return new SweepCalibration(this.features);
  }

  #readNow(): JointReading {
    const timestampUs = this.#clock.nowUs();
    this.#mustBeOpen();
    const positions: Record<string, number> = {};
    for (const [name, joint] of this.#joints) positions[name] = joint.motion.advance(joint.goal, timestampUs);
    return { positions, timestampUs };
  }

  #writeNow(goals: Readonly<Record<string, number>>): Record<string, number> {
    const nowUs = this.#clock.nowUs();
    this.#mustBeOpen();
    const applied: Record<string, number> = {};
    for (const [name, value] of Object.entries(goals)) {
      const joint = this.#joints.get(name);
      if (joint === undefined) throw new PortalError('DEVICE_FAILED', `The arm has no joint ${name}`, { expected: [...this.#joints.keys()].join(', '), got: name });
      if (!Number.isFinite(value)) throw new PortalError('DEVICE_FAILED', `The goal of ${name} is not a number`, { got: String(value) });
      // What happened up to now happened under the old goal.
      joint.motion.advance(joint.goal, nowUs);
      joint.goal = Math.min(joint.feature.max, Math.max(joint.feature.min, value));
      applied[name] = joint.goal;
    }
    return applied;
  }

  #mustBeOpen(): void {
    if (this.#joints.size === 0) throw new PortalError('DEVICE_FAILED', 'The simulated arm is not open');
  }
}
