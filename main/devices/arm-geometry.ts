import type { Pose } from '../motion.ts';

/** Metres-like units: the arm stands about 1 high when stretched. */
export interface Point3 {
  x: number;
  y: number;
  z: number;
}

/** The arm's joints in space. The base stands at the origin, `z` is up, `x` is forward at pan 0. */
export interface ArmPoints {
  base: Point3;
  shoulder: Point3;
  elbow: Point3;
  wrist: Point3;
  hand: Point3;
  /** Tips of the fixed and the moving jaw: they show opening and roll. */
  jaws: readonly [Point3, Point3];
  /** A mark on the side of the hand that turns with the roll. */
  rollMark: Point3;
}

const LENGTH = { column: 0.19, upperArm: 0.3, forearm: 0.27, hand: 0.1, jaw: 0.11 } as const;
const RADIANS = Math.PI / 180;

/** Forward kinematics of an SO-101-like arm, as far as a picture needs it. Missing joints count as 0. */
export function armPoints(pose: Pose): ArmPoints {
  const position = (joint: string): number => pose[`${joint}.pos`] ?? pose[joint] ?? 0;
  const degrees = (joint: string): number => position(joint) * RADIANS;
  const pan = degrees('shoulder_pan');
  const upper = degrees('shoulder_lift');
  const fore = upper + Math.PI / 2 + degrees('elbow_flex');
  const hand = fore + degrees('wrist_flex');
  const roll = degrees('wrist_roll');
  const opening = (4 + 0.36 * position('gripper')) * RADIANS;

  const base = { x: 0, y: 0, z: 0 };
  const forward = { x: Math.cos(pan), y: Math.sin(pan), z: 0 };
  const sideways = { x: -Math.sin(pan), y: Math.cos(pan), z: 0 };
  const up = { x: 0, y: 0, z: 1 };
  /** Unit vector in the arm's plane, `angle` from upright towards forward. */
  const direction = (angle: number): Point3 => add(scale(up, Math.cos(angle)), scale(forward, Math.sin(angle)));

  const shoulder = scale(up, LENGTH.column);
  const elbow = add(shoulder, scale(direction(upper), LENGTH.upperArm));
  const wrist = add(elbow, scale(direction(fore), LENGTH.forearm));
  const palm = add(wrist, scale(direction(hand), LENGTH.hand));
  const across = add(scale(direction(hand - Math.PI / 2), Math.cos(roll)), scale(sideways, Math.sin(roll)));
  const jaw = (side: number): Point3 =>
    add(palm, add(scale(direction(hand), LENGTH.jaw * Math.cos(opening)), scale(across, side * LENGTH.jaw * Math.sin(opening))));
  return { base, shoulder, elbow, wrist, hand: palm, jaws: [jaw(1), jaw(-1)], rollMark: add(palm, scale(across, 0.035)) };
}

export function add(a: Point3, b: Point3): Point3 {
  return { x: a.x + b.x, y: a.y + b.y, z: a.z + b.z };
}

export function scale(a: Point3, by: number): Point3 {
  return { x: a.x * by, y: a.y * by, z: a.z * by };
}
