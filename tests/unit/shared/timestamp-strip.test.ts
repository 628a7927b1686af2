import { describe, expect, it } from 'vitest';
import { decodeStrip, encodeStrip, rgbSampler, STRIP, type Sampler } from '../../../shared/timestamp-strip.ts';

const NOW_US = 1_795_463_412_345_678;

/** A picture that exists as a function: grey above, the band below. */
function picture(timestampUs: number, width: number, height: number): Sampler {
  const cells = encodeStrip(timestampUs);
  const cell = width / STRIP.cellsAcross;
  return (x, y) => {
    const up = (height - y - 0.5) / cell;
    const column = Math.floor((x + 0.5) / cell) - STRIP.left;
    const row = Math.floor(STRIP.bottom - up);
    if (up > STRIP.bandHeight) return 120;
    if (row < 0 || row >= STRIP.rows || column < 0 || column >= STRIP.columns) return 0;
    return (cells[row * STRIP.columns + column] ?? 0) * 255;
  };
}

describe('the timestamp strip', () => {
  it('gives back the time it was given, at every size from 160x120 up', () => {
    for (const [width, height] of [[160, 120], [320, 240], [640, 480], [853, 480], [1280, 720], [1920, 1080]] as const) {
      for (const timestampUs of [0, 1, NOW_US, 2 ** 52 - 1]) expect(decodeStrip(picture(timestampUs, width, height), { x: 0, y: 0, width, height })).toBe(timestampUs);
    }
  });

  it('is found where the borders of the picture are not exactly known', () => {
    const sample = picture(NOW_US, 640, 480);
    for (const [dx, dy] of [[-6, 3], [5, -5], [7, 7]] as const) {
      const shifted: Sampler = (x, y) => sample(Math.min(639, Math.max(0, x - dx)), Math.min(479, Math.max(0, y - dy)));
      expect(decodeStrip(shifted, { x: 0, y: 0, width: 640, height: 480 })).toBe(NOW_US);
    }
  });

  it('survives noise and washed-out contrast', () => {
    const sample = picture(NOW_US, 640, 480);
    let seed = 1;
    const noisy: Sampler = (x, y) => {
      seed = (seed * 16_807) % 2_147_483_647;
      return 60 + sample(x, y) * 0.4 + (seed % 40) - 20;
    };
    expect(decodeStrip(noisy, { x: 0, y: 0, width: 640, height: 480 })).toBe(NOW_US);
  });

  it('reads nothing from two frames blended into one', () => {
    const one = picture(NOW_US, 640, 480);
    const other = picture(NOW_US + 33_333, 640, 480);
    for (const share of [0.3, 0.45, 0.55, 0.7]) {
      const got = decodeStrip((x, y) => one(x, y) * share + other(x, y) * (1 - share), { x: 0, y: 0, width: 640, height: 480 });
      expect([null, NOW_US, NOW_US + 33_333]).toContain(got);
    }
  });

  it('reads nothing from a picture without one', () => {
    let seed = 7;
    const random: Sampler = () => (seed = (seed * 48_271) % 2_147_483_647) % 256;
    const area = { x: 0, y: 0, width: 320, height: 240 };
    expect(decodeStrip(() => 80, area)).toBeNull();
    const hits = Array.from({ length: 50 }, () => decodeStrip(random, area)).filter((value) => value !== null);
    expect(hits).toEqual([]);
  });

  it('reads a tile inside a screenshot', () => {
    const sample = picture(NOW_US, 640, 480);
    const pixels = new Uint8Array(1000 * 700 * 4).fill(30);
    for (let y = 0; y < 480; y += 1) for (let x = 0; x < 640; x += 1) pixels.fill(sample(x, y), ((y + 90) * 1000 + x + 200) * 4, ((y + 90) * 1000 + x + 200) * 4 + 3);
    expect(decodeStrip(rgbSampler(pixels, 1000, 4), { x: 200, y: 90, width: 640, height: 480 })).toBe(NOW_US);
  });
});
