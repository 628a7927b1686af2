import { expect, type Locator, type Page } from 'playwright/test';

interface Size {
  width: number;
  height: number;
}

/** A track is subscribed to, and its decoder waits for a picture that stands by itself. */
const FIRST_WITHIN_MS = 30_000;

/** A tile's picture that came through main, as drawn: its size, how many different colours it has, and a fingerprint. */
interface DrawnPicture extends Size {
  colours: number;
  fingerprint: number;
}

const AS_PUBLISHED = 'as published';

/**
 * Whether pictures are those of a track of that size, in words. An encoder that cannot keep up makes them smaller before it leaves
 * one out, in the same proportions: a busy machine is no failure.
 */
export function sizeInWords({ width, height }: Size, published: Size): string {
  const isSmaller = width > 0 && height > 0 && width <= published.width && height <= published.height;
  const stretch = (width * published.height) / (height * published.width);
  return isSmaller && Math.abs(stretch - 1) < 0.05 ? AS_PUBLISHED : `${width}×${height} of a track of ${published.width}×${published.height}`;
}

async function drawnPicture(page: Page, track: string): Promise<DrawnPicture> {
  return page.getByTestId(`tile-${track}`).locator('canvas').evaluate((canvas: HTMLCanvasElement) => {
    const { width, height } = canvas;
    if (width === 0 || height === 0) return { width, height, colours: 0, fingerprint: 0 };
    const pixels = new Uint32Array(canvas.getContext('2d')?.getImageData(0, 0, width, height).data.buffer ?? new ArrayBuffer(0));
    let fingerprint = 0;
    for (const pixel of pixels) fingerprint = (Math.imul(fingerprint, 31) + pixel) | 0;
    return { width, height, colours: new Set(pixels).size, fingerprint };
  });
}

/** Waits until the tile shows real pictures of a track of that size through the frame port, and one after the other. */
export async function expectMovingPictureThroughMain(page: Page, track: string, size: Size & { colours: number }): Promise<void> {
  await expect.poll(async () => sizeInWords(await drawnPicture(page, track), size), { timeout: FIRST_WITHIN_MS }).toBe(AS_PUBLISHED);
  const first = await drawnPicture(page, track);
  expect(first.colours).toBeGreaterThanOrEqual(size.colours);
  await expect.poll(async () => (await drawnPicture(page, track)).fingerprint).not.toBe(first.fingerprint);
}

/** Waits until the tile's video element presents pictures of a track of that size that follow each other. */
export async function expectPlayingVideo(page: Page, track: string, size: Size): Promise<void> {
  const video = page.getByTestId(`tile-${track}`).locator('video');
  const seen = (): Promise<Size & { frames: number }> =>
    video.evaluate((element: HTMLVideoElement) => ({ width: element.videoWidth, height: element.videoHeight, frames: element.getVideoPlaybackQuality().totalVideoFrames }));
  await expect.poll(async () => sizeInWords(await seen(), size), { timeout: FIRST_WITHIN_MS }).toBe(AS_PUBLISHED);
  const { frames } = await seen();
  await expect.poll(async () => (await seen()).frames).toBeGreaterThan(frames + 5);
}

/** Waits until a canvas is drawn on, with one picture after another. `firstWithinMs`: until the first. */
export async function expectMovingCanvas(canvas: Locator, firstWithinMs = FIRST_WITHIN_MS): Promise<void> {
  const print = (): Promise<number> =>
    canvas.evaluate((element: HTMLCanvasElement) => {
      if (element.width === 0) return 0;
      let sum = 0;
      for (const pixel of new Uint32Array(element.getContext('2d')?.getImageData(0, 0, element.width, element.height).data.buffer ?? new ArrayBuffer(0))) sum = (Math.imul(sum, 31) + pixel) | 0;
      return sum;
    });
  await expect.poll(print, { timeout: firstWithinMs }).not.toBe(0);
  const first = await print();
  await expect.poll(print).not.toBe(first);
}
