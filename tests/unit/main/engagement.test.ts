import { describe, expect, it } from 'vitest';
import { Engagement, STILL_MS, type EngagementInput } from '../../../main/engagement.ts';
import type { EngageMode } from '../../../shared/leader-choice.ts';

const JOINTS = [{ name: 'pan.pos', min: -110, max: 110, unit: 'deg', rest: 0 }, { name: 'grip.pos', min: 0, max: 100, unit: '%', rest: 0 }];
const AT = (pan: number): Record<string, number> => ({ 'pan.pos': pan, 'grip.pos': 20 });

function bench(mode: EngageMode) {
  const engagement = new Engagement(JOINTS, mode, 10);
  let nowUs = 1_000_000;
  const look = (changed: Partial<EngagementInput> = {}, ms = 10): boolean => {
    nowUs += ms * 1000;
    return engagement.update({ isDriving: true, leader: AT(0), robot: AT(0), isHeld: true, isGuided: false, absence: 'unplugged', ...changed }, nowUs);
  };
  return { engagement, look, phase: () => engagement.state.phase };
}

describe('a leader that engages at once', () => {
  it('drives with control and not without it', () => {
    const { look, phase } = bench('ramp');
    expect(look({ isDriving: false })).toBe(false);
    expect(phase()).toBe('idle');
    expect(look({ leader: AT(80) }), 'the robot approaches it').toBe(true);
    expect(look({ isDriving: false })).toBe(false);
    expect(look()).toBe(true);
  });

  it('is not engaged again by itself after it was not read, nor by the reading that comes back', () => {
    const { engagement, look, phase } = bench('ramp');
    look();
    expect(look({ leader: null })).toBe(false);
    expect(engagement.state).toMatchObject({ phase: 'lost', reason: 'unplugged' });
    for (let turn = 0; turn < 500; turn += 1) expect(look()).toBe(false);
    expect(engagement.state).toMatchObject({ phase: 'lost', reason: 'unplugged' });
    engagement.ask();
    expect(look()).toBe(true);
    expect(phase()).toBe('engaged');
  });

  it('does not begin to drive when it is plugged in after control was taken', () => {
    const { engagement, look } = bench('ramp');
    look({ leader: null });
    expect(look()).toBe(false);
    engagement.ask();
    expect(look()).toBe(true);
  });

  it('sends only while the deadman key is held', () => {
    const { look, phase } = bench('ramp');
    expect(look({ isHeld: false })).toBe(false);
    expect(phase()).toBe('released');
    expect(look()).toBe(true);
    expect(look({ isHeld: false })).toBe(false);
    expect(look()).toBe(true);
  });
});

describe('a leader that has to be held still in the robot’s pose', () => {
  it('engages after two seconds within tolerance, and says how long it was held', () => {
    const { engagement, look, phase } = bench('still');
    expect(look({ leader: AT(30) })).toBe(false);
    expect(engagement.state).toMatchObject({ phase: 'apart', reason: 'pan.pos is 30 away' });
    for (let ms = 0; ms < STILL_MS; ms += 10) expect(look({ leader: AT(8) }), `after ${ms} ms`).toBe(false);
    expect(phase()).toBe('still');
    expect(look({ leader: AT(8) })).toBe(true);
    expect(look({ leader: AT(60) }), 'once engaged it leads').toBe(true);
  });

  it('begins anew when the hand moves, leaves the tolerance, or the person asks again', () => {
    const { engagement, look } = bench('still');
    look({ leader: AT(0) });
    expect(look({ leader: AT(5) }, STILL_MS - 100)).toBe(false);
    expect(look({ leader: AT(5) }, STILL_MS - 100)).toBe(false);
    expect(look({ leader: AT(20) }, 200)).toBe(false);
    expect(look({ leader: AT(5) }, 10)).toBe(false);
    engagement.ask();
    expect(look({ leader: AT(5) }, STILL_MS)).toBe(false);
    expect(look({ leader: AT(6) }, STILL_MS), 'a hand that holds still moves a little').toBe(true);
  });

  it('waits for a robot that is not heard, and for the deadman key', () => {
    const { engagement, look } = bench('still');
    look({ robot: null });
    expect(engagement.state.reason).toContain('not heard');
    look({}, STILL_MS);
    expect(look({ isHeld: false }, STILL_MS)).toBe(false);
    expect(look({}, STILL_MS), 'the time begins with the key').toBe(false);
    expect(look({}, STILL_MS)).toBe(true);
    expect(look({ isHeld: false })).toBe(false);
    expect(look({ leader: AT(40) }), 'let go and moved: aligned anew').toBe(false);
  });

  it('lets its motors bring it there first, and is held still all the same', () => {
    const { look, phase } = bench('guide');
    expect(look({ leader: AT(50), isGuided: true })).toBe(false);
    expect(phase()).toBe('guiding');
    expect(look({ leader: AT(2) })).toBe(false);
    expect(look({ leader: AT(2) }, STILL_MS)).toBe(true);
  });
});
