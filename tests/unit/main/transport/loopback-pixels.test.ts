import { describe, expect, it } from 'vitest';
import { convertPixels } from '../../../../main/transport/loopback-pixels.ts';

const filled = (r: number, g: number, b: number): Uint8Array => Uint8Array.from({ length: 4 * 2 * 3 }, (_, n) => [r, g, b][n % 3] ?? 0);

describe('convertPixels', () => {
  it.each([[0, 0, 0], [255, 255, 255], [200, 30, 30], [20, 180, 60], [10, 20, 220]])('keeps the colour %i, %i, %i there and back', (r, g, b) => {
    const planes = convertPixels(filled(r, g, b), 4, 2, 'rgb24', 'i420');
    expect(planes).toHaveLength(12);
    const back = convertPixels(planes, 4, 2, 'i420', 'rgb24');
    back.forEach((value, n) => { expect(Math.abs(value - ([r, g, b][n % 3] ?? 0))).toBeLessThanOrEqual(4); });
  });

  it('copies what is in the right format already', () => {
    const pixels = filled(1, 2, 3);
    const copy = convertPixels(pixels, 4, 2, 'rgb24', 'rgb24');
    expect(copy).toEqual(pixels);
    expect(copy.buffer).not.toBe(pixels.buffer);
  });
});
