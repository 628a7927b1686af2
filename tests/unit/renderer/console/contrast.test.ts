import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const CSS = readFileSync(join(import.meta.dirname, '../../../../renderer/console/styles/tokens.css'), 'utf8');

/** Red, green and blue to 255, and alpha to 1. */
type Colour = readonly number[];

function parse(text: string): Colour {
  const hex = /^#(..)(..)(..)$/u.exec(text)?.slice(1).map((part) => Number.parseInt(part, 16));
  const [red = 0, green = 0, blue = 0, percent = 100] = hex ?? [...text.matchAll(/\d+/gu)].map(Number);
  return [red, green, blue, percent / 100];
}

/** The tokens of a theme that are colours; the light theme inherits what it does not set. */
function tokens(theme: 'dark' | 'light'): Map<string, Colour> {
  const [dark = '', light = ''] = CSS.split(":root[data-theme='light']");
  const read = (text: string): [string, Colour][] => [...text.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6}|rgb\([^)]+\))/gu)].map(([, name = '', color = '']) => [name, parse(color)]);
  return new Map(theme === 'dark' ? read(dark) : [...read(dark), ...read(light)]);
}

/** Relative luminance and contrast as WCAG 2 defines them. */
function luminance(color: Colour): number {
  const [r = 0, g = 0, b = 0] = color.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: Colour, b: Colour): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

/** What is seen of a wash over a ground. */
function washed(wash: Colour, ground: Colour): Colour {
  const alpha = wash[3] ?? 1;
  return wash.slice(0, 3).map((value, channel) => value * alpha + (ground[channel] ?? 0) * (1 - alpha));
}

const TEXT = ['text', 'muted', 'you', 'others', 'warn', 'stop', 'ok', 'policy'];
const GROUND = ['background', 'panel', 'raised'];

describe.each(['dark', 'light'] as const)('the %s theme', (theme) => {
  const colors = tokens(theme);
  const color = (name: string): Colour => colors.get(name) ?? expect.fail(`no token --${name}`);

  it.each(TEXT.flatMap((text) => GROUND.map((ground) => [text, ground] as const)))('%s reads on %s', (text, ground) => expect(contrast(color(text), color(ground))).toBeGreaterThanOrEqual(4.5));

  it.each([['on-fill', 'stop-fill'], ['on-fill', 'stop-fill-hover'], ['on-accent', 'you'], ['on-accent', 'you-hover'], ['muted', 'hover'], ['text', 'hover'], ['on-picture', 'picture']])('%s reads on %s', (text, ground) =>
    expect(contrast(color(text), color(ground))).toBeGreaterThanOrEqual(4.5));

  // A wash is at its strongest where the word of the banner stands; what lies on a gradient is out of the browser test's sight.
  it.each(['you', 'others', 'warn', 'stop', 'away'].flatMap((tone) => ['background', 'panel'].map((ground) => [tone, ground] as const)))('words read on the wash of %s over %s', (tone, ground) => {
    for (const text of ['text', 'muted', ...(tone === 'away' ? [] : [tone])]) expect(contrast(color(text), washed(color(`${tone}-wash`), color(ground))), text).toBeGreaterThanOrEqual(4.5);
  });

  it.each([['text', 'hover'], ['you', 'hover'], ['others', 'hover'], ['others', 'background'], ['others', 'panel'], ['others', 'raised'], ['field-line', 'background'], ['field-line', 'panel']])('a mark, a focus ring or the edge of a field in %s is seen on %s', (mark, ground) =>
    expect(contrast(color(mark), color(ground))).toBeGreaterThanOrEqual(3));
});
