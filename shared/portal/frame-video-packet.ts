import { MAX_TRACK_NAME_BYTES } from './config.ts';
import { type DecodeRefusal, refuse } from './decode-refusal.ts';
import { PortalError } from './errors.ts';
import { utf8ByteLength, utf8Decode, utf8Encode } from './utf8.ts';
import { checkTimestampUs, readU64, writeU64 } from './wire-u64.ts';

/** Version of the frame packet; a receiver drops every other one. */
export const FRAME_VIDEO_VERSION = 1;
export const MAX_FRAME_SIDE = 0xffff;

/** Codecs of byte-stream frames; the index is the codec's byte on the wire. */
export const FRAME_VIDEO_CODECS = ['raw', 'png', 'mjpeg'] as const;
export type FrameVideoCodec = (typeof FRAME_VIDEO_CODECS)[number];

const FIXED_BYTES = 16;

export interface FrameVideoHeader {
  codec: FrameVideoCodec;
  /** 0 = the sender did not say; never for `raw` in a whole packet. */
  width: number;
  height: number;
  timestampUs: number;
  track: string;
}

export interface DecodedFrameVideoHeader extends FrameVideoHeader {
  ok: true;
  /** Where the payload starts. */
  headerBytes: number;
}

export interface DecodedFrameVideo extends FrameVideoHeader {
  ok: true;
  /** Borrowed: a view into the packet. */
  payloadBorrow: Uint8Array;
}

/** The packet's header alone. Throws FRAME_INVALID for a side or a name that does not fit, VALUE_INVALID for the timestamp. */
export function encodeFrameVideoHeader(header: FrameVideoHeader): Uint8Array {
  return startPacket(header, 0).bytes;
}

/** A whole packet. Throws as `encodeFrameVideoHeader`, and FRAME_INVALID when `raw` pixels do not fill the frame. */
export function encodeFrameVideo(header: FrameVideoHeader, payload: Uint8Array): Uint8Array {
  const expectedBytes = 3 * header.width * header.height;
  if (header.codec === 'raw' && (payload.byteLength !== expectedBytes || expectedBytes === 0)) {
    throw new PortalError('FRAME_INVALID', `frame of track '${header.track}' has the wrong size`, {
      expected: `${expectedBytes} bytes of RGB24 for ${header.width}×${header.height}`,
      got: `${payload.byteLength} bytes`,
    });
  }
  const { bytes, headerBytes } = startPacket(header, payload.byteLength);
  bytes.set(payload, headerBytes);
  return bytes;
}

/** The header in `bytes`, or why it is none. */
export function decodeFrameVideoHeader(bytes: Uint8Array): DecodedFrameVideoHeader | DecodeRefusal {
  if (bytes.byteLength < 1) return refuse('length', `at least ${FIXED_BYTES} bytes`, 'none');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint8(0);
  if (version !== FRAME_VIDEO_VERSION) return refuse('version', `version ${FRAME_VIDEO_VERSION}`, `version ${version}`);
  if (bytes.byteLength < FIXED_BYTES) return refuse('length', `at least ${FIXED_BYTES} bytes`, `${bytes.byteLength} bytes`);
  const codec = FRAME_VIDEO_CODECS[view.getUint8(1)];
  if (codec === undefined) return refuse('codec', '0 (raw), 1 (png) or 2 (mjpeg)', String(view.getUint8(1)));
  const nameBytes = view.getUint16(14, true);
  if (nameBytes > MAX_TRACK_NAME_BYTES) return refuse('track-name', `at most ${MAX_TRACK_NAME_BYTES} bytes`, `${nameBytes} bytes`);
  const headerBytes = FIXED_BYTES + nameBytes;
  if (bytes.byteLength < headerBytes) return refuse('length', `at least ${headerBytes} bytes`, `${bytes.byteLength} bytes`);
  const timestampUs = readU64(view, 6);
  if (timestampUs === null) return refuse('timestamp', 'timestamp_us below 2^53 µs', 'a larger one');
  const track = utf8Decode(bytes, FIXED_BYTES, headerBytes);
  if (track === null) return refuse('track-name', 'UTF-8', 'other bytes');
  return { ok: true, codec, width: view.getUint16(2, true), height: view.getUint16(4, true), timestampUs, track, headerBytes };
}

/** The frame in `bytes`, its pixels still encoded, or why it is none. Raw pixels are checked against width and height here. */
export function decodeFrameVideo(bytes: Uint8Array): DecodedFrameVideo | DecodeRefusal {
  const decoded = decodeFrameVideoHeader(bytes);
  if (!decoded.ok) return decoded;
  const { headerBytes, ...header } = decoded;
  const payloadBorrow = bytes.subarray(headerBytes);
  const expectedBytes = 3 * header.width * header.height;
  if (header.codec === 'raw' && (payloadBorrow.byteLength !== expectedBytes || expectedBytes === 0)) {
    return refuse('dimensions', `${expectedBytes} bytes of RGB24 for ${header.width}×${header.height}`, `${payloadBorrow.byteLength} bytes`);
  }
  return { ...header, payloadBorrow };
}

function startPacket(header: FrameVideoHeader, payloadBytes: number): { bytes: Uint8Array; headerBytes: number } {
  checkSide(header, 'width');
  checkSide(header, 'height');
  checkTimestampUs('timestampUs', header.timestampUs);
  const nameBytes = utf8ByteLength(header.track);
  if (nameBytes > MAX_TRACK_NAME_BYTES) {
    throw new PortalError('FRAME_INVALID', 'the track name is too long', { expected: `at most ${MAX_TRACK_NAME_BYTES} bytes of UTF-8`, got: `${nameBytes} bytes` });
  }
  const headerBytes = FIXED_BYTES + nameBytes;
  const bytes = new Uint8Array(headerBytes + payloadBytes);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, FRAME_VIDEO_VERSION);
  view.setUint8(1, FRAME_VIDEO_CODECS.indexOf(header.codec));
  view.setUint16(2, header.width, true);
  view.setUint16(4, header.height, true);
  writeU64(view, 6, header.timestampUs);
  view.setUint16(14, nameBytes, true);
  bytes.set(utf8Encode(header.track), FIXED_BYTES);
  return { bytes, headerBytes };
}

function checkSide(header: FrameVideoHeader, side: 'width' | 'height'): void {
  const pixels = header[side];
  if (Number.isInteger(pixels) && pixels >= 0 && pixels <= MAX_FRAME_SIDE) return;
  throw new PortalError('FRAME_INVALID', `frame ${side} of track '${header.track}' does not fit the packet`, {
    expected: `a whole number up to ${MAX_FRAME_SIDE}`,
    got: String(pixels),
  });
}
