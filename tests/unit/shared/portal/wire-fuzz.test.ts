import { describe, expect, it } from 'vitest';
import { type DecodeReason, type DecodeRefusal } from '../../../../shared/portal/decode-refusal.ts';
import { type FieldSpec } from '../../../../shared/portal/config.ts';
import { DTYPES } from '../../../../shared/portal/dtype.ts';
import { decodeFrameVideo, encodeFrameVideo } from '../../../../shared/portal/frame-video-packet.ts';
import { actionLayout, chunkLayout, stateLayout } from '../../../../shared/portal/packet-layout.ts';
import { decodeRtt, encodeRtt } from '../../../../shared/portal/rtt-packet.ts';
import { decodeAction, decodeChunk, decodeState, encodeAction, encodeChunk, encodeState } from '../../../../shared/portal/wire.ts';

const PACKETS = 100_000;
const REASONS: ReadonlySet<DecodeReason> = new Set(['fingerprint', 'length', 'version', 'codec', 'kind', 'timestamp', 'track-name', 'dimensions']);

/** mulberry32: the same packets in every run. */
function seeded(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

describe('decoders', () => {
  it('take or refuse any bytes, and never throw', () => {
    const random = seeded(20260);
    const below = (n: number): number => Math.floor(random() * n);
    const fields: FieldSpec[] = DTYPES.map((dtype) => ({ name: `f-${dtype}`, dtype }));
    const state = stateLayout(fields);
    const action = actionLayout(fields);
    const chunk = chunkLayout({ name: 'act', horizon: 3, fields });
    const decoders: ((bytes: Uint8Array) => { ok: true } | DecodeRefusal)[] = [
      (bytes) => decodeState(state, bytes),
      (bytes) => decodeAction(action, bytes),
      (bytes) => decodeChunk(chunk, bytes),
      decodeRtt,
      decodeFrameVideo,
    ];
    const row = new Float64Array(fields.length).fill(1);
    const valid = [
      encodeState(state, row, 1),
      encodeAction(action, row, 1, 2),
      encodeChunk(chunk, {}, 1, null).bytes,
      encodeRtt('ping', 1),
      encodeFrameVideo({ codec: 'raw', width: 2, height: 1, timestampUs: 1, track: 'frönt' }, new Uint8Array(6)),
    ];
    const seen = { taken: 0, reasons: new Set<DecodeReason>() };
    for (let i = 0; i < PACKETS; i++) {
      const kind = below(valid.length);
      let bytes: Uint8Array;
      if (random() < 0.2) {
        bytes = Uint8Array.from({ length: below(64) }, () => below(256));
      } else {
        bytes = Uint8Array.from(valid[kind] as Uint8Array);
        for (let change = below(4); change > 0; change--) bytes[below(bytes.length)] = below(256);
        if (random() < 0.2) bytes = bytes.subarray(0, below(bytes.length + 1));
        else if (random() < 0.1) bytes = Uint8Array.of(...bytes, ...new Uint8Array(below(9)));
      }
      const decode = decoders[random() < 0.9 ? kind : below(decoders.length)] as (typeof decoders)[number];
      const before = bytes.slice();
      const result = decode(bytes);
      if (result.ok) {
        seen.taken++;
      } else {
        if (!REASONS.has(result.reason) || result.expected === '' || result.got === '') expect.fail(JSON.stringify(result));
        seen.reasons.add(result.reason);
      }
      if (!before.every((byte, at) => byte === bytes[at])) expect.fail('a decoder wrote into its input');
    }
    expect([...seen.reasons].sort()).toEqual([...REASONS].sort());
    expect(seen.taken).toBeGreaterThan(PACKETS / 10);
  });
});
