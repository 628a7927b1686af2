import { describe, expect, it } from 'vitest';
import { formatCalibration, parseCalibration } from '../../../../../main/devices/feetech/calibration.ts';
import { jointLimits, toJointValue, toSteps } from '../../../../../main/devices/feetech/normalise.ts';
import { so101Joints, SO101_MOTORS } from '../../../../../main/devices/feetech/so101-motors.ts';

const FILE = `{
    "shoulder_pan": {
        "id": 1,
        "drive_mode": 0,
        "homing_offset": -312,
        "range_min": 742,
        "range_max": 3401
    },
    "gripper": {
        "id": 6,
        "drive_mode": 1,
        "homing_offset": 1188,
        "range_min": 2010,
        "range_max": 3477
    }
}`;
const MOTORS = ['shoulder_pan', 'gripper'];
const range = { id: 1, driveMode: 0, homingOffset: 0, rangeMin: 1247, rangeMax: 2947 } as const;

describe('a calibration file', () => {
  it("is read and written to the byte as lerobot's", () => {
    const calibration = parseCalibration(FILE, MOTORS, 'arm.json');
    expect(calibration['gripper']).toEqual({ id: 6, driveMode: 1, homingOffset: 1188, rangeMin: 2010, rangeMax: 3477 });
    expect(formatCalibration(calibration)).toBe(FILE);
  });

  it.each([
    ['no JSON', '{', /the file is no JSON/u],
    ['another kind of value', '[]', /no object/u],
    ['a motor that is missing', '{}', /shoulder_pan, gripper is not in the file/u],
    ['a motor of another arm', FILE.replace('"gripper"', '"tail"'), /gripper is not in the file/u],
    ['an unknown key', FILE.replace('"range_max": 3401', '"range_max": 3401, "gain": 1'), /unknown key gain/u],
    ['a missing key', FILE.replace('"drive_mode": 0,', ''), /shoulder_pan.drive_mode cannot be used/u],
    ['a fraction', FILE.replace('742', '742.5'), /shoulder_pan.range_min/u],
    ['an offset that no servo holds', FILE.replace('-312', '-2048'), /homing_offset/u],
    ['an empty range', FILE.replace('742', '3401'), /has no range/u],
    ['an id that two motors have', FILE.replace('"id": 6,', '"id": 1,'), /gripper has the id of another motor/u],
  ])('is refused with %s', (_what, text, words) => {
    expect(() => parseCalibration(text, MOTORS, 'arm.json')).toThrow(words);
    expect(() => parseCalibration(text, MOTORS, 'arm.json')).toThrow(expect.objectContaining({ code: 'CALIBRATION_INVALID' }));
  });
});

describe('joint values', () => {
  it("are lerobot's to the step", () => {
    expect(toJointValue(2047, 'degrees', range)).toBeCloseTo(-4.3956, 4);
    expect(toSteps(10, 'degrees', range)).toBe(2210);
    expect(toSteps(-20.5, 'degrees', range)).toBe(1863);
    expect(toSteps(50, '0_100', range)).toBe(2097);
    expect(toSteps(45, 'degrees', { ...range, rangeMin: 0, rangeMax: 4095 })).toBe(2559);
  });

  it('stay in the calibrated range on the way to the servo', () => {
    expect([toSteps(1e9, 'degrees', range), toSteps(-1e9, 'degrees', range)]).toEqual([2947, 1247]);
    expect([toSteps(500, 'm100_100', range), toSteps(-5, '0_100', range)]).toEqual([2947, 1247]);
  });

  it('run the other way with a drive mode, and come back as they went', () => {
    const mirrored = { ...range, driveMode: 1 } as const;
    expect([toJointValue(1247, '0_100', mirrored), toJointValue(1247, 'm100_100', mirrored)]).toEqual([100, 100]);
    for (const norm of ['degrees', 'm100_100', '0_100'] as const) {
      for (const steps of [1247, 1500, 2100, 2947]) expect(Math.abs(toSteps(toJointValue(steps, norm, mirrored), norm, mirrored) - steps)).toBeLessThanOrEqual(1);
    }
    expect(jointLimits('m100_100', mirrored)).toEqual({ min: -100, max: 100 });
  });

  it('give an arm its joints, with the gripper always in percent', () => {
    const calibration = Object.fromEntries(SO101_MOTORS.map((name, index) => [name, { ...range, id: index + 1 }]));
    const joints = so101Joints(calibration, 'degrees');
    expect(joints.map(({ feature }) => [feature.name, feature.unit])).toEqual(SO101_MOTORS.map((name) => [`${name}.pos`, name === 'gripper' ? '%' : 'deg']));
    expect(joints[0]?.feature.max).toBeCloseTo((850 * 360) / 4095, 6);
    expect(so101Joints(calibration, 'm100_100')[0]?.feature).toMatchObject({ min: -100, max: 100, rest: 0 });
  });
});
