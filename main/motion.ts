import type { Values } from '../shared/portal/types.ts';
import type { JointFeature } from './devices/device.ts';

/** Positions by joint name, in the joint's unit. */
export type Pose = Readonly<Record<string, number>>;

/** A command as a whole pose inside the joints' ranges; a joint that is not commanded keeps `fallback`. */
export function clampPose(joints: readonly JointFeature[], values: Values, fallback: Pose): { pose: Pose; clamped: boolean } {
  let clamped = false;
  const pose: Record<string, number> = {};
  for (const joint of joints) {
    const wanted = Number(values[joint.name] ?? fallback[joint.name] ?? joint.rest);
    const inside = Math.min(joint.max, Math.max(joint.min, wanted));
    if (inside !== wanted) clamped = true;
    pose[joint.name] = inside;
  }
  return { pose, clamped };
}

/** The joint that is furthest apart between two poses. */
export function furthestJoint(joints: readonly JointFeature[], a: Pose, b: Pose): { name: string; distance: number } {
  let furthest = { name: '', distance: 0 };
  for (const { name } of joints) {
    const distance = Math.abs((a[name] ?? 0) - (b[name] ?? 0));
    if (distance > furthest.distance) furthest = { name, distance };
  }
  return furthest;
}

/** From `from` (share 0) to `to` (share 1 and above), starting and ending gently. */
export function blend(from: Pose, to: Pose, share: number): Pose {
  const x = Math.min(1, Math.max(0, share));
  const weight = x * x * (3 - 2 * x);
  return Object.fromEntries(Object.entries(to).map(([name, end]) => [name, (from[name] ?? end) * (1 - weight) + end * weight]));
}

/** One step towards `to`, each joint by at most `share` of its range. */
export function stepTowards(joints: readonly JointFeature[], from: Pose, to: Pose, share: number): Pose {
  const next: Record<string, number> = {};
  for (const { name, min, max } of joints) {
    const start = from[name] ?? 0;
    const most = share * (max - min);
    next[name] = start + Math.min(most, Math.max(-most, (to[name] ?? start) - start));
  }
  return next;
}

/** Whether a step from one pose to another takes some joint further than `share` of its range. */
export function exceedsStep(joints: readonly JointFeature[], from: Pose, to: Pose, share: number): boolean {
  return joints.some(({ name, min, max }) => Math.abs((to[name] ?? 0) - (from[name] ?? 0)) > share * (max - min) + 1e-9);
}

/** A pose at most so far from another on every joint; null = any distance. By joint: every joint has its own. */
export function within(joints: readonly JointFeature[], pose: Pose, from: Pose, most: number | Readonly<Record<string, number>> | null): Pose {
  if (most === null) return pose;
  const near: Record<string, number> = {};
  for (const { name } of joints) {
    const centre = from[name] ?? 0;
    const reach = typeof most === 'number' ? most : (most[name] ?? Number.POSITIVE_INFINITY);
    near[name] = Math.min(centre + reach, Math.max(centre - reach, pose[name] ?? centre));
  }
  return near;
}
