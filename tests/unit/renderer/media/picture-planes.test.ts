import { expect, it } from 'vitest';
import { toPicture, type SourceFrame } from '../../../../renderer/media/picture-planes.ts';

const neverDrawn = (): Uint8Array => expect.fail('it was drawn');

/** A frame of 4×2 whose `copyTo` gives these bytes. */
function frame(format: string | null, bytes: number[], rgbx: number[] = []): SourceFrame {
  const chosen = (options?: { format?: 'RGBX' }): number[] => (options?.format === 'RGBX' ? rgbx : bytes);
  return { format, displayWidth: 4, displayHeight: 2, timestamp: 17, allocationSize: (options) => chosen(options).length, copyTo: (to, options) => Promise.resolve(to.set(chosen(options))) };
}

const Y = [1, 2, 3, 4, 5, 6, 7, 8];
const RGB = Array.from({ length: 24 }, (_, index) => index);
const RGBX = Array.from({ length: 32 }, (_, index) => (index % 4 === 3 ? 255 : index - Math.floor(index / 4)));

it.each([
  ['I420', [...Y, 10, 11, 20, 21]],
  ['I420A', [...Y, 10, 11, 20, 21, ...Y]],
  ['NV12', [...Y, 10, 20, 11, 21]],
])('makes I420 of %s', async (format, bytes) => {
  expect(await toPicture(frame(format, bytes), neverDrawn)).toEqual({ width: 4, height: 2, format: 'i420', data: Uint8Array.from([...Y, 10, 11, 20, 21]), timestampUs: 17 });
});

it('makes RGB of everything else', async () => {
  const rgb = { width: 4, height: 2, format: 'rgb24', data: Uint8Array.from(RGB), timestampUs: 17 };
  expect(await toPicture(frame('I422', [], RGBX), neverDrawn)).toEqual(rgb);
  expect(await toPicture(frame(null, []), () => Uint8Array.from(RGBX))).toEqual(rgb);
});
