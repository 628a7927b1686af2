/**
 * A capture timestamp drawn into a picture, to be read back from pixels: after H.264, after scaling, from a screenshot.
 *
 * Layout, all lengths in cells (one cell = picture width / 40): a black band along the bottom edge, 3 cells high, over the
 * whole width. In it 2 rows of 36 square cells, from column 2 to column 38: row 0 lies from 2.5 to 1.5 cells and
 * row 1 from 1.5 to 0.5 cells above the bottom edge. White = 1. Cells are numbered row by row, left to right:
 *
 *     cell  0 …  1   1 0      left mark
 *     cell  2 … 53   the timestamp, µs since the Unix epoch, 52 bits, highest first
 *     cell 54 … 69   CRC-16/CCITT-FALSE over the timestamp's 7 bytes, big endian
 *     cell 70 … 71   0 1      right mark
 *
 * A picture blended of two frames, or torn between them, fails the checksum instead of giving a wrong time.
 */
export const STRIP = { cellsAcross: 40, columns: 36, rows: 2, left: 2, bandHeight: 3, bottom: 2.5 } as const;

const TIMESTAMP_BITS = 52;
const CELLS = STRIP.columns * STRIP.rows;

/** The 72 cells of a timestamp, row by row; 1 = white. */
export function encodeStrip(timestampUs: number): Uint8Array {
  const cells = new Uint8Array(CELLS);
  cells[0] = 1;
  cells[CELLS - 1] = 1;
  for (let bit = 0; bit < TIMESTAMP_BITS; bit += 1) cells[2 + bit] = Math.floor(timestampUs / 2 ** (TIMESTAMP_BITS - 1 - bit)) % 2;
  const checksum = crc16(timestampUs);
  for (let bit = 0; bit < 16; bit += 1) cells[2 + TIMESTAMP_BITS + bit] = (checksum >> (15 - bit)) & 1;
  return cells;
}

/** Where the picture lies in what is sampled, in sampling units; not necessarily whole numbers. */
export interface PictureArea {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Brightness at a point, 0 (black) to 255; asked only inside the area. */
export type Sampler = (x: number, y: number) => number;

/**
 * Reads the strip of a picture shown in `area` (a whole decoded frame, or a tile in a screenshot), or null when there is
 * none or it is damaged. Borders a little off are found by trying.
 */
export function decodeStrip(sample: Sampler, area: PictureArea): number | null {
  const cell = area.width / STRIP.cellsAcross;
  for (const [dx, dy] of SHIFTS) {
    const timestampUs = readAt(sample, area, cell, dx * cell, dy * cell);
    if (timestampUs !== null) return timestampUs;
  }
  return null;
}

/** In cells, nearest first. */
const SHIFTS: readonly (readonly [number, number])[] = [-0.5, -0.25, 0, 0.25, 0.5]
  .flatMap((dx) => [-0.5, -0.25, 0, 0.25, 0.5].map((dy) => [dx, dy] as const))
  .sort((a, b) => Math.hypot(...a) - Math.hypot(...b));

/** Points of a cell that are looked at, from its centre: edges carry the neighbour's colour after compression. */
const POINTS: readonly (readonly [number, number])[] = [
  [0, 0],
  [-0.2, -0.2],
  [0.2, -0.2],
  [-0.2, 0.2],
  [0.2, 0.2],
];

function readAt(sample: Sampler, area: PictureArea, cell: number, dx: number, dy: number): number | null {
  const brightness = (index: number): number => {
    const centreX = area.x + dx + (STRIP.left + (index % STRIP.columns) + 0.5) * cell;
    const centreY = area.y + area.height + dy - (STRIP.bottom - Math.floor(index / STRIP.columns) - 0.5) * cell;
    let sum = 0;
    for (const [px, py] of POINTS) {
      const x = Math.min(area.x + area.width - 1, Math.max(area.x, Math.floor(centreX + px * cell)));
      const y = Math.min(area.y + area.height - 1, Math.max(area.y, Math.floor(centreY + py * cell)));
      sum += sample(x, y);
    }
    return sum / POINTS.length;
  };
  const white = (brightness(0) + brightness(CELLS - 1)) / 2;
  const black = (brightness(1) + brightness(CELLS - 2)) / 2;
  if (white - black < 40) return null;
  const bit = (index: number): number => (brightness(index) > (white + black) / 2 ? 1 : 0);
  let timestampUs = 0;
  for (let index = 0; index < TIMESTAMP_BITS; index += 1) timestampUs = timestampUs * 2 + bit(2 + index);
  let checksum = 0;
  for (let index = 0; index < 16; index += 1) checksum = checksum * 2 + bit(2 + TIMESTAMP_BITS + index);
  return checksum === crc16(timestampUs) ? timestampUs : null;
}

function crc16(timestampUs: number): number {
  let crc = 0xffff;
  for (let byte = 6; byte >= 0; byte -= 1) {
    crc ^= (Math.floor(timestampUs / 256 ** byte) % 256) << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x8000) === 0 ? (crc << 1) & 0xffff : ((crc << 1) ^ 0x1021) & 0xffff;
  }
  return crc;
}

/** Brightness of RGB24 (3 bytes a pixel) or RGBA (4) pixels. */
export function rgbSampler(pixels: Uint8Array | Uint8ClampedArray, width: number, bytesPerPixel: 3 | 4): Sampler {
  return (x, y) => {
    const at = (y * width + x) * bytesPerPixel;
    return 0.299 * (pixels[at] ?? 0) + 0.587 * (pixels[at + 1] ?? 0) + 0.114 * (pixels[at + 2] ?? 0);
  };
}

/** Brightness of an I420 frame: its first plane. */
export function i420Sampler(data: Uint8Array, width: number): Sampler {
  return (x, y) => data[y * width + x] ?? 0;
}
