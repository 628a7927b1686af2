import { describe, expect, it } from 'vitest';
import { FrameClock } from '../../../../renderer/console/frame-clock.ts';

const T0 = 1_700_000_000_000_000;

function at30Hz(ageMs: number | null, frames = 30): FrameClock {
  const clock = new FrameClock();
  for (let index = 0; index < frames; index += 1) {
    const presentedUs = T0 + Math.round((index * 1_000_000) / 30);
    clock.presented(ageMs === null ? null : presentedUs - ageMs * 1000, presentedUs);
  }
  return clock;
}

describe('FrameClock', () => {
  it('knows nothing before the first picture', () => {
    expect(new FrameClock().read(T0)).toEqual({ ageMs: null, frozenMs: null, fps: 0, clocksDiffer: false });
  });

  it('tells the usual age, not that of one late picture', () => {
    const clock = at30Hz(36);
    clock.presented(T0, T0 + 1_000_000);
    expect(clock.read(T0 + 1_010_000).ageMs).toBe(36);
  });

  it('counts pictures a second', () => {
    expect(at30Hz(36, 61).read(T0 + 2_000_000).fps).toBe(30);
  });

  it('says frozen after half a second without a picture, and for how long', () => {
    const clock = at30Hz(36, 1);
    expect(clock.read(T0 + 500_000).frozenMs).toBeNull();
    expect(clock.read(T0 + 1_700_000).frozenMs).toBe(1700);
    clock.presented(T0 + 1_700_000, T0 + 1_736_000);
    expect(clock.read(T0 + 1_740_000).frozenMs).toBeNull();
  });

  it('does not invent an age for pictures without a capture time', () => {
    expect(at30Hz(null).read(T0 + 990_000)).toMatchObject({ ageMs: null, frozenMs: null });
  });

  it('says so when pictures seem to come from the future', () => {
    expect(at30Hz(-300).read(T0 + 990_000).clocksDiffer).toBe(true);
    expect(at30Hz(-3).read(T0 + 990_000).clocksDiffer).toBe(false);
  });
});
