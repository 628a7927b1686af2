import type { PixelFormat } from '../../shared/portal/types.ts';
import { pushVarint, tag, WIRE } from './wire-writer.ts';

/** A picture as the engine reads it, by address. */
export interface PictureInMemory {
  format: PixelFormat;
  width: number;
  height: number;
  address: bigint;
}

/** `VideoBufferType` of the engine. */
const BUFFER_TYPE: Record<PixelFormat, number> = { rgb24: 4, i420: 5 };

/**
 * Hands a picture to the engine's source, as a request: once a frame of every camera, in the thread that also drives the arm,
 * where the package's own classes take as long as the engine itself. Field numbers are those of `ffi.proto` and
 * `video_frame.proto`.
 */
export function captureRequest(source: bigint, picture: PictureInMemory, timestampUs: number): Uint8Array {
  const body: number[] = [];
  pushNumber(body, 1, source);
  pushMessage(body, 2, buffer(picture));
  // The engine's own timestamp, and no rotation.
  pushNumber(body, 3, 0);
  pushNumber(body, 4, 0);
  const metadata: number[] = [];
  pushNumber(metadata, 1, Math.max(0, Math.trunc(timestampUs)));
  pushMessage(body, 5, metadata);
  const request: number[] = [];
  pushMessage(request, 22, body);
  return Uint8Array.from(request);
}

function buffer({ format, width, height, address }: PictureInMemory): number[] {
  const info: number[] = [];
  pushNumber(info, 1, BUFFER_TYPE[format]);
  pushNumber(info, 2, width);
  pushNumber(info, 3, height);
  pushNumber(info, 4, address);
  pushNumber(info, 6, format === 'rgb24' ? 3 * width : width);
  if (format === 'rgb24') return info;
  const luma = width * height;
  for (const [offset, stride, size] of [[0, width, luma], [luma, width / 2, luma / 4], [luma + luma / 4, width / 2, luma / 4]] as const) {
    const plane: number[] = [];
    pushNumber(plane, 1, address + BigInt(offset));
    pushNumber(plane, 2, stride);
    pushNumber(plane, 3, size);
    pushMessage(info, 7, plane);
  }
  return info;
}

function pushNumber(bytes: number[], field: number, value: number | bigint): void {
  pushVarint(bytes, tag(field, WIRE.varint));
  pushVarint(bytes, value);
}

function pushMessage(bytes: number[], field: number, message: readonly number[]): void {
  pushVarint(bytes, tag(field, WIRE.bytes));
  pushVarint(bytes, message.length);
  bytes.push(...message);
}
