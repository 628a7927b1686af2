import { describe, expect, it } from 'vitest';
import { canLoadJpeg, JpegCodec } from '../../../../main/codecs/jpeg.ts';
import { gradient, meanError, noise } from '../../../fakes/frame-film.ts';

describe('the JPEG codec', () => {
  const codec = new JpegCodec();

  it('can be loaded by the oldest runtime that the app runs on', () => {
    expect(canLoadJpeg()).toBe(true);
  });

  it.each([[1, 1], [65, 33], [641, 479], [2048, 8]])('brings %i×%i pixels back closely', async (width, height) => {
    const { rgb } = gradient(width, height);
    const jpeg = await codec.encode({ width, height, rgbBorrow: rgb }, 95);
    expect([...jpeg.subarray(0, 2)]).toEqual([0xff, 0xd8]);
    expect(meanError(await codec.decode(jpeg, width, height), rgb)).toBeLessThan(6);
  });

  it('takes every quality, and makes more of the better one', async () => {
    const picture = noise(64, 48);
    const sizes = await Promise.all([1, 50, 100].map(async (quality) => (await codec.encode({ width: 64, height: 48, rgbBorrow: picture.rgb }, quality)).byteLength));
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
    expect(sizes[2]).toBeGreaterThan(2 * (sizes[0] ?? 0));
  });

  it('refuses what is broken or of another size with FRAME_INVALID and goes on', async () => {
    const { rgb } = gradient(32, 16);
    const jpeg = await codec.encode({ width: 32, height: 16, rgbBorrow: rgb }, 90);
    const invalid = expect.objectContaining({ code: 'FRAME_INVALID' }) as Error;
    await expect(codec.decode(new Uint8Array(100), 32, 16)).rejects.toThrow(invalid);
    await expect(codec.decode(jpeg, 16, 16)).rejects.toThrow(invalid);
    expect(meanError(await codec.decode(jpeg, 32, 16), rgb)).toBeLessThan(6);
  });
});
