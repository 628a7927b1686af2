import { SimArm } from '../../main/devices/sim-arm.ts';
import { ManualClock } from '../unit/main/manual-clock.ts';
import { followerArmContract } from './follower-arm-suite.ts';

followerArmContract('the simulated SO-101', () => {
  const clock = new ManualClock();
  return { arm: new SimArm(clock), pass: (ms) => Promise.resolve(clock.advance(ms)) };
});
