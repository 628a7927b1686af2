import { describe, expect, it } from 'vitest';
import { startTicker } from '../../../main/ticker.ts';
import { ManualClock } from './manual-clock.ts';

describe('the ticker', () => {
  it('does not drift although its task takes time', () => {
    const clock = new ManualClock();
    const startUs = clock.nowUs();
    const at: number[] = [];
    startTicker(clock, 30, () => at.push(clock.nowUs() - startUs));
    clock.advance(60_000);
    expect(at).toHaveLength(1800);
    at.forEach((us, index) => expect(Math.abs(us - ((index + 1) * 1_000_000) / 30)).toBeLessThan(2));
  });

  it('leaves out what it missed instead of a burst', () => {
    const clock = new ManualClock();
    let ticks = 0;
    startTicker(clock, 100, () => {
      ticks += 1;
      if (ticks === 10) clock.advance(500);
    });
    clock.advance(1000);
    expect(ticks).toBeLessThanOrEqual(101);
  });

  it('goes on when the clock is set back by an hour', () => {
    const clock = new ManualClock();
    let ticks = 0;
    startTicker(clock, 100, () => (ticks += 1));
    clock.advance(100);
    clock.step(-3_600_000);
    clock.advance(1000);
    expect(ticks).toBeGreaterThan(100);
  });

  it('stops', () => {
    const clock = new ManualClock();
    let ticks = 0;
    const stop = startTicker(clock, 100, () => {
      ticks += 1;
      if (ticks === 3) stop();
    });
    clock.advance(1000);
    expect(ticks).toBe(3);
  });
});
