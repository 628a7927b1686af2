/** Joints of an SO-101 arm: names and units are those of lerobot's datasets; the rest pose stands clear of the table. */
export const SO101_JOINTS: readonly { name: string; min: number; max: number; unit: string; rest: number }[] = [
  { name: 'shoulder_pan.pos', min: -110, max: 110, unit: 'deg', rest: 0 },
  { name: 'shoulder_lift.pos', min: -100, max: 100, unit: 'deg', rest: -45 },
  { name: 'elbow_flex.pos', min: -97, max: 97, unit: 'deg', rest: 60 },
  { name: 'wrist_flex.pos', min: -95, max: 95, unit: 'deg', rest: -15 },
  { name: 'wrist_roll.pos', min: -160, max: 160, unit: 'deg', rest: 0 },
  { name: 'gripper.pos', min: 0, max: 100, unit: '%', rest: 40 },
];

/** The joint a schema's field means: by its whole name, or without `.pos`, as lerobot's LiveKit plugins call it. */
export function so101Joint(field: string): (typeof SO101_JOINTS)[number] | undefined {
  return SO101_JOINTS.find(({ name }) => name === field || name === `${field}.pos`);
}

/** A joint's name in a schema; one that the schema does not have keeps its own. */
export function jointNameIn(fields: readonly { name: string }[], joint: string): string {
  return fields.find(({ name }) => so101Joint(name)?.name === joint)?.name ?? joint;
}

/** All joints under the names that a schema has for them. */
export function so101JointsNamedBy(fields: readonly { name: string }[]): (typeof SO101_JOINTS)[number][] {
  return SO101_JOINTS.map((joint) => ({ ...joint, name: jointNameIn(fields, joint.name) }));
}
