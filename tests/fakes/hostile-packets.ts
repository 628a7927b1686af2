import type { FieldSpec } from '../../shared/portal/config.ts';
import { DTYPES } from '../../shared/portal/dtype.ts';
import { FRAME_VIDEO_CODECS, encodeFrameVideo } from '../../shared/portal/frame-video-packet.ts';
import { actionLayout, chunkLayout, stateLayout } from '../../shared/portal/packet-layout.ts';
import { encodeRtt } from '../../shared/portal/rtt-packet.ts';
import { encodeAction, encodeChunk, encodeState } from '../../shared/portal/wire.ts';
import type { SeededRandom } from './seeded-random.ts';

/** One field of every dtype. */
export const EVERY_DTYPE: readonly FieldSpec[] = DTYPES.map((dtype) => ({ name: `f-${dtype}`, dtype }));
export const EVERY_DTYPE_CHUNK = { name: 'act', horizon: 3, fields: [...EVERY_DTYPE] };

/** Good packets of every kind, to be spoiled. */
export const GOOD_PACKETS = {
  state: encodeState(stateLayout(EVERY_DTYPE), new Float64Array(EVERY_DTYPE.length).fill(1), 1),
  action: encodeAction(actionLayout(EVERY_DTYPE), new Float64Array(EVERY_DTYPE.length).fill(1), 1, 2),
  chunk: encodeChunk(chunkLayout(EVERY_DTYPE_CHUNK), {}, 1, null).bytes,
  rtt: encodeRtt('ping', 1),
  ...Object.fromEntries(FRAME_VIDEO_CODECS.map((codec) => [`frame ${codec}`, encodeFrameVideo({ codec, width: 2, height: 1, timestampUs: 1, track: 'frönt' }, new Uint8Array(6))])),
  hostState: new TextEncoder().encode(JSON.stringify({ word: 'HOLDING', reason: 'no action for 300 ms', sinceUs: 1_700_000_000_000_000 })),
};
export type PacketKind = keyof typeof GOOD_PACKETS;
export const PACKET_KINDS = Object.keys(GOOD_PACKETS) as PacketKind[];

/** Bytes that are nearly that packet (some changed, cut or longer), now and then the packet itself, or anything. */
export function spoiled(random: SeededRandom, kind: PacketKind): Uint8Array {
  if (random.chance(0.2)) return filled(random, new Uint8Array(random.integer(0, 63)));
  const bytes = GOOD_PACKETS[kind].slice();
  for (let change = random.integer(0, 3); change > 0; change--) bytes[random.integer(0, bytes.length - 1)] = random.integer(0, 255);
  if (random.chance(0.2)) return bytes.subarray(0, random.integer(0, bytes.length));
  if (!random.chance(0.1)) return bytes;
  const longer = new Uint8Array(bytes.length + random.integer(1, 9));
  longer.set(bytes);
  return longer;
}

function filled(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  for (let at = 0; at < bytes.length; at++) bytes[at] = random.integer(0, 255);
  return bytes;
}
