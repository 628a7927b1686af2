import type { OnExit, SafetyConfig } from '../shared/station-config.ts';
import { toPortalError } from '../shared/portal/errors.ts';
import type { JointFeature } from './devices/device.ts';
import { builtInRest } from './errand.ts';
import type { Pose } from './motion.ts';
import type { RestPoseStore } from './ports.ts';

/** A joint that rests on its stop may read a little beyond its range; further out it is no place to go to. */
const BEYOND_SHARE = 0.02;
/** An arm sags under its weight by some degrees; further away than this something is in its way. */
const AT_REST_SHARE = 0.05;

/** Where an arm rests: the pose of the configuration, else the one that was captured, else the one its kind is built with. */
export class RestPose {
  readonly #joints: readonly JointFeature[];
  readonly #config: Pick<SafetyConfig, 'rest' | 'on_exit'>;
  readonly #store: RestPoseStore;
  #captured: Pose | null = null;

  /** `joints` under the limits of the configuration, `config.rest` whole and inside them. */
  constructor(joints: readonly JointFeature[], config: Pick<SafetyConfig, 'rest' | 'on_exit'>, store: RestPoseStore) {
    this.#joints = joints;
    this.#config = config;
    this.#store = store;
  }

  get pose(): Pose {
    return this.#config.rest ?? this.#captured ?? builtInRest(this.#joints);
  }

  /** Where a pose of one's own is from; null = there is none. */
  get origin(): 'configured' | 'captured' | null {
    return this.#config.rest !== null ? 'configured' : this.#captured !== null ? 'captured' : null;
  }

  /** What an orderly end does with the arm. One that nobody gave a rest pose is not sent to the built-in one unasked. */
  get onExit(): OnExit {
    return this.#config.on_exit ?? (this.origin === null ? 'hold' : 'park');
  }

  /** Takes up the pose that was captured before. Returns why it is not used; null = it is, or there is none. */
  load(): string | null {
    if (this.#config.rest !== null) return null;
    try {
      const kept = this.#store.load();
      if (kept === null) return null;
      const pose = Object.fromEntries(this.#joints.map(({ name }) => [name, kept[shortName(name)] ?? Number.NaN]));
      const misfit = this.#misfit(pose);
      if (misfit === null) this.#captured = this.#inside(pose);
      return misfit === null ? null : `the rest pose that was captured is not used: ${misfit}; capture it anew with rest`;
    } catch (thrown) {
      return `the rest pose that was captured is not used: ${toPortalError(thrown).message}`;
    }
  }

  /** Makes `present` the rest pose, for this and every later start. Returns what was done, or what stands against it. Throws FILE_UNREADABLE. */
  capture(present: Pose): string {
    if (this.#config.rest !== null) return 'the rest pose is in station.yaml (safety.rest): change it there';
    const misfit = this.#misfit(present);
    if (misfit !== null) return `this cannot be the rest pose: ${misfit}`;
    const pose = this.#inside(present);
    this.#store.save(Object.fromEntries(Object.entries(pose).map(([name, value]) => [shortName(name), Math.round(value * 100) / 100])));
    this.#captured = pose;
    return `this is the rest pose now; ${this.#leaving()}`;
  }

  /** Forgets the pose that was captured. As `capture`. */
  forget(): string {
    const isKept = this.#captured !== null;
    this.#store.forget();
    this.#captured = null;
    return isKept ? `the rest pose is forgotten; ${this.#leaving()}` : 'no rest pose was kept';
  }

  /** The first joint that is not at rest, in words: an arm that was kept from getting there would fall if it was let go. Null = all are. */
  strayed(present: Pose): string | null {
    for (const { name, min, max, unit } of this.#joints) {
      const [is, wanted] = [present[name] ?? Number.NaN, this.pose[name] ?? Number.NaN];
      if (!(Math.abs(is - wanted) <= AT_REST_SHARE * (max - min))) return `${name} did not come to the rest pose: it is at ${is.toFixed(1)} ${unit}, not ${wanted.toFixed(1)}`;
    }
    return null;
  }

  #leaving(): string {
    const what = { park: 'goes there and lets go', hold: 'holds where it is', release: 'lets go where it is' }[this.onExit];
    return `asked to end, the arm ${what}${this.#config.on_exit === null ? '' : ` (on_exit: ${this.#config.on_exit})`}`;
  }

  /** The first joint that does not fit, in words. */
  #misfit(pose: Pose): string | null {
    for (const { name, min, max, unit } of this.#joints) {
      const value = pose[name];
      if (value === undefined || !Number.isFinite(value)) return `it says nothing of ${name}`;
      const beyond = BEYOND_SHARE * (max - min);
      if (value < min - beyond || value > max + beyond) return `${name} is at ${value.toFixed(1)} ${unit}, outside its range of ${min.toFixed(1)} to ${max.toFixed(1)}`;
    }
    return null;
  }

  #inside(pose: Pose): Pose {
    return Object.fromEntries(this.#joints.map(({ name, min, max }) => [name, Math.min(max, Math.max(min, pose[name] ?? min))]));
  }
}

/** A schema may call a joint with its quantity or without. */
function shortName(name: string): string {
  return name.replace(/\.pos$/u, '');
}
