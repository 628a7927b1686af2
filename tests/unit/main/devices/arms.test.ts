import { describe, expect, it } from 'vitest';
import { ScriptedLeader } from '../../../../main/devices/scripted-leader.ts';
import { SimArm } from '../../../../main/devices/sim-arm.ts';
import { SimLeader } from '../../../../main/devices/sim-leader.ts';
import { SO101_JOINTS } from '../../../../shared/so101-joints.ts';
import { ManualClock } from '../manual-clock.ts';

describe('the simulated follower', () => {
  async function path(looksEveryMs: number): Promise<number[]> {
    const clock = new ManualClock();
    const arm = new SimArm(clock);
    await arm.open();
    await arm.write({ 'shoulder_pan.pos': 90, 'gripper.pos': 100 });
    const positions: number[] = [];
    for (let at = looksEveryMs; at <= 1000; at += looksEveryMs) {
      clock.advance(looksEveryMs);
      const reading = await arm.read();
      if (at % 100 === 0) positions.push(reading.positions['shoulder_pan.pos'] ?? Number.NaN);
    }
    return positions;
  }

  it('moves the same way however often it is looked at', async () => {
    expect(await path(5)).toEqual(await path(100));
  });

  it('keeps to its speed and does not swing past the goal', async () => {
    const positions = await path(10);
    positions.forEach((position, index) => expect(position - (positions[index - 1] ?? 0)).toBeLessThanOrEqual(28.01));
    expect(Math.max(...positions)).toBeLessThan(90.5);
    expect(positions.at(-1)).toBeCloseTo(90, 0);
  });

  it('goes on when the clock is set back', async () => {
    const clock = new ManualClock();
    const arm = new SimArm(clock);
    await arm.open();
    clock.step(-3_600_000);
    await arm.write({ 'shoulder_pan.pos': 20 });
    clock.advance(1000);
    expect((await arm.read()).positions['shoulder_pan.pos']).toBeCloseTo(20, 1);
  });
});

describe('the scripted leader', () => {
  it('begins at the pose it is started from and moves gently', async () => {
    const clock = new ManualClock();
    const leader = new ScriptedLeader(clock, SO101_JOINTS);
    await leader.open();
    const pose = { 'shoulder_pan.pos': 80, 'elbow_flex.pos': -60, 'gripper.pos': 100 };
    leader.startFrom(pose);
    let before = (await leader.read()).positions;
    expect(before).toMatchObject(pose);
    for (let at = 0; at < 20_000; at += 33) {
      clock.advance(33);
      const now = (await leader.read()).positions;
      for (const { name, min, max } of SO101_JOINTS) expect(Math.abs((now[name] ?? 0) - (before[name] ?? 0)) / (max - min)).toBeLessThan(0.033);
      before = now;
    }
  });
});

describe('the simulated leader', () => {
  it('mirrors what it can and keeps the rest', async () => {
    const leader = new SimLeader(new ManualClock(), SO101_JOINTS);
    await leader.open();
    leader.mirror({ 'shoulder_pan.pos': 500, 'elbow_flex.pos': Number.NaN, tail: 3 });
    expect((await leader.read()).positions).toMatchObject({ 'shoulder_pan.pos': 110, 'elbow_flex.pos': 60 });
  });

  it('clamps a joint to its range and refuses what is no joint or no number', () => {
    const leader = new SimLeader(new ManualClock(), SO101_JOINTS);
    expect(leader.moveJoint('gripper.pos', -5)).toBe(0);
    expect(() => leader.moveJoint('tail', 1)).toThrow(/no joint tail/u);
    expect(() => leader.moveJoint('gripper.pos', Number.NaN)).toThrow(/needs a number/u);
  });
});
