import { expect, it } from 'vitest';
import { thumbOf } from '../../../main/picture-thumb.ts';
import type { PixelFormat, VideoFrame } from '../../../shared/portal/types.ts';

function frame(width: number, height: number, format: PixelFormat, data: Uint8Array): VideoFrame {
  return { track: 'front', width, height, format, data, timestampUs: 7 };
}

it('leaves a picture that is small enough as it is', () => {
  const data = Uint8Array.from({ length: 24 }, (_, index) => index);
  expect(thumbOf(frame(4, 2, 'rgb24', data), 4)).toEqual(frame(4, 2, 'rgb24', data));
});

it('takes every third pixel of RGB', () => {
  const data = Uint8Array.from({ length: 3 * 12 * 6 }, (_, index) => Math.floor(index / 3) % 256);
  const thumb = thumbOf(frame(12, 6, 'rgb24', data), 4);
  expect([thumb.width, thumb.height]).toEqual([4, 2]);
  expect([...thumb.data]).toEqual([0, 3, 6, 9, 36, 39, 42, 45].flatMap((pixel) => [pixel, pixel, pixel]));
});

it('keeps the planes of I420 apart', () => {
  const data = new Uint8Array((8 * 8 * 3) / 2).fill(1, 0, 64).fill(2, 64, 80).fill(3, 80);
  const thumb = thumbOf(frame(8, 8, 'i420', data), 4);
  expect([thumb.width, thumb.height]).toEqual([4, 4]);
  expect([...thumb.data]).toEqual([...Array<number>(16).fill(1), ...Array<number>(4).fill(2), ...Array<number>(4).fill(3)]);
});

it.each([[4096, 4096], [1920, 1080], [640, 480], [6, 4]])('is even and no wider than asked, for %ix%i', (width, height) => {
  const thumb = thumbOf(frame(width, height, 'i420', new Uint8Array((width * height * 3) / 2)), 480);
  expect(thumb.width).toBeLessThanOrEqual(480);
  expect([thumb.width % 2, thumb.height % 2]).toEqual([0, 0]);
  expect(thumb.data.byteLength).toBe((thumb.width * thumb.height * 3) / 2);
});
