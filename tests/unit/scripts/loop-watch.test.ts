import { describe, expect, it } from 'vitest';
import { LoopWatch, type LoopEvent } from '../../../scripts/demo/loop-watch.ts';

const drives = (identity: string | null): LoopEvent => ({ event: 'active_operator', identity });
const metrics = (figures: { executed?: number; observations?: number; state?: string; p50?: number }): LoopEvent => ({
  event: 'metrics',
  state: figures.state ?? 'ACTIVE',
  executed: figures.executed ?? null,
  sync: { observations_emitted: figures.observations ?? 0 },
  policy: { e2e_us_p50: figures.p50 ?? null, e2e_us_p95: null },
});

function watch(): LoopWatch {
  return new LoopWatch({ policy: 'policy', person: 'you' });
}

describe('the verdict on the loop', () => {
  it('names everything that is missing at first', () => {
    expect(watch().missing()).toHaveLength(4);
  });

  it('is closed once actions, observations and a handover both ways were seen', () => {
    const loop = watch();
    for (const identity of ['policy', 'you', 'policy']) loop.take('host', drives(identity), 0);
    loop.take('host', metrics({ executed: 5 }), 1000);
    loop.take('policy', metrics({ observations: 7 }), 1000);
    expect(loop.missing()).toEqual([]);
    expect(loop.facts).toEqual({ executed: 5, observations: 7, takenOver: true, givenBack: true });
  });

  it('takes control that was cleared and claimed anew for no handover', () => {
    const loop = watch();
    for (const identity of ['policy', null, 'you', null, 'policy']) loop.take('host', drives(identity), 0);
    expect(loop.missing()).toContain('the person never took over from the policy');
    expect(loop.missing()).toContain('control was never given back to the policy');
  });

  it('believes the robot alone about who drives', () => {
    const loop = watch();
    loop.take('console', drives('you'), 0);
    expect(loop.driver).toBeNull();
  });
});

describe('the status line', () => {
  it('says state, driver, rate, delays and age', () => {
    const loop = watch();
    loop.take('host', drives('policy'), 0);
    loop.take('host', metrics({ executed: 0 }), 1000);
    loop.take('policy', metrics({ observations: 60 }), 2500);
    loop.take('host', metrics({ executed: 9, p50: 12_300 }), 3000);
    expect(loop.statusLine('41 ms')).toBe('ACTIVE · driven by policy · 30.0 observations/s · observation→action 12.3 / – ms · frame age 41 ms · 9 actions executed');
  });
});

describe('waiting', () => {
  it('ends with the event that is waited for, or with false', async () => {
    const loop = watch();
    const found = loop.until(() => loop.driver === 'you', 5000);
    loop.take('host', drives('you'), 0);
    expect(await found).toBe(true);
    expect(await loop.until(() => loop.driver === 'policy', 1)).toBe(false);
  });
});
