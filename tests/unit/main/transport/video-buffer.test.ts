import { VideoBufferInfo, VideoBufferType, livekitRetrievePtr } from '@livekit/rtc-ffi-bindings';
import { describe, expect, it } from 'vitest';
import { copyPixels, describeFrame } from '../../../../main/transport/video-buffer.ts';
import { PortalError } from '../../../../shared/portal/errors.ts';

/** `data` must stay referenced while the engine reads by address. */
function i420Info(data: Uint8Array, [width, height]: [number, number], strides: [number, number, number], offsets: [number, number, number]): VideoBufferInfo {
  const base = livekitRetrievePtr(data);
  const rows = [height, height / 2, height / 2];
  return new VideoBufferInfo({
    type: VideoBufferType.I420, width, height, dataPtr: base, stride: strides[0],
    components: strides.map((stride, plane) => ({ dataPtr: base + BigInt(offsets[plane] ?? 0), stride, size: stride * (rows[plane] ?? 0) })),
  });
}

describe('copyPixels', () => {
  it('copies an unpadded I420 picture in one piece, owned by the receiver', () => {
    const data = Uint8Array.from({ length: 4 * 2 * 1.5 }, (_, i) => i);
    const pixels = copyPixels(i420Info(data, [4, 2], [4, 2, 2], [0, 8, 10]));
    expect(pixels).toMatchObject({ format: 'i420', width: 4, height: 2 });
    expect([...(pixels?.data ?? [])]).toEqual([...data]);
    data.fill(99);
    expect(pixels?.data[0]).toBe(0);
  });

  it('takes the padding out of rows and planes', () => {
    const padded = Uint8Array.from([
      1, 2, 3, 4, 0, 0, 5, 6, 7, 8, 0, 0,
      9, 10, 0,
      11, 12, 0,
    ]);
    const pixels = copyPixels(i420Info(padded, [4, 2], [6, 3, 3], [0, 12, 15]));
    expect([...(pixels?.data ?? [])]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it('takes the padding out of RGB rows', () => {
    const padded = Uint8Array.from([1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 10, 11, 12]);
    const info = new VideoBufferInfo({ type: VideoBufferType.RGB24, width: 2, height: 2, dataPtr: livekitRetrievePtr(padded), stride: 8 });
    expect([...(copyPixels(info)?.data ?? [])]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it('says null for a format nobody asked for', () => {
    expect(copyPixels(new VideoBufferInfo({ type: VideoBufferType.NV12, width: 2, height: 2, dataPtr: 0n, stride: 2 }))).toBeNull();
  });
});

describe('describeFrame', () => {
  const frame = { track: 'cam', width: 4, height: 2, timestampUs: 1 };

  it('gives the planes of an I420 frame one after the other', () => {
    const data = new Uint8Array(12);
    const info = describeFrame({ ...frame, format: 'i420', data });
    const base = livekitRetrievePtr(data);
    expect(info.components.map(({ dataPtr, stride, size }) => [Number((dataPtr ?? 0n) - base), stride, size])).toEqual([[0, 4, 8], [8, 2, 2], [10, 2, 2]]);
  });

  it('points into a view that does not start its buffer', () => {
    const buffer = new Uint8Array(100);
    const info = describeFrame({ ...frame, format: 'rgb24', data: buffer.subarray(10, 34) });
    expect(Number((info.dataPtr ?? 0n) - livekitRetrievePtr(buffer))).toBe(10);
  });

  it.each([
    ['too few bytes', { data: new Uint8Array(23) }],
    ['too many bytes', { data: new Uint8Array(25) }],
    ['an odd width', { width: 3, data: new Uint8Array(18) }],
    ['no height', { height: 0, data: new Uint8Array(0) }],
    ['a fraction', { width: 2.5, data: new Uint8Array(15) }],
  ] as const)('refuses %s, since the engine would read past the end', (_what, wrong) => {
    expect(() => describeFrame({ ...frame, format: 'rgb24', ...wrong })).toThrow(PortalError);
  });
});
