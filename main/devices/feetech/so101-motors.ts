import { SO101_JOINTS } from '../../../shared/so101-joints.ts';
import type { ArmUnits } from '../../../shared/station-config-leader.ts';
import type { JointFeature } from '../device.ts';
import type { ArmCalibration, MotorCalibration } from './calibration.ts';
import { jointLimits, type JointNorm } from './normalise.ts';

/** Motors of an SO-100 or SO-101 arm, in the order of their ids 1 to 6. */
export const SO101_MOTORS = ['shoulder_pan', 'shoulder_lift', 'elbow_flex', 'wrist_flex', 'wrist_roll', 'gripper'] as const;
export type So101Motor = (typeof SO101_MOTORS)[number];

/** A motor by its place in the arm. */
export interface ArmMotor {
  motor: So101Motor;
  id: number;
}

/** As they are numbered when an arm is set up. */
export const SO101_IDS: readonly ArmMotor[] = SO101_MOTORS.map((motor, index) => ({ motor, id: index + 1 }));

/** One motor with all that reading and driving it needs. */
export interface So101Joint extends ArmMotor {
  norm: JointNorm;
  calibration: MotorCalibration;
  feature: JointFeature;
}

/** Names by id, for a bus. */
export function motorNames(joints: readonly So101Joint[]): Map<number, string> {
  return new Map(joints.map(({ id, motor }) => [id, motor]));
}

/** The arm's joints by its calibration: names are lerobot's, limits those of the recorded ranges. The gripper always runs from 0 to 100. */
export function so101Joints(calibration: ArmCalibration, units: ArmUnits): So101Joint[] {
  return SO101_MOTORS.map((motor, index) => {
    const part = calibration[motor];
    if (part === undefined) throw new RangeError(`the calibration has no ${motor}`);
    const norm: JointNorm = motor === 'gripper' ? '0_100' : units;
    const { min, max } = jointLimits(norm, part);
    const rest = norm === 'm100_100' ? 0 : (SO101_JOINTS[index]?.rest ?? 0);
    const feature: JointFeature = { name: `${motor}.pos`, min, max, unit: norm === 'degrees' ? 'deg' : '%', rest: Math.min(max, Math.max(min, rest)) };
    return { motor, id: part.id, norm, calibration: part, feature };
  });
}
