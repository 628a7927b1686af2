import { VideoBufferInfo, VideoBufferInfo_ComponentInfo, VideoBufferType, livekitRetrievePtr } from '@livekit/rtc-ffi-bindings';
import { PortalError } from '../../shared/portal/errors.ts';
import type { PixelFormat, VideoFrame } from '../../shared/portal/types.ts';
import { copyNative } from './ffi-client.ts';

const NATIVE_TYPE: Record<PixelFormat, VideoBufferType> = { rgb24: VideoBufferType.RGB24, i420: VideoBufferType.I420 };

/** The engine's word for a pixel format. */
export function nativeType(format: PixelFormat): VideoBufferType {
  return NATIVE_TYPE[format];
}

/** Bytes of one picture without padding. */
export function frameBytes(format: PixelFormat, width: number, height: number): number {
  return format === 'rgb24' ? width * height * 3 : (width * height * 3) / 2;
}

/** Throws FRAME_INVALID when size and data disagree, since the engine, which reads by address, would read past the end. */
export function checkPixels(frame: VideoFrame): void {
  const { width, height, format, data } = frame;
  const expectedBytes = frameBytes(format, width, height);
  const isEven = width > 0 && height > 0 && width % 2 === 0 && height % 2 === 0;
  if (!isEven || data.byteLength !== expectedBytes) {
    throw new PortalError('FRAME_INVALID', `frame of track ${frame.track} cannot be sent`, {
      expected: `even width and height and ${expectedBytes} bytes of ${format}`,
      got: `${width}×${height} and ${data.byteLength} bytes`,
      fix: 'Pass the pixels of the whole picture without padding.',
    });
  }
}

/** A frame for the package's own messages: `frame.data` must stay referenced until the request returned. Throws as `checkPixels`. */
export function describeFrame(frame: VideoFrame): VideoBufferInfo {
  checkPixels(frame);
  const { width, height, format, data } = frame;
  const dataPtr = livekitRetrievePtr(data);
  const info = new VideoBufferInfo({ type: nativeType(format), width, height, dataPtr, stride: format === 'rgb24' ? width * 3 : width });
  if (format === 'i420') info.components = planes(dataPtr, width, height);
  return info;
}

function planes(dataPtr: bigint, width: number, height: number): VideoBufferInfo_ComponentInfo[] {
  const luma = width * height;
  const chroma = luma / 4;
  const plane = (offset: number, stride: number, size: number) =>
    new VideoBufferInfo_ComponentInfo({ dataPtr: dataPtr + BigInt(offset), stride, size });
  return [plane(0, width, luma), plane(luma, width / 2, chroma), plane(luma + chroma, width / 2, chroma)];
}

/** The pixels of a native buffer as one unpadded array owned by the caller; null when the buffer is of another type. */
export function copyPixels(info: VideoBufferInfo): { format: PixelFormat; width: number; height: number; data: Uint8Array } | null {
  const width = info.width ?? 0;
  const height = info.height ?? 0;
  if (info.type === VideoBufferType.RGB24) {
    return { format: 'rgb24', width, height, data: copyRows(info.dataPtr ?? 0n, info.stride ?? width * 3, width * 3, height) };
  }
  if (info.type !== VideoBufferType.I420 || info.components.length < 3) return null;
  const chromaWidth = Math.ceil(width / 2);
  const chromaHeight = Math.ceil(height / 2);
  const sizes = [width * height, chromaWidth * chromaHeight, chromaWidth * chromaHeight] as const;
  const [y, u, v] = info.components as [VideoBufferInfo_ComponentInfo, VideoBufferInfo_ComponentInfo, VideoBufferInfo_ComponentInfo];
  const yPtr = y.dataPtr ?? 0n;
  const isOnePiece =
    y.stride === width && u.stride === chromaWidth && v.stride === chromaWidth && u.dataPtr === yPtr + BigInt(sizes[0]) && v.dataPtr === u.dataPtr + BigInt(sizes[1]);
  if (isOnePiece) return { format: 'i420', width, height, data: copyNative(yPtr, sizes[0] + sizes[1] + sizes[2]) };
  const data = new Uint8Array(sizes[0] + sizes[1] + sizes[2]);
  data.set(copyRows(yPtr, y.stride ?? width, width, height), 0);
  data.set(copyRows(u.dataPtr ?? 0n, u.stride ?? chromaWidth, chromaWidth, chromaHeight), sizes[0]);
  data.set(copyRows(v.dataPtr ?? 0n, v.stride ?? chromaWidth, chromaWidth, chromaHeight), sizes[0] + sizes[1]);
  return { format: 'i420', width, height, data };
}

function copyRows(address: bigint, stride: number, rowBytes: number, rows: number): Uint8Array {
  if (stride === rowBytes) return copyNative(address, rowBytes * rows);
  const padded = copyNative(address, stride * (rows - 1) + rowBytes);
  const data = new Uint8Array(rowBytes * rows);
  for (let row = 0; row < rows; row += 1) data.set(padded.subarray(row * stride, row * stride + rowBytes), row * rowBytes);
  return data;
}
