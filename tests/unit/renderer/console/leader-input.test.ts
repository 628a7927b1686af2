import { describe, expect, it } from 'vitest';
import { padInput, padLabel } from '../../../../renderer/console/gamepad-map.ts';
import { DEADMAN_KEY, isJogKey, keysOf, keyVelocities } from '../../../../renderer/console/leader-keys.ts';
import { apartness, apartText } from '../../../../renderer/console/leader-words.ts';
import { WELL } from './console-fixture.ts';

const JOINTS = ['pan', 'lift', 'elbow', 'flex', 'roll', 'gripper', 'extra'];
const pad = (changed: { axes?: Record<number, number>; buttons?: Record<number, number> }) => ({
  axes: [0, 1, 2, 3].map((index) => changed.axes?.[index] ?? 0),
  buttons: Array.from({ length: 16 }, (_, index) => ({ pressed: (changed.buttons?.[index] ?? 0) > 0.5, value: changed.buttons?.[index] ?? 0 })),
});

describe('keys as a leader', () => {
  it('move joints both ways, several at once; two of a pair cancel each other', () => {
    expect(keyVelocities(new Set(['q', 'd']), JOINTS)).toEqual({ pan: 1, elbow: -1 });
    expect(keyVelocities(new Set(['q', 'a', 'z', DEADMAN_KEY]), JOINTS)).toEqual({ gripper: -1 });
    expect(keyVelocities(new Set(['x']), ['only']), 'a joint that is not there').toEqual({});
  });

  it('stand on the screen, and none of them is a shortcut of the drive view', () => {
    expect([0, 5, 6].map(keysOf)).toEqual(['Q A', 'X Z', '']);
    for (const shortcut of ['t', 'g', 'r', 'o', 'm', 'l', 'Escape', '1', DEADMAN_KEY]) expect(isJogKey(shortcut), shortcut).toBe(false);
  });
});

describe('a gamepad as a leader', () => {
  it('asks for nothing in the middle of its sticks, gently beyond the dead zone, and for all at the end', () => {
    expect(padInput(pad({ axes: { 0: 0.14, 1: -0.14 } }), JOINTS)).toEqual({ velocities: {}, isFast: false, isHeld: false });
    const { velocities } = padInput(pad({ axes: { 1: -0.2, 2: 1 } }), JOINTS);
    expect(velocities['lift']).toBeCloseTo(0.059, 3);
    expect(velocities['roll']).toBe(1);
  });

  it('has triggers for the gripper, the cross for the wrist, LB to hold and RB for speed', () => {
    expect(padInput(pad({ buttons: { 4: 1, 5: 1, 7: 0.6, 12: 1 } }), JOINTS)).toEqual({ velocities: { flex: 1, gripper: -0.6 }, isFast: true, isHeld: true });
    expect([0, 5, 6].map(padLabel)).toEqual(['L ↔', 'LT RT', '']);
  });

  it('moves nothing by what is no number, nor by buttons that it has not', () => {
    expect(padInput({ axes: [Number.NaN, Number.POSITIVE_INFINITY], buttons: [] }, JOINTS)).toEqual({ velocities: {}, isFast: false, isHeld: false });
  });
});

describe('how far a leader is from the robot', () => {
  it('says which joints have to move which way, the furthest first', () => {
    const all = apartness(WELL.joints, { timestampUs: 1, state: { 'pan.pos': 10, 'gripper.pos': 50 }, command: {}, leader: { 'pan.pos': 54, 'gripper.pos': 30 } });
    expect(all.map(({ distance }) => distance)).toEqual([44, -20]);
    expect(apartText(all, 10)).toBe('pan −44° · gripper +20 %');
    expect(apartText(all, 30)).toBe('pan −44°');
    expect(apartness(WELL.joints, { timestampUs: 1, state: {}, command: {} })).toEqual([]);
  });
});
