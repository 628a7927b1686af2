import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { readJpegSize, readPngSize } from '../../../../shared/portal/image-size.ts';
import { SeededRandom } from '../../../fakes/seeded-random.ts';

const png = (width: number, height: number): Uint8Array => new Uint8Array(PNG.sync.write(new PNG({ width, height })));

/** SOI, an APP0 segment, then a start of frame of `marker`, as an encoder begins a file. */
function jpegHead(width: number, height: number, marker = 0xc0): Uint8Array {
  return Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xff, marker, 0, 11, 8, height >> 8, height & 255, width >> 8, width & 255, 3, 1, 0x22, 0]);
}

describe('the size in an image file', () => {
  it.each([[1, 1], [7, 3], [640, 480], [300, 2]])('of a PNG of %i×%i', (width, height) => {
    expect(readPngSize(png(width, height))).toEqual({ width, height });
  });

  it('of a JPEG is in its start of frame, baseline or progressive, behind other segments and fill bytes', () => {
    expect(readJpegSize(jpegHead(640, 480))).toEqual({ width: 640, height: 480 });
    expect(readJpegSize(jpegHead(65_535, 1, 0xc2))).toEqual({ width: 65_535, height: 1 });
  });

  it('is none in an interlaced PNG, in one without pixels, in a JPEG table, and in data', () => {
    const interlaced = png(4, 4);
    interlaced[28] = 1;
    const empty = png(4, 4);
    empty.fill(0, 16, 20);
    expect(readPngSize(interlaced)).toBeNull();
    expect(readPngSize(empty)).toBeNull();
    expect(readJpegSize(jpegHead(8, 8, 0xc4))).toBeNull();
    expect(readJpegSize(jpegHead(0, 8))).toBeNull();
    expect(readJpegSize(Uint8Array.from([0xff, 0xd8, 0xff, 0xda, 0, 4, 1, 2, ...jpegHead(8, 8).subarray(2)]))).toBeNull();
    expect(readJpegSize(png(4, 4))).toBeNull();
    expect(readPngSize(jpegHead(8, 8))).toBeNull();
  });

  it('is found or not, but never throws, in every head that is cut, bent or random', () => {
    const random = new SeededRandom(11);
    for (const whole of [png(9, 5), jpegHead(9, 5)]) {
      for (let length = 0; length <= whole.byteLength; length++) {
        readPngSize(whole.subarray(0, length));
        readJpegSize(whole.subarray(0, length));
      }
      for (let turn = 0; turn < 5000; turn++) {
        const bent = whole.slice();
        for (let k = random.integer(1, 4); k > 0; k--) bent[random.integer(0, Math.min(60, bent.byteLength - 1))] = random.integer(0, 255);
        for (const size of [readPngSize(bent), readJpegSize(bent)]) if (size !== null) expect(Math.min(size.width, size.height)).toBeGreaterThan(0);
      }
    }
  });
});
