import { afterEach, describe, expect, it } from 'vitest';
import { IdleClock } from '../../../../main/transport/idle-clock.ts';
import { stall } from '../../../fakes/stall.ts';
import { until } from '../../../fakes/until.ts';

const IDLE_MS = 200;

describe('an idle clock', () => {
  const { port1, port2 } = new MessageChannel();
  let clock: IdleClock;
  let idle = 0;
  function start(): void {
    idle = 0;
    clock = new IdleClock(IDLE_MS, () => { idle += 1; });
  }
  afterEach(() => { clock.stop(); });

  it('tells once that nothing came for its time', async () => {
    const startMs = performance.now();
    start();
    await until('it to tell', () => idle > 0);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(IDLE_MS - 2);
    expect(idle).toBe(1);
  });

  it('begins anew with everything that comes, and tells nothing once it was stopped', async () => {
    start();
    const startMs = performance.now();
    while (performance.now() - startMs < 2 * IDLE_MS) {
      clock.restart();
      await new Promise((resolve) => setImmediate(resolve));
    }
    clock.stop();
    await new Promise<void>((resolve) => { new IdleClock(2 * IDLE_MS, resolve); });
    expect(idle).toBe(0);
  });

  it('hears first what came while the process was stalled, also where its time was nearly over', async () => {
    let heard = 0;
    port2.onmessage = () => { heard += 1; clock.restart(); };
    for (const beforeMs of [0, 0.9 * IDLE_MS]) {
      let isInTime = false;
      // A machine that stalls by itself may have let the time pass before the message: then it came too late, and proves nothing.
      while (!isInTime) {
        start();
        const startMs = performance.now();
        while (performance.now() - startMs < beforeMs) await new Promise((resolve) => setImmediate(resolve));
        const before = heard;
        await stall(2 * IDLE_MS, () => {
          isInTime = idle === 0;
          port1.postMessage('in time');
        });
        await until('the message', () => heard > before);
        if (isInTime) expect(idle, `stalled ${beforeMs} ms after the start`).toBe(0);
        clock.stop();
      }
    }
    port1.close();
  });

  it('counts a stall of its own process as one step of silence, however long it lasts: what comes right after it is in time', async () => {
    start();
    await stall(3 * IDLE_MS);
    await new Promise<void>((resolve) => setTimeout(() => { clock.restart(); resolve(); }, IDLE_MS / 10));
    expect(idle).toBe(0);
  });
});
