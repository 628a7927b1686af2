import { ScriptedLeader } from '../../main/devices/scripted-leader.ts';
import { SimLeader } from '../../main/devices/sim-leader.ts';
import { SO101_JOINTS } from '../../shared/so101-joints.ts';
import { ManualClock } from '../unit/main/manual-clock.ts';
import { leaderArmContract } from './leader-arm-suite.ts';

leaderArmContract('the simulated leader', () => {
  const clock = new ManualClock();
  return { arm: new SimLeader(clock, SO101_JOINTS), pass: (ms) => Promise.resolve(clock.advance(ms)) };
});

leaderArmContract('the scripted leader', () => {
  const clock = new ManualClock();
  return { arm: new ScriptedLeader(clock, SO101_JOINTS), pass: (ms) => Promise.resolve(clock.advance(ms)) };
});
