import { describe, expect, it } from 'vitest';
import { decodeFrameVideo, decodeFrameVideoHeader, encodeFrameVideo, encodeFrameVideoHeader, FRAME_VIDEO_CODECS, type FrameVideoHeader } from '../../../../shared/portal/frame-video-packet.ts';

const HEADER: FrameVideoHeader = { codec: 'mjpeg', width: 640, height: 480, timestampUs: 1_700_000_000_123_456, track: 'front' };
const PAYLOAD = Uint8Array.of(1, 2, 3);

function altered(change: (bytes: Uint8Array, view: DataView) => void): Uint8Array {
  const bytes = encodeFrameVideo(HEADER, PAYLOAD);
  change(bytes, new DataView(bytes.buffer));
  return bytes;
}

describe('frame packets', () => {
  it.each(FRAME_VIDEO_CODECS)('carry a %s header and payload unchanged', (codec) => {
    const header = { ...HEADER, codec, width: 1, height: 1, track: 'hé.94.gß5' };
    expect(decodeFrameVideo(encodeFrameVideo(header, PAYLOAD))).toEqual({ ok: true, ...header, payloadBorrow: PAYLOAD });
  });

  it('carry odd and extreme sizes', () => {
    for (const [width, height] of [[1, 1], [31, 17], [2048, 8], [8, 2048]] as const) {
      const pixels = new Uint8Array(3 * width * height).fill(9);
      expect(decodeFrameVideo(encodeFrameVideo({ ...HEADER, codec: 'raw', width, height }, pixels))).toMatchObject({ ok: true, width, height });
    }
    expect(decodeFrameVideoHeader(encodeFrameVideoHeader({ ...HEADER, width: 65535, height: 65535 }))).toMatchObject({ ok: true, width: 65535 });
  });

  it('hand raw pixels out without a copy', () => {
    const bytes = encodeFrameVideo({ ...HEADER, codec: 'raw', width: 1, height: 1 }, PAYLOAD);
    const decoded = decodeFrameVideo(bytes);
    expect(decoded.ok && decoded.payloadBorrow.buffer).toBe(bytes.buffer);
  });

  it.each([[65536, 1], [1, 65536], [-1, 1], [1.5, 1], [NaN, 1]])('are not made for %d × %d', (width, height) => {
    expect(() => encodeFrameVideoHeader({ ...HEADER, width, height })).toThrow(expect.objectContaining({ code: 'FRAME_INVALID' }));
  });

  it('are not made from pixels of the wrong size', () => {
    expect(() => encodeFrameVideo({ ...HEADER, codec: 'raw', width: 2, height: 2 }, new Uint8Array(11))).toThrow(expect.objectContaining({ code: 'FRAME_INVALID' }));
    expect(() => encodeFrameVideo({ ...HEADER, codec: 'raw', width: 0, height: 0 }, new Uint8Array(0))).toThrow(expect.objectContaining({ code: 'FRAME_INVALID' }));
  });

  it('take track names up to 256 bytes of UTF-8, not characters', () => {
    expect(decodeFrameVideoHeader(encodeFrameVideoHeader({ ...HEADER, track: 'é'.repeat(128) }))).toMatchObject({ ok: true, track: 'é'.repeat(128) });
    expect(() => encodeFrameVideoHeader({ ...HEADER, track: `${'é'.repeat(128)}x` })).toThrow(expect.objectContaining({ code: 'FRAME_INVALID' }));
  });

  it('with a longer name in the header are refused', () => {
    expect(decodeFrameVideo(altered((_bytes, view) => view.setUint16(14, 257, true)))).toMatchObject({ ok: false, reason: 'track-name' });
  });

  it('with a name that is not UTF-8 are refused', () => {
    expect(decodeFrameVideo(altered((bytes) => bytes.fill(0xff, 16, 17)))).toMatchObject({ ok: false, reason: 'track-name', expected: 'UTF-8' });
  });

  it('of another version are refused by name, before anything else is looked at', () => {
    expect(decodeFrameVideo(altered((bytes) => bytes.fill(2, 0, 1)))).toEqual({ ok: false, reason: 'version', expected: 'version 1', got: 'version 2' });
    expect(decodeFrameVideo(Uint8Array.of(2))).toMatchObject({ reason: 'version' });
  });

  it('of an unknown codec are refused', () => {
    expect(decodeFrameVideo(altered((bytes) => bytes.fill(3, 1, 2)))).toMatchObject({ ok: false, reason: 'codec', got: '3' });
  });

  it('cut anywhere in the header are refused', () => {
    const header = encodeFrameVideoHeader(HEADER);
    for (let length = 0; length < header.length; length++) expect(decodeFrameVideo(header.subarray(0, length))).toMatchObject({ ok: false, reason: 'length' });
    expect(decodeFrameVideoHeader(header)).toMatchObject({ ok: true, headerBytes: 21 });
  });

  it('with a clock that no number holds are refused', () => {
    expect(decodeFrameVideo(altered((bytes) => bytes.fill(0xff, 6, 14)))).toMatchObject({ ok: false, reason: 'timestamp' });
  });

  it('whose raw pixels do not fill the frame are refused', () => {
    const raw = encodeFrameVideo({ ...HEADER, codec: 'raw', width: 2, height: 2 }, new Uint8Array(12));
    expect(decodeFrameVideo(raw.subarray(0, -1))).toEqual({ ok: false, reason: 'dimensions', expected: '12 bytes of RGB24 for 2×2', got: '11 bytes' });
    raw.fill(0, 2, 6);
    expect(decodeFrameVideo(raw)).toMatchObject({ ok: false, reason: 'dimensions' });
  });

  it('of an encoded frame may leave its size open', () => {
    expect(decodeFrameVideo(encodeFrameVideo({ ...HEADER, codec: 'png', width: 0, height: 0 }, PAYLOAD))).toMatchObject({ ok: true, width: 0, height: 0 });
  });
});
