import { expect, test, type Page } from 'playwright/test';
import { resizeWindow } from './console-window.ts';
import { FILM_SIZE, useFilmRobots } from './film-robot.ts';
import { expectMovingPictureThroughMain, expectPlayingVideo } from './tile.ts';

/** Every codec as a person sees it: its own colour, in its own tile, moving. */
const COLOURS = {
  mjpeg: [200, 60, 60],
  png: [60, 180, 70],
  raw: [70, 90, 210],
  vp8: [200, 180, 50],
  vp9: [170, 60, 190],
  av1: [50, 180, 190],
} as const;
type Codec = keyof typeof COLOURS;
/** Byte streams; and AV1, whose capture times the window's own live view cannot read. */
const THROUGH_MAIN: readonly Codec[] = ['mjpeg', 'png', 'raw', 'av1'];
/** Of a lossy codec in the colours of video, rounded twice. */
const NEAR = 30;

const { watch } = useFilmRobots();

/** A track's colour, with a dark bar that travels over the upper half. */
function pictureOf(track: string, step: number): Uint8Array {
  const pixels = new Uint8Array(3 * FILM_SIZE.width * FILM_SIZE.height);
  const colour = COLOURS[track as Codec];
  for (let at = 0; at < pixels.length; at += 3) pixels.set(colour, at);
  const row = 3 * FILM_SIZE.width;
  const top = 20 + ((step * 3) % 60);
  pixels.fill(25, top * row, (top + 16) * row);
  return pixels;
}

/** The colour in the lower middle of a tile, from a screenshot: what really is on the screen. */
async function shownColour(page: Page, track: string): Promise<number[]> {
  const picture = await page.getByTestId(`tile-${track}`).locator(THROUGH_MAIN.includes(track as Codec) ? 'canvas' : 'video').screenshot();
  return page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext('2d');
    context?.drawImage(bitmap, 0, 0);
    return [...(context?.getImageData(Math.round(bitmap.width / 2), Math.round(bitmap.height * 0.7), 1, 1).data ?? [])].slice(0, 3);
  }, picture.toString('base64'));
}

for (const codecs of [['mjpeg', 'png', 'raw'], ['vp8', 'vp9'], ['av1']] as const) {
  test(`pictures of ${codecs.join(', ')} are shown in their tiles as they were filmed, with their age, and make observations`, async ({}, testInfo) => {
    const yaml = `version: 1\nfps: 20\nvideos:\n${codecs.map((codec) => `  - { name: ${codec}, codec: ${codec} }\n`).join('')}state:\n  - { name: pan.pos, dtype: f32 }\naction:\n  - { name: pan.pos, dtype: f32 }\n`;
    const { console } = await watch(yaml, pictureOf);
    const { page } = console;
    for (const codec of codecs) {
      if (THROUGH_MAIN.includes(codec)) await expectMovingPictureThroughMain(page, codec, { ...FILM_SIZE, colours: 2 });
      else await expectPlayingVideo(page, codec, FILM_SIZE);
      // A screenshot holds up the page, and pictures that are half a second late are greyed as frozen: it needs time between two.
      await expect.poll(async () => distance(await shownColour(page, codec), COLOURS[codec]), { message: `the colour of ${codec}`, timeout: 60_000, intervals: [500, 3000] }).toBeLessThan(NEAR);
      await expect(page.getByTestId(`tile-age-${codec}`)).toContainText('ms');
    }
    await expect.poll(async () => Number.parseFloat(await page.getByTestId('obs-rate').innerText())).toBeGreaterThan(2);
    await page.screenshot({ path: testInfo.outputPath(`${codecs[0]}-1280x800.png`) });
    await resizeWindow(console, 1920, 1080);
    await page.screenshot({ path: testInfo.outputPath(`${codecs[0]}-1920x1080.png`) });
  });
}

function distance(shown: readonly number[], filmed: readonly number[]): number {
  return Math.max(...filmed.map((value, channel) => Math.abs(value - (shown[channel] ?? -255))));
}
