import { expect, it } from 'vitest';
import { nextThemeChoice, readThemeChoice, type ThemeChoice } from '../../../../renderer/console/theme.ts';

it.each(['dark', 'light'] as const)('goes through all three choices under a %s system, and the first step shows', (system) => {
  const gone: ThemeChoice[] = ['system'];
  for (let step = 0; step < 3; step += 1) gone.push(nextThemeChoice(gone.at(-1) ?? 'system', system));
  expect(gone[1]).not.toBe(system);
  expect(new Set(gone.slice(0, 3))).toEqual(new Set(['system', 'dark', 'light']));
  expect(gone[3]).toBe('system');
});

it('is the system’s until somebody has chosen', () => {
  expect([null, '', 'purple', 'system', 'dark', 'light'].map(readThemeChoice)).toEqual(['system', 'system', 'system', 'system', 'dark', 'light']);
});
