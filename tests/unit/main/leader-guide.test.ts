import { describe, expect, it } from 'vitest';
import { So101Leader } from '../../../main/devices/feetech/so101-leader.ts';
import { REGISTER } from '../../../main/devices/feetech/table.ts';
import { GuideDesk } from '../../../main/leader-guide.ts';
import type { Pose } from '../../../main/motion.ts';
import { memoryArm } from '../../fakes/sim-so101-arm.ts';
import { ManualClock } from './manual-clock.ts';

/** A leader on a simulated bus, guided at 100 Hz to where the robot is. */
async function bench(robotPan: number) {
  const clock = new ManualClock();
  const { sim, bus, joints } = memoryArm('leader', clock);
  const leader = new So101Leader(bus, joints, 'arm.json', clock);
  await leader.open();
  const { positions } = await leader.read();
  let isHeard = true;
  const said: string[] = [];
  const goals: number[] = [];
  sim.onWrite = ({ id, address, data }) => { if (id === 1 && address === REGISTER.goalPosition.address) goals.push((data[0] ?? 0) + 256 * (data[1] ?? 0)); };
  const robot: Pose = { ...positions, 'shoulder_pan.pos': robotPan };
  const desk = new GuideDesk({ arm: () => leader, robotPose: () => (isHeard ? robot : null), onStuck: () => said.push('stuck'), onFailure: (message) => said.push(message) });
  const guide = async (ms: number): Promise<void> => {
    for (let at = 0; at < ms && desk.isWanted; at += 10) {
      await desk.step((await leader.read()).positions, clock.nowUs());
      clock.advance(10);
    }
  };
  return { clock, leader, desk, sim, goals, said, guide, panOf: async () => (await leader.read()).positions['shoulder_pan.pos'] ?? Number.NaN, hear: (heard: boolean) => { isHeard = heard; } };
}

const largestStep = (goals: readonly number[]): number => Math.max(...goals.slice(1).map((goal, index) => Math.abs(goal - (goals[index] ?? goal))));

describe('a leader that is brought to the robot', () => {
  it('comes there slowly, and is let go', async () => {
    const { guide, desk, goals, said, sim, panOf } = await bench(60);
    await guide(6000);
    expect(desk.isWanted).toBe(false);
    expect(await panOf()).toBeCloseTo(60, -1);
    // 45 % of 2000 steps a second, 100 times a second, cut to whole steps.
    expect(largestStep(goals)).toBeLessThanOrEqual(10);
    expect(said).toEqual([]);
    expect(sim.servos.some(({ isHolding }) => isHolding)).toBe(false);
  });

  it('does not make up for the time in which the robot was not heard', async () => {
    const { clock, guide, goals, said, hear, panOf } = await bench(60);
    await guide(500);
    hear(false);
    await guide(500);
    clock.advance(1000);
    hear(true);
    await guide(3000);
    // A step after a pause may be as long as one of 50 ms.
    expect(largestStep(goals)).toBeLessThanOrEqual(46);
    expect(await panOf()).toBeCloseTo(60, -1);
    expect(said).toEqual([]);
  });
});
