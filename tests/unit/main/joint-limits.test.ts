import { describe, expect, it } from 'vitest';
import type { JointFeature } from '../../../main/devices/device.ts';
import { limitJoints } from '../../../main/joint-limits.ts';
import { within } from '../../../main/motion.ts';
import { defaultStationConfig, type SafetyConfig } from '../../../shared/station-config.ts';

const JOINTS: JointFeature[] = [
  { name: 'pan.pos', min: -100, max: 100, unit: 'deg', rest: 80 },
  { name: 'gripper.pos', min: 0, max: 100, unit: '%', rest: 50 },
];
const config = (changed: Partial<SafetyConfig>): SafetyConfig => ({ ...defaultStationConfig().safety, ...changed });

describe('limits of a configuration', () => {
  it('make a range narrower, never wider, and take the rest pose inside', () => {
    const { joints } = limitJoints(JOINTS, config({ limits: { pan: [-30, 60], 'gripper.pos': [-50, 500] } }));
    expect(joints).toEqual([{ ...JOINTS[0], min: -30, max: 60, rest: 60 }, JOINTS[1]]);
  });

  it('name a joint that the arm does not have, and one that is left no range', () => {
    expect(() => limitJoints(JOINTS, config({ limits: { 'griper.pos': [0, 10] } }))).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', details: expect.objectContaining({ got: 'griper.pos', fix: 'Did you mean gripper.pos?' }) as unknown }) as Error);
    expect(() => limitJoints(JOINTS, config({ limits: { pan: [150, 170] } }))).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', message: 'safety.limits leave pan.pos no range' }) as Error);
    expect(() => limitJoints(JOINTS, config({ max_relative_target: { tail: 5 } }))).toThrow(/safety.max_relative_target: the arm has no joint tail/u);
  });

  it('take a rest pose that is whole and inside them, and say else what is wrong with it, and where', () => {
    const placeOf = (path: readonly string[]): { file: string; line: number; column: number } => ({ file: 'robot.yaml', line: path.length, column: 7 });
    const take = (rest: Record<string, number>): unknown => limitJoints(JOINTS, config({ rest, limits: { pan: [-30, 60] } }), placeOf).safety.rest;
    expect(take({ pan: 60, 'gripper.pos': 0 })).toEqual({ 'pan.pos': 60, 'gripper.pos': 0 });
    const refused = (message: string, details: object): Error => expect.objectContaining({ code: 'CONFIG_INVALID', message, details: expect.objectContaining({ file: 'robot.yaml', column: 7, ...details }) as unknown }) as Error;
    expect(() => take({ pan: 0 })).toThrow(refused('safety.rest says nothing of gripper.pos', { line: 2, got: 'pan' }));
    expect(() => take({ pan: 61, gripper: 0 })).toThrow(refused('safety.rest takes pan.pos out of its range', { line: 3, expected: '-30.0 to 60.0 deg', got: '61' }));
    expect(() => take({ pna: 1, gripper: 0 })).toThrow(refused('safety.rest: the arm has no joint pna', { line: 3, got: 'pna' }));
  });

  it('keep a goal near the pose, with one distance for all joints or one for each', () => {
    const from = { 'pan.pos': 10, 'gripper.pos': 50 };
    const far = { 'pan.pos': 90, 'gripper.pos': 0 };
    expect(within(JOINTS, far, from, null)).toBe(far);
    expect(within(JOINTS, far, from, 5)).toEqual({ 'pan.pos': 15, 'gripper.pos': 45 });
    const { safety } = limitJoints(JOINTS, config({ max_relative_target: { pan: 20 } }));
    expect(within(JOINTS, far, from, safety.max_relative_target)).toEqual({ 'pan.pos': 30, 'gripper.pos': 0 });
  });
});
