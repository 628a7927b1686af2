import type { FieldSpec, PortalConfig } from '../shared/portal/config.ts';
import { PortalError } from '../shared/portal/errors.ts';
import type { Values } from '../shared/portal/types.ts';
import type { JointFeature } from './devices/device.ts';

/** Throws CONFIG_INVALID naming the fields, when a schema and an arm do not speak of the same joints. */
export function checkJointSchema(portal: PortalConfig, features: readonly JointFeature[], file: string): void {
  const joints = features.map((feature) => feature.name);
  for (const part of ['state', 'action'] as const) {
    const fields = portal[part];
    const names = fields.map((field) => field.name);
    const unknown = names.filter((name) => !joints.includes(name));
    const missing = joints.filter((name) => !names.includes(name));
    const flags = fields.filter((field) => field.dtype === 'bool').map((field) => field.name);
    const complaint =
      unknown.length > 0 ? `names joints the arm does not have: ${unknown.join(', ')}` : missing.length > 0 ? `leaves out joints of the arm: ${missing.join(', ')}` : flags.length > 0 ? `makes positions booleans: ${flags.join(', ')}` : null;
    if (complaint !== null) {
      throw new PortalError('CONFIG_INVALID', `${part} in ${file} ${complaint}`, { expected: joints.join(', '), got: names.join(', ') || 'nothing', fix: 'Both sides need the same portal.yaml, and it has to fit the arm.' });
    }
  }
}

/** Why a leader cannot drive this robot although they name the same joints: they count one in different units. Null = they agree. */
export function unitsApart(leader: readonly JointFeature[], robot: readonly Pick<JointFeature, 'name' | 'unit'>[]): string | null {
  const units = new Map(robot.map(({ name, unit }) => [name, unit]));
  const apart = leader.find(({ name, unit }) => (units.get(name) ?? unit) !== unit);
  return apart === undefined ? null : `the leader counts ${apart.name} in ${apart.unit}, the robot in ${units.get(apart.name) ?? ''}: choose the same units on both sides`;
}

/** Positions as values of a schema: integer fields get whole numbers, which is what a send call takes. */
export function toValues(fields: readonly FieldSpec[], positions: Readonly<Record<string, number>>): Values {
  const values: Record<string, number> = {};
  for (const { name, dtype } of fields) {
    const position = positions[name];
    if (position !== undefined) values[name] = dtype === 'f32' || dtype === 'f64' ? position : Math.round(position);
  }
  return values;
}

/** Values as numbers, by field name. */
export function toNumbers(values: Values): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));
}
