/** Width and height as an image file's own header says, without decoding anything. */
export interface ImageSize {
  width: number;
  height: number;
}

const PNG_START = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52];
const IHDR_END = 33;

/**
 * From a PNG's IHDR (ISO/IEC 15948, §11.2.2); null when `bytes` are no PNG, or an interlaced one: no camera sends those,
 * and only their decoder cannot be told beforehand how much may come out.
 */
export function readPngSize(bytes: Uint8Array): ImageSize | null {
  if (bytes.byteLength < IHDR_END || PNG_START.some((byte, at) => bytes[at] !== byte)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes[28] !== 0) return null;
  return sizeOf(view.getUint32(16), view.getUint32(20));
}

/** Start-of-frame markers: C0–CF without DHT (C4), JPG (C8) and DAC (CC). */
function isStartOfFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/** From a JPEG's first start-of-frame segment (ITU-T T.81, §B.2.2); null when there is none before the picture's data. */
export function readJpegSize(bytes: Uint8Array): ImageSize | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 4 || view.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; at + 4 <= bytes.byteLength;) {
    if (bytes[at] !== 0xff) return null;
    const marker = bytes[at + 1] as number;
    // Fill bytes before a marker.
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (isStartOfFrame(marker)) return at + 9 <= bytes.byteLength ? sizeOf(view.getUint16(at + 7), view.getUint16(at + 5)) : null;
    // Start of scan or end of image: what follows is no header.
    if (marker === 0xda || marker === 0xd9) return null;
    const isAlone = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
    const length = isAlone ? 0 : view.getUint16(at + 2);
    if (!isAlone && length < 2) return null;
    at += 2 + length;
  }
  return null;
}

function sizeOf(width: number, height: number): ImageSize | null {
  return width === 0 || height === 0 ? null : { width, height };
}
