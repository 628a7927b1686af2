import { parentPort } from 'node:worker_threads';
import { PNG } from 'pngjs';

/**
 * The thread behind `png.ts`. Plain JavaScript, because Node starts a thread's file itself, without the compiler that tests
 * and scripts run under. A request is `{ id, kind, data, width, height }`, the answer `{ id, data }` or `{ id, error }`.
 */

/** Each pixel as its difference to the one before: by far the cheapest filter that still halves a camera's picture. */
const FILTER_SUB = 1;
const RGB = 2;

parentPort?.on('message', ({ id, kind, data, width, height }) => {
  try {
    const done = kind === 'encode' ? encode(data, width, height) : decode(data, width, height);
    parentPort?.postMessage({ id, data: done }, [done.buffer]);
  } catch (thrown) {
    parentPort?.postMessage({ id, error: thrown instanceof Error ? thrown.message : String(thrown) });
  }
});

function encode(rgb, width, height) {
  const png = PNG.sync.write({ width, height, data: Buffer.from(rgb.buffer, rgb.byteOffset, rgb.byteLength) }, { colorType: RGB, inputColorType: RGB, inputHasAlpha: false, bitDepth: 8, filterType: FILTER_SUB });
  return new Uint8Array(png);
}

function decode(png, width, height) {
  const image = PNG.sync.read(Buffer.from(png.buffer, png.byteOffset, png.byteLength));
  if (image.width !== width || image.height !== height) throw new Error(`the picture is ${image.width}×${image.height}`);
  const rgba = image.data;
  const rgb = new Uint8Array(3 * width * height);
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    rgb[to] = rgba[from];
    rgb[to + 1] = rgba[from + 1];
    rgb[to + 2] = rgba[from + 2];
  }
  return rgb;
}
