import { expect, type Locator, type Page } from 'playwright/test';

/** A tile's picture that came through main, as drawn: its size, how many different colours it has, and a fingerprint. */
interface DrawnPicture {
  width: number;
  height: number;
  colours: number;
  fingerprint: number;
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

/** Waits until the tile shows real pictures of that size through the frame port, and one after the other. */
export async function expectMovingPictureThroughMain(page: Page, track: string, size: { width: number; height: number; colours: number }): Promise<void> {
  await expect.poll(() => drawnPicture(page, track)).toMatchObject({ width: size.width, height: size.height });
  const first = await drawnPicture(page, track);
  expect(first.colours).toBeGreaterThanOrEqual(size.colours);
  await expect.poll(async () => (await drawnPicture(page, track)).fingerprint).not.toBe(first.fingerprint);
}

/** Waits until the tile's video element presents pictures of that size that follow each other. */
export async function expectPlayingVideo(page: Page, track: string, size: { width: number; height: number }): Promise<void> {
  const video = page.getByTestId(`tile-${track}`).locator('video');
  const seen = (): Promise<{ width: number; height: number; frames: number }> =>
    video.evaluate((element: HTMLVideoElement) => ({ width: element.videoWidth, height: element.videoHeight, frames: element.getVideoPlaybackQuality().totalVideoFrames }));
  await expect.poll(seen).toMatchObject(size);
  const { frames } = await seen();
  await expect.poll(async () => (await seen()).frames).toBeGreaterThan(frames + 5);
}

/** Waits until a canvas is drawn on, with one picture after another. */
export async function expectMovingCanvas(canvas: Locator): Promise<void> {
  const print = (): Promise<number> =>
    canvas.evaluate((element: HTMLCanvasElement) => {
      if (element.width === 0) return 0;
      let sum = 0;
      for (const pixel of new Uint32Array(element.getContext('2d')?.getImageData(0, 0, element.width, element.height).data.buffer ?? new ArrayBuffer(0))) sum = (Math.imul(sum, 31) + pixel) | 0;
      return sum;
    });
  await expect.poll(print).not.toBe(0);
  const first = await print();
  await expect.poll(print).not.toBe(first);
}
