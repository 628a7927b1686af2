import type { Clock } from '../../shared/portal/clock.ts';
import { ManualClock } from '../unit/main/manual-clock.ts';
import type { LineDelays } from './goal-watch.ts';
import { memoryArm, type SimulatedArm } from './sim-so101-arm.ts';

/** What a session happens in: time of its own and bytes that cross at once, or the machine's time and a real serial port. */
export interface WildWorld extends LineDelays {
  clock: Clock;
  arm: Pick<SimulatedArm, 'sim' | 'bus' | 'joints'>;
  /** Lets time pass, with everything that follows from it. */
  pass(ms: number): Promise<void>;
  /** Sets the clock to another time. */
  step(ms: number): void;
  unplug(): void;
  plugIn(): void;
}

export function virtualWorld(): WildWorld {
  const clock = new ManualClock();
  const arm = memoryArm('follower', clock);
  return {
    clock,
    arm,
    pass: async (ms) => {
      clock.advance(ms);
      await new Promise((resolve) => setImmediate(resolve));
    },
    step: (ms) => { clock.step(ms); },
    unplug: () => { arm.link.unplug(); },
    plugIn: () => { arm.link.plugIn(); },
    jitterUs: () => 0,
    discards: () => 0,
  };
}
