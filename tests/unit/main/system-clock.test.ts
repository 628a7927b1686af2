import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../main/system-clock.ts';

describe('systemClock', () => {
  it('tells the wall clock in whole microseconds, and never runs backwards between two readings', () => {
    let last = systemClock.nowUs();
    for (let i = 0; i < 10_000; i += 1) {
      const now = systemClock.nowUs();
      expect(Number.isInteger(now)).toBe(true);
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
    const before = Date.now();
    const nowMs = systemClock.nowUs() / 1000;
    // 3 ms: what the clock lets itself differ before it is anchored anew, and the millisecond that Date.now cuts off.
    expect(nowMs).toBeGreaterThan(before - 3);
    expect(nowMs).toBeLessThan(Date.now() + 4);
  });

  it('repeats a task until told to stop', async () => {
    let runs = 0;
    await new Promise<void>((resolve) => {
      const stop = systemClock.every(1, () => {
        runs += 1;
        if (runs < 3) return;
        stop();
        resolve();
      });
    });
    expect(runs).toBe(3);
  });

  it('runs a task once, and not at all when it was called off', async () => {
    const ran: string[] = [];
    const callOff = systemClock.after(1, () => { ran.push('called off'); });
    callOff();
    await new Promise<void>((resolve) => { systemClock.after(5, () => { ran.push('kept'); resolve(); }); });
    expect(ran).toEqual(['kept']);
  });
});
