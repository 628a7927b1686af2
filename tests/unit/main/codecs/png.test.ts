import { performance } from 'node:perf_hooks';
import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { PngCodec } from '../../../../main/codecs/png.ts';
import { SeededRandom } from '../../../fakes/seeded-random.ts';

function noise(width: number, height: number, seed = 1): Uint8Array {
  const random = new SeededRandom(seed);
  return Uint8Array.from({ length: 3 * width * height }, () => random.integer(0, 255));
}

describe('the PNG codec', () => {
  const codec = new PngCodec();

  it.each([[1, 1], [2, 2], [8, 8], [7, 5], [2048, 8], [8, 2048], [641, 479]])('brings %i×%i pixels back exactly', async (width, height) => {
    const rgb = noise(width, height);
    const png = await codec.encode({ width, height, rgbBorrow: rgb });
    expect(PNG.sync.read(Buffer.from(png))).toMatchObject({ width, height });
    expect(Buffer.compare(await codec.decode(png, width, height), rgb)).toBe(0);
  });

  it('makes flat pictures small, and reads files of other encoders: grey, palette, alpha', async () => {
    const flat = await codec.encode({ width: 640, height: 480, rgbBorrow: new Uint8Array(3 * 640 * 480).fill(40) });
    expect(flat.byteLength).toBeLessThan(20_000);
    const grey = PNG.sync.write({ width: 2, height: 1, data: Buffer.from([10, 200]) } as PNG, { colorType: 0, inputColorType: 0, inputHasAlpha: false });
    expect([...(await codec.decode(grey, 2, 1))]).toEqual([10, 10, 10, 200, 200, 200]);
    const alpha = PNG.sync.write({ width: 1, height: 1, data: Buffer.from([1, 2, 3, 128]) } as PNG, { colorType: 6 });
    expect([...(await codec.decode(alpha, 1, 1))]).toEqual([1, 2, 3]);
  });

  it('takes the pixels at the call: the buffer may change while it works', async () => {
    const rgb = noise(64, 64);
    const before = rgb.slice();
    const encoding = codec.encode({ width: 64, height: 64, rgbBorrow: rgb });
    rgb.fill(0);
    expect(Buffer.compare(await codec.decode(await encoding, 64, 64), before)).toBe(0);
  });

  it('refuses what is broken with FRAME_INVALID and goes on', async () => {
    const rgb = noise(16, 16);
    const png = await codec.encode({ width: 16, height: 16, rgbBorrow: rgb });
    const invalid = expect.objectContaining({ code: 'FRAME_INVALID' }) as Error;
    await expect(codec.decode(png.slice(0, 60), 16, 16)).rejects.toThrow(invalid);
    await expect(codec.decode(new Uint8Array(100), 16, 16)).rejects.toThrow(invalid);
    await expect(codec.decode(png, 16, 17)).rejects.toThrow(invalid);
    expect(Buffer.compare(await codec.decode(png, 16, 16), rgb)).toBe(0);
  });

  it('works beside the event loop, also on 4K', async () => {
    const [width, height] = [3840, 2160];
    const rgb = new Uint8Array(3 * width * height);
    for (let at = 0; at < rgb.length; at++) rgb[at] = (at * 7) ^ (at >> 9);
    await codec.encode({ width: 8, height: 8, rgbBorrow: noise(8, 8) });
    const before = performance.eventLoopUtilization();
    const png = await codec.encode({ width, height, rgbBorrow: rgb });
    const back = await codec.decode(png, width, height);
    const { utilization } = performance.eventLoopUtilization(before);
    expect(Buffer.compare(back, rgb)).toBe(0);
    // Work on the loop itself would leave it no time to wait.
    expect(utilization).toBeLessThan(0.5);
  });
});
