import { describe, expect, it } from 'vitest';
import { SenderClock } from '../../../main/sender-clock.ts';

const LIMITS = { maxAgeUs: 150_000, maxFutureUs: 150_000 };

describe('the age of a packet without synchronized clocks', () => {
  it('is what it took longer than the fastest one', () => {
    const clock = new SenderClock(LIMITS);
    expect(clock.ageUs(1_000_000, 9_000_000, null)).toBe(0);
    expect(clock.ageUs(1_010_000, 9_030_000, null)).toBeCloseTo(20_000, -2);
    expect(clock.ageUs(1_020_000, 9_018_000, null)).toBe(0);
    expect(clock.ageUs(1_030_000, 9_030_000, null)).toBeCloseTo(2_000, -2);
  });

  it('does not age a sender whose clock drifts by 100 millionths for a day', () => {
    const clock = new SenderClock(LIMITS);
    for (let second = 0; second < 86_400; second += 10) expect(clock.ageUs(second * 1_000_000, second * 1_000_100 + 5_000_000, null)).toBeLessThan(5_000);
  });

  it('is not fooled by one packet from the future', () => {
    const clock = new SenderClock(LIMITS);
    clock.ageUs(0, 1_000_000, 5000);
    expect(clock.ageUs(3_600_000_000, 1_010_000, 5000)).toBeLessThan(-LIMITS.maxFutureUs);
    expect(clock.ageUs(20_000, 1_020_000, 5000)).toBeLessThan(1_000);
  });

  it('believes a stepped clock after 2 s of agreement, while pings prove a short way', () => {
    for (const stepUs of [-600_000_000, 600_000_000]) {
      const clock = new SenderClock(LIMITS);
      clock.ageUs(0, 1_000_000, 5000);
      const ages = Array.from({ length: 300 }, (_, index) => clock.ageUs(stepUs + index * 10_000, 1_000_000 + index * 10_000, 5000));
      expect(Math.abs(ages[0] ?? 0)).toBeGreaterThan(LIMITS.maxAgeUs);
      expect(ages.at(-1)).toBeLessThan(1_000);
      expect(clock.steps).toBe(1);
    }
  });

  it('never believes a constant delay, however long it lasts', () => {
    const clock = new SenderClock(LIMITS);
    clock.ageUs(0, 1_000_000, 5000);
    for (let index = 1; index < 6_000; index += 1) expect(clock.ageUs(index * 10_000, 3_000_000 + index * 10_000, 2_000_000)).toBeGreaterThan(LIMITS.maxAgeUs);
  });
});
