import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const CSS = readFileSync(join(import.meta.dirname, '../../../../renderer/console/styles/tokens.css'), 'utf8');

/** The tokens of a theme that are plain colours; the light theme inherits what it does not set. */
function tokens(theme: 'dark' | 'light'): Map<string, string> {
  const [dark = '', light = ''] = CSS.split(":root[data-theme='light']");
  const read = (text: string): [string, string][] => [...text.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/gu)].map(([, name = '', color = '']) => [name, color]);
  return new Map(theme === 'dark' ? read(dark) : [...read(dark), ...read(light)]);
}

/** Relative luminance and contrast as WCAG 2 defines them. */
function luminance(color: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

const TEXT = ['text', 'muted', 'you', 'others', 'warn', 'stop', 'ok', 'policy'];
const GROUND = ['background', 'panel', 'raised'];

describe.each(['dark', 'light'] as const)('the %s theme', (theme) => {
  const colors = tokens(theme);
  const color = (name: string): string => colors.get(name) ?? expect.fail(`no token --${name}`);

  it.each(TEXT.flatMap((text) => GROUND.map((ground) => [text, ground] as const)))('%s reads on %s', (text, ground) => expect(contrast(color(text), color(ground))).toBeGreaterThanOrEqual(4.5));

  it.each([['on-fill', 'stop-fill'], ['on-fill', 'stop-fill-hover'], ['on-accent', 'you'], ['muted', 'hover'], ['text', 'hover']])('%s reads on %s', (text, ground) =>
    expect(contrast(color(text), color(ground))).toBeGreaterThanOrEqual(4.5));
});
