import { expect, it } from 'vitest';
import { CaptureClock } from '../../../../main/devices/capture-clock.ts';

const WALL_US = 1_795_000_000_000_000;

it('takes the difference of two readings of one steady clock for the age, whatever the way through the program took', () => {
  const clock = new CaptureClock();
  for (const ageUs of [30_000, 90_000, 31_000]) expect(clock.hostUs(5_000_000, WALL_US + ageUs, 5_000_000 + ageUs)).toBe(WALL_US);
});

it('falls back to the shortest way where the steady clocks differ, and follows a clock that was set', () => {
  const clock = new CaptureClock();
  const delays = [8000, 3000, 20_000, 5000];
  const steadyUs = 9e15;
  const times = delays.map((delayUs, index) => clock.hostUs(index * 50_000, WALL_US + index * 50_000 + delayUs, steadyUs));
  expect(times).toEqual([8000, 53_000, 103_000, 153_000].map((us) => WALL_US + us));
  let last = 0;
  for (let index = 4; index < 100; index += 1) last = clock.hostUs(index * 50_000, WALL_US + 10_000_000 + index * 50_000 + 4000, steadyUs);
  expect(last).toBe(WALL_US + 10_000_000 + 99 * 50_000 + 4000);
});
