import { suggestion } from '../shared/did-you-mean.ts';
import { PortalError, type PortalErrorDetails } from '../shared/portal/errors.ts';
import type { SafetyDescription } from '../shared/portal/host-state.ts';
import type { SafetyConfig } from '../shared/station-config.ts';
import type { JointFeature } from './devices/device.ts';
import type { RestPose } from './rest-pose.ts';

/** Where a value of the configuration's file stands; empty where there is no file. */
export type PlaceOf = (path: readonly string[]) => Pick<PortalErrorDetails, 'file' | 'line' | 'column'>;

/**
 * Joints of an arm under the limits of a configuration: ranges only ever get narrower than the arm's own. Joints are called by
 * their whole name or without `.pos`. Throws CONFIG_INVALID for a joint that the arm does not have, for limits that leave it no
 * range, and for a rest pose that is not whole or not inside them.
 */
export function limitJoints(joints: readonly JointFeature[], config: SafetyConfig, placeOf: PlaceOf = () => ({})): { joints: JointFeature[]; safety: SafetyConfig } {
  const nameOf = (key: string, section: 'limits' | 'max_relative_target' | 'rest'): string => wholeName(joints, key, section, placeOf);
  const limits = new Map(Object.entries(config.limits).map(([key, range]) => [nameOf(key, 'limits'), { key, range }]));
  const narrowed = joints.map((joint) => {
    const { key, range: [least, most] } = limits.get(joint.name) ?? { key: joint.name, range: [joint.min, joint.max] as const };
    const [min, max] = [Math.max(least, joint.min), Math.min(most, joint.max)];
    if (min >= max) {
      throw new PortalError('CONFIG_INVALID', `safety.limits leave ${joint.name} no range`, {
        ...placeOf(['safety', 'limits', key]), expected: `something inside ${joint.min.toFixed(1)} to ${joint.max.toFixed(1)} ${joint.unit}`, got: `${least} to ${most}`,
      });
    }
    return { ...joint, min, max, rest: Math.min(max, Math.max(min, joint.rest)) };
  });
  const { max_relative_target: most } = config;
  const reach = most === null || typeof most === 'number' ? most : Object.fromEntries(Object.entries(most).map(([key, far]) => [nameOf(key, 'max_relative_target'), far]));
  const rest = config.rest === null ? null : wholeRest(narrowed, Object.entries(config.rest).map(([key, at]) => ({ key, name: nameOf(key, 'rest'), at })), placeOf);
  return { joints: narrowed, safety: { ...config, max_relative_target: reach, rest } };
}

function wholeRest(joints: readonly JointFeature[], places: readonly { key: string; name: string; at: number }[], placeOf: PlaceOf): Record<string, number> {
  const missing = joints.filter(({ name }) => !places.some((place) => place.name === name)).map(({ name }) => name);
  if (missing.length > 0) {
    throw new PortalError('CONFIG_INVALID', `safety.rest says nothing of ${missing.join(', ')}`, { ...placeOf(['safety', 'rest']), expected: joints.map(({ name }) => name).join(', '), got: places.map(({ key }) => key).join(', ') || 'nothing', fix: 'Give every joint its place.' });
  }
  for (const { key, name, at } of places) {
    const { min, max, unit } = joints.find((joint) => joint.name === name) ?? { min: at, max: at, unit: '' };
    if (at >= min && at <= max) continue;
    throw new PortalError('CONFIG_INVALID', `safety.rest takes ${name} out of its range`, { ...placeOf(['safety', 'rest', key]), expected: `${min.toFixed(1)} to ${max.toFixed(1)} ${unit}`, got: String(at) });
  }
  return Object.fromEntries(places.map(({ name, at }) => [name, at]));
}

/** What others are told of a configuration. */
export function describeSafety(config: SafetyConfig, rest: Pick<RestPose, 'onExit' | 'origin'>): SafetyDescription {
  return {
    holdAfterMs: config.hold_after_ms,
    maxAgeMs: config.max_age_ms,
    slewPercentPerS: config.slew_percent_per_s,
    alignUnits: config.align_units,
    align: config.align,
    maxRelativeTarget: config.max_relative_target,
    onExit: rest.onExit,
    rest: rest.origin,
  };
}

function wholeName(joints: readonly JointFeature[], key: string, section: string, placeOf: PlaceOf): string {
  const found = joints.find(({ name }) => name === key || name === `${key}.pos`);
  if (found !== undefined) return found.name;
  const names = joints.map(({ name }) => name);
  throw new PortalError('CONFIG_INVALID', `safety.${section}: the arm has no joint ${key}`, { ...placeOf(['safety', section, key]), expected: names.join(', '), got: key, fix: suggestion(key, names) });
}
