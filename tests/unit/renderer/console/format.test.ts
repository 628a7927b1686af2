import { describe, expect, it } from 'vitest';
import { formatAgo, formatCount, formatDuration, formatMs, formatNumber, jointLabel, shortUrl, unitSign } from '../../../../renderer/console/format.ts';
import { clampTo, jointRange, shareOf } from '../../../../renderer/console/joint-range.ts';

describe('figures', () => {
  it.each([[12.44, 1, '12.4'], [-48.2, 1, '−48.2'], [-0.04, 1, '0.0'], [0, 2, '0.00'], [null, 1, '–'], [undefined, 1, '–'], [Number.NaN, 1, '–'], [Infinity, 1, '–']])('formatNumber(%s, %s) = %s', (value, decimals, text) =>
    expect(formatNumber(value, decimals)).toBe(text));
  it.each([[4.12, '4.1'], [9.96, '10'], [118.4, '118'], [null, '–']])('formatMs(%s) = %s', (value, text) => expect(formatMs(value)).toBe(text));
  it.each([[9999, '9999'], [12_345, '12.3k'], [3_200_000, '3.2M']])('formatCount(%s) = %s', (value, text) => expect(formatCount(value)).toBe(text));
});

describe('times', () => {
  it.each([[42, '00:42'], [3599, '59:59'], [3661, '1:01:01'], [-5, '00:00']])('formatDuration of %s s = %s', (seconds, text) => expect(formatDuration(seconds * 1_000_000)).toBe(text));
  it.each([[30, 'just now'], [120, '2 min ago'], [7200, '2 h ago'], [90_000, 'yesterday'], [200_000, '2 days ago']])('formatAgo of %s s = %s', (seconds, text) =>
    expect(formatAgo(0, seconds * 1_000_000)).toBe(text));
});

describe('names', () => {
  it('leaves the common ending of joints out', () => expect([jointLabel('shoulder_pan.pos'), jointLabel('speed')]).toEqual(['shoulder_pan', 'speed']));
  it('writes units as they stand behind a figure', () => expect([unitSign('deg'), unitSign('%'), unitSign('')]).toEqual(['°', ' %', '']));
  it('shortens addresses', () => expect(shortUrl('wss://portal.example.com/')).toBe('portal.example.com'));
});

describe('ranges', () => {
  const joint = { name: 'a', min: -50, max: 150, unit: 'deg', commandable: true };
  it('are the robot’s own where it tells them', () => expect(jointRange(joint)).toEqual({ min: -50, max: 150 }));
  it('are the usual ones of the unit where it does not', () => {
    expect(jointRange({ ...joint, min: null, max: null })).toEqual({ min: -180, max: 180 });
    expect(jointRange({ ...joint, min: null, max: null, unit: '%' })).toEqual({ min: 0, max: 100 });
    expect(jointRange({ ...joint, min: 5, max: 5 })).toEqual({ min: -180, max: 180 });
  });
  it('place a value on the bar, and what is outside at its end', () => {
    const range = { min: -50, max: 150 };
    expect([shareOf(50, range), shareOf(-999, range), shareOf(999, range)]).toEqual([0.5, 0, 1]);
    expect([clampTo(-999, range), clampTo(7, range), clampTo(999, range)]).toEqual([-50, 7, 150]);
  });
});
