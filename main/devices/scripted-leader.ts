import type { Clock } from '../../shared/portal/clock.ts';
import { PortalError } from '../../shared/portal/errors.ts';
import { so101Joint } from '../../shared/so101-joints.ts';
import type { JointFeature, JointReading, ScriptedArm } from './device.ts';

/** Share of a joint's range the wave swings to each side, and the time of one swing. Unequal periods, so that joints are told apart by eye. */
const WAVES: Readonly<Record<string, { share: number; periodS: number }>> = {
  'shoulder_pan.pos': { share: 0.14, periodS: 7 },
  'shoulder_lift.pos': { share: 0.07, periodS: 5 },
  'elbow_flex.pos': { share: 0.09, periodS: 4 },
  'wrist_flex.pos': { share: 0.12, periodS: 3 },
  'wrist_roll.pos': { share: 0.15, periodS: 6 },
  'gripper.pos': { share: 0.25, periodS: 2.5 },
};
const OTHERS = { share: 0.05, periodS: 5 };
/** The swing grows to its full size over this time, and drifts from where it began to its middle over twice of it. */
const EASE_S = 3;

/** A policy stand-in: a gentle wave on several joints that begins at whatever pose it is started from. Depends on the clock alone. */
export class ScriptedLeader implements ScriptedArm {
  readonly features: readonly JointFeature[];
  readonly #clock: Clock;
  #startUs: number | null = null;
  #from: Readonly<Record<string, number>> = {};

  constructor(clock: Clock, features: readonly JointFeature[]) {
    this.#clock = clock;
    this.features = features;
  }

  open(): Promise<void> {
    this.startFrom({});
    return Promise.resolve();
  }

  /** Begins the wave anew. */
  startFrom(pose: Readonly<Record<string, number>>): void {
    this.#startUs = this.#clock.nowUs();
    this.#from = { ...pose };
  }

  read(): Promise<JointReading> {
    const timestampUs = this.#clock.nowUs();
    if (this.#startUs === null) return Promise.reject(new PortalError('DEVICE_FAILED', 'The scripted leader is not open'));
    const seconds = (timestampUs - this.#startUs) / 1_000_000;
    const positions: Record<string, number> = {};
    for (const feature of this.features) positions[feature.name] = this.#position(feature, seconds);
    return Promise.resolve({ positions, timestampUs });
  }

  close(): Promise<void> {
    this.#startUs = null;
    return Promise.resolve();
  }

  #position({ name, min, max, rest }: JointFeature, seconds: number): number {
    const { share, periodS } = WAVES[so101Joint(name)?.name ?? name] ?? OTHERS;
    const grown = Math.min(1, seconds / EASE_S);
    const drifted = Math.min(1, seconds / (2 * EASE_S));
    const start = this.#from[name] ?? rest;
    const middle = start + (rest - start) * drifted * drifted * (3 - 2 * drifted);
    const swing = share * (max - min) * grown * grown * (3 - 2 * grown);
    return Math.min(max, Math.max(min, middle + swing * Math.sin((2 * Math.PI * seconds) / periodS)));
  }
}
