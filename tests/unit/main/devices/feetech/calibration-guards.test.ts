import { describe, expect, it } from 'vitest';
import { checkSweeps, gripperDriveMode, homingOffset, spanWarnings, withinTurn } from '../../../../../main/devices/feetech/calibration-guards.ts';
import { RangeSweep } from '../../../../../main/devices/feetech/range-sweep.ts';
import type { So101Motor } from '../../../../../main/devices/feetech/so101-motors.ts';
import { encodeRegister, REGISTER } from '../../../../../main/devices/feetech/table.ts';
import { TEST_CALIBRATION } from '../../../../fakes/sim-so101-arm.ts';

const swept = (motor: So101Motor, ...places: number[]): RangeSweep => {
  const sweep = new RangeSweep(motor, 2047);
  for (const place of places) sweep.push(place);
  return sweep;
};
const refused = (words: string) => expect.objectContaining({ code: 'CALIBRATION_REFUSED', message: expect.stringContaining(words) as unknown }) as Error;

describe('the guards of a calibration', () => {
  it('give an offset that its register can hold for every place of the encoder, with which the joint reads half a turn', () => {
    for (let actual = 0; actual < 4096; actual += 1) {
      const offset = homingOffset(actual);
      expect(() => encodeRegister(REGISTER.homingOffset, offset)).not.toThrow();
      expect(withinTurn(actual - offset)).toBe(actual === 4095 ? 2048 : 2047);
    }
  });

  it('refuse a joint that crossed the end of its count, or seems to travel further than an arm can, and say to take its middle anew', () => {
    expect(() => { checkSweeps([swept('elbow_flex', 3000, 4090, 20)]); }).toThrow(refused('elbow_flex went across'));
    expect(() => { checkSweeps([swept('elbow_flex', 2000, 200, 1500, 3000, 3900)]); }).toThrow(refused('elbow_flex went across'));
    expect(() => { checkSweeps([swept('elbow_flex', 300, 2000, 3700), swept('gripper', 2500)]); }).not.toThrow();
  });

  it('refuse joints that were hardly moved, by name', () => {
    expect(() => { checkSweeps([swept('elbow_flex', 2100), swept('gripper', 1500), swept('wrist_roll')]); }).toThrow(refused('elbow_flex, wrist_roll were hardly moved'));
  });

  it('take the range of a wrist with stops, and the whole turn of one without', () => {
    expect(swept('wrist_roll', 1000, 160, 2000, 3960).range).toEqual({ rangeMin: 160, rangeMax: 3960 });
    expect(swept('wrist_roll', 3000, 4090, 30, 1000).range).toEqual({ rangeMin: 0, rangeMax: 4095 });
    expect(swept('wrist_roll', 1000, 20, 2000, 4080).range).toEqual({ rangeMin: 0, rangeMax: 4095 });
  });

  it('turn a gripper round that is closed at its high end, and refuse one that is neither', () => {
    const range = { rangeMin: 1000, rangeMax: 2000 };
    expect([990, 1000, 1200].map((closed) => gripperDriveMode(closed, range))).toEqual([0, 0, 0]);
    expect([1800, 2010].map((closed) => gripperDriveMode(closed, range))).toEqual([1, 1]);
    expect(() => gripperDriveMode(1500, range)).toThrow(refused('neither closed nor open'));
  });

  it('warn of a joint that travels far less than that of the other arm', () => {
    const short = { ...TEST_CALIBRATION, elbow_flex: { id: 3, driveMode: 0 as const, homingOffset: 0, rangeMin: 1500, rangeMax: 2500 }, gripper: { id: 6, driveMode: 0 as const, homingOffset: 0, rangeMin: 0, rangeMax: 300 } };
    expect(spanWarnings(TEST_CALIBRATION, TEST_CALIBRATION)).toEqual([]);
    expect(spanWarnings(short, TEST_CALIBRATION)).toEqual([expect.stringContaining('elbow_flex travels 88°, that of the other arm 176°')]);
  });
});
