import type { VideoPull } from '../../shared/portal/transport.ts';
import type { PixelFormat, VideoFrame } from '../../shared/portal/types.ts';

/** A picture as who pulls it gets it, owned by them. */
export function pulledPicture({ width, height, format, data }: VideoFrame, wanted: VideoPull): Pick<VideoFrame, 'width' | 'height' | 'format' | 'data'> {
  if (wanted === 'times') return { width: 0, height: 0, format, data: new Uint8Array(0) };
  return { width, height, format: wanted, data: convertPixels(data, width, height, format, wanted) };
}

/** A copy of the pixels in the wanted format (BT.601, limited range); both sides even. */
export function convertPixels(data: Uint8Array, width: number, height: number, from: PixelFormat, to: PixelFormat): Uint8Array {
  if (from === to) return data.slice();
  return to === 'i420' ? rgbToI420(data, width, height) : i420ToRgb(data, width, height);
}

function rgbToI420(rgb: Uint8Array, width: number, height: number): Uint8Array {
  const pixels = width * height;
  const planes = new Uint8Array(pixels + pixels / 2);
  let uAt = pixels;
  let vAt = pixels + pixels / 4;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = 3 * (y * width + x);
      const r = rgb[at] as number;
      const g = rgb[at + 1] as number;
      const b = rgb[at + 2] as number;
      planes[y * width + x] = (66 * r + 129 * g + 25 * b + 4224) >> 8;
      if ((x & 1) === 0 && (y & 1) === 0) {
        planes[uAt++] = (-38 * r - 74 * g + 112 * b + 32_896) >> 8;
        planes[vAt++] = (112 * r - 94 * g - 18 * b + 32_896) >> 8;
      }
    }
  }
  return planes;
}

function i420ToRgb(planes: Uint8Array, width: number, height: number): Uint8Array {
  const pixels = width * height;
  // A clamped array saturates the sums below by itself.
  const rgb = new Uint8ClampedArray(3 * pixels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const chromaAt = (y >> 1) * (width >> 1) + (x >> 1);
      const c = 298 * ((planes[y * width + x] as number) - 16) + 128;
      const d = (planes[pixels + chromaAt] as number) - 128;
      const e = (planes[pixels + pixels / 4 + chromaAt] as number) - 128;
      const at = 3 * (y * width + x);
      rgb[at] = (c + 409 * e) >> 8;
      rgb[at + 1] = (c - 100 * d - 208 * e) >> 8;
      rgb[at + 2] = (c + 516 * d) >> 8;
    }
  }
  return new Uint8Array(rgb.buffer);
}
