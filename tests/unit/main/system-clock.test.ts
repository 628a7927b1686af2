import { describe, expect, it } from 'vitest';
import { createWallClock, systemClock } from '../../../main/system-clock.ts';
import { stall } from '../../fakes/stall.ts';

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

  it('lets be heard first what arrived while the process was stalled, and that may still call the task off', async () => {
    const { port1, port2 } = new MessageChannel();
    const heard: string[] = [];
    const called = new Promise<void>((resolve) => { systemClock.after(20, () => { heard.push('the time'); resolve(); }); });
    const callOff = systemClock.after(20, () => { heard.push('called off too late'); });
    port2.onmessage = () => { heard.push('the message'); callOff(); };
    await stall(60, () => { port1.postMessage('in time'); });
    await called;
    port1.close();
    expect(heard).toEqual(['the message', 'the time']);
  });
});

describe('a wall clock', () => {
  /** A machine whose two clocks agree, and which can put the process aside, or have its wall clock set. */
  function machine(): { clock: { nowUs(): number }; pass(ms: number): void; setWall(ms: number): void; putAsideAfterNextWallReading(ms: number): void } {
    let monotonic = 5_000;
    let wallAhead = 1_700_000_000_000;
    let putAsideMs = 0;
    const clock = createWallClock({
      wallMs() {
        const now = Math.floor(monotonic + wallAhead);
        monotonic += 0.05 + putAsideMs;
        putAsideMs = 0;
        return now;
      },
      monotonicMs: () => monotonic,
    });
    return {
      clock,
      pass: (ms) => { monotonic += ms; },
      setWall: (ms) => { wallAhead += ms; },
      putAsideAfterNextWallReading: (ms) => { putAsideMs = ms; },
    };
  }

  it('does not run backwards when the process is put aside between its two readings', () => {
    const { clock, pass, putAsideAfterNextWallReading } = machine();
    let last = clock.nowUs();
    for (const ms of [4, 20, 300]) {
      pass(1);
      putAsideAfterNextWallReading(ms);
      const now = clock.nowUs();
      expect(now - last).toBeGreaterThanOrEqual(ms * 1000);
      expect(now - last).toBeLessThan((ms + 2) * 1000);
      last = now;
    }
  });

  it.each([50, -50, 3_600_000])('follows a wall clock that was set by %d ms', (ms) => {
    const { clock, pass, setWall } = machine();
    const before = clock.nowUs();
    setWall(ms);
    pass(1);
    expect(Math.abs(clock.nowUs() - before - ms * 1000)).toBeLessThan(3_000);
  });
});
