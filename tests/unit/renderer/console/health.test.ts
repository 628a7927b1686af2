import { describe, expect, it } from 'vitest';
import { diagnose, type DiagnosisInput } from '../../../../renderer/console/diagnosis.ts';
import { healthFigures } from '../../../../renderer/console/health-figures.ts';
import { RecentShare } from '../../../../renderer/console/recent-share.ts';
import type { Health } from '../../../../shared/console-state.ts';
import { METRICS, WELL } from './console-fixture.ts';

function figures(health: Partial<Health> = {}, droppedShare: number | null = 0) {
  return healthFigures({ ...WELL.health, ...health }, METRICS, { fps: 30, droppedShare });
}
const figure = (id: string, ...args: Parameters<typeof figures>) => figures(...args).find((one) => one.id === id) ?? expect.fail(`no figure ${id}`);

describe('healthFigures', () => {
  it('shows eight figures, none of them lit while all is well', () => {
    expect(figures()).toHaveLength(8);
    expect(figures().filter(({ level }) => level !== 'plain')).toEqual([]);
  });

  it('shows a dash without a unit where there is no sample', () => {
    expect(figure('rtt', { rttMs: null })).toMatchObject({ value: '–', unit: '', level: 'plain' });
  });

  it.each([
    ['screen-p95', { captureToScreenP95Ms: 80 }, 'plain'],
    ['screen-p95', { captureToScreenP95Ms: 81 }, 'warn'],
    ['screen-p95', { captureToScreenP95Ms: 201 }, 'bad'],
    ['rtt', { rttMs: 81 }, 'warn'],
    ['obs-rate', { observationsPerS: 24 }, 'warn'],
    ['obs-rate', { observationsPerS: 14 }, 'bad'],
  ] as const)('%s with %j is %s', (id, health, level) => expect(figure(id, health).level).toBe(level));

  it('judges unmatched states by the last seconds, not by their sum', () => {
    expect(figure('dropped', {}, null)).toMatchObject({ level: 'plain', value: '–', unit: '' });
    expect(figure('dropped', {}, 0.2)).toMatchObject({ level: 'warn', value: '20.0', unit: '%' });
  });
});

describe('diagnose', () => {
  const input = (changes: Partial<DiagnosisInput> = {}): DiagnosisInput => ({ ...WELL, frozen: [], figures: figures(), ...changes });

  it('says that all is well only when nothing is lit', () => {
    expect(diagnose(input())).toEqual({ level: 'plain', text: 'All is well.' });
    for (const lit of [figures({ observationsPerS: 20 }), figures({}, 0.9), figures({ observationToActionP95Ms: 300 })]) expect(diagnose(input({ figures: lit })).level).not.toBe('plain');
  });

  it('names the worst first', () => {
    expect(diagnose(input({ phase: 'reconnecting', frozen: ['front'] })).text).toContain('connection');
    expect(diagnose(input({ session: { ...WELL.session!, robotIdentity: null } })).text).toContain('robot host');
    expect(diagnose(input({ frozen: ['front'] })).text).toContain('front is frozen');
    expect(diagnose(input({ health: { ...WELL.health, observationsPerS: 0 }, metrics: { ...METRICS, sync: { ...METRICS.sync, last_blocker_track: 'wrist' } } })).text).toContain('wrist is missing');
  });
});

describe('RecentShare', () => {
  it('is never more than all: what is dropped may be older than the window', () => {
    const share = new RecentShare(1000, 1);
    share.add(0, 0, 100);
    expect(share.add(500, 12, 110)).toBe(1);
  });

  it('forgets what is longer ago than its window', () => {
    const share = new RecentShare(1000, 10);
    expect(share.add(0, 0, 0)).toBeNull();
    expect(share.add(500, 50, 100)).toBe(0.5);
    share.add(1600, 50, 300);
    expect(share.add(2500, 50, 400)).toBe(0);
  });

  it('starts anew after a reset', () => {
    const share = new RecentShare(1000, 10);
    share.add(0, 40, 100);
    expect(share.add(100, 0, 5)).toBeNull();
    expect(share.add(200, 5, 25)).toBe(0.25);
  });
});
