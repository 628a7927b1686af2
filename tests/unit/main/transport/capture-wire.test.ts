import { FfiRequest, FrameMetadata, VideoBufferInfo, VideoBufferType, VideoRotation } from '@livekit/rtc-ffi-bindings';
import { describe, expect, it } from 'vitest';
import { captureRequest, type PictureInMemory } from '../../../../main/transport/capture-wire.ts';
import { pushVarint } from '../../../../main/transport/wire-writer.ts';

const TIMESTAMP_US = 1_764_093_600_123_456;

/** The package's own classes are the measure. */
function byPackage(source: bigint, buffer: VideoBufferInfo, timestampUs: number): Uint8Array {
  const metadata = new FrameMetadata({ userTimestamp: BigInt(timestampUs) });
  return new FfiRequest({ message: { case: 'captureVideoFrame', value: { sourceHandle: source, buffer, rotation: VideoRotation.VIDEO_ROTATION_0, timestampUs: 0n, metadata } } }).toBinary();
}

describe('a frame for the engine', () => {
  it.each<[string, bigint, number]>([['an ordinary one', 0x7f12_3456_7890n, 640], ['a small one', 128n, 2], ['a large one', 2n ** 47n, 4096]])('of RGB24 is what the package writes: %s', (_name, address, width) => {
    const picture: PictureInMemory = { format: 'rgb24', width, height: width, address };
    const buffer = new VideoBufferInfo({ type: VideoBufferType.RGB24, width, height: width, dataPtr: address, stride: 3 * width });
    expect(captureRequest(71n, picture, TIMESTAMP_US)).toEqual(byPackage(71n, buffer, TIMESTAMP_US));
  });

  it('of I420 names its three planes', () => {
    const address = 0x7f12_3456_7890n;
    const buffer = new VideoBufferInfo({
      type: VideoBufferType.I420, width: 640, height: 480, dataPtr: address, stride: 640,
      components: [{ dataPtr: address, stride: 640, size: 307_200 }, { dataPtr: address + 307_200n, stride: 320, size: 76_800 }, { dataPtr: address + 384_000n, stride: 320, size: 76_800 }],
    });
    expect(captureRequest(2n ** 63n, { format: 'i420', width: 640, height: 480, address }, TIMESTAMP_US)).toEqual(byPackage(2n ** 63n, buffer, TIMESTAMP_US));
  });

  it('has a time that is whole and not before 1970', () => {
    const timeOf = (timestampUs: number): bigint | undefined => {
      const { message } = FfiRequest.fromBinary(captureRequest(1n, { format: 'rgb24', width: 2, height: 2, address: 1n }, timestampUs));
      return message.case === 'captureVideoFrame' ? message.value.metadata?.userTimestamp : undefined;
    };
    expect(timeOf(5.9)).toBe(5n);
    expect(timeOf(-1)).toBe(0n);
  });
});

it('writes numbers of up to 64 bits', () => {
  const written = (value: number | bigint): number[] => {
    const bytes: number[] = [];
    pushVarint(bytes, value);
    return bytes;
  };
  expect(written(0)).toEqual([0]);
  expect(written(300)).toEqual([0xac, 0x02]);
  expect(written(2 ** 53 - 1)).toEqual(written(2n ** 53n - 1n));
  expect(written(2n ** 64n - 1n)).toEqual([...Array.from({ length: 9 }, () => 0xff), 0x01]);
});
