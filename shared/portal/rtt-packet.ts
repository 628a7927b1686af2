import { type DecodeRefusal, refuse } from './decode-refusal.ts';
import { checkTimestampUs, readU64, writeU64 } from './wire-u64.ts';

const PACKET_BYTES = 9;
const KINDS = ['ping', 'pong'] as const;
export type RttKind = (typeof KINDS)[number];

export interface DecodedRtt {
  ok: true;
  kind: RttKind;
  /** The pinging side's clock; a pong echoes it. */
  clockUs: number;
}

/** An rtt packet. Throws VALUE_INVALID for a bad clock. */
export function encodeRtt(kind: RttKind, clockUs: number): Uint8Array {
  checkTimestampUs('clockUs', clockUs);
  const bytes = new Uint8Array(PACKET_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, KINDS.indexOf(kind));
  writeU64(view, 1, clockUs);
  return bytes;
}

/** The ping or pong in `bytes`, or why it is neither. */
export function decodeRtt(bytes: Uint8Array): DecodedRtt | DecodeRefusal {
  if (bytes.byteLength !== PACKET_BYTES) return refuse('length', `${PACKET_BYTES} bytes`, `${bytes.byteLength} bytes`);
  const kind = KINDS[bytes[0] as number];
  if (kind === undefined) return refuse('kind', '0 (ping) or 1 (pong)', String(bytes[0]));
  const clockUs = readU64(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 1);
  if (clockUs === null) return refuse('timestamp', 'a clock below 2^53 µs', 'a larger one');
  return { ok: true, kind, clockUs };
}
