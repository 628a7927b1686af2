import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { type DecodeReason, type DecodeRefusal } from '../../../../shared/portal/decode-refusal.ts';
import { decodeFrameVideo } from '../../../../shared/portal/frame-video-packet.ts';
import { actionLayout, chunkLayout, stateLayout } from '../../../../shared/portal/packet-layout.ts';
import { readHostState } from '../../../../shared/portal/read-host-state.ts';
import { decodeRtt } from '../../../../shared/portal/rtt-packet.ts';
import { decodeAction, decodeChunk, decodeState } from '../../../../shared/portal/wire.ts';
import { EVERY_DTYPE, EVERY_DTYPE_CHUNK, PACKET_KINDS, spoiled } from '../../../fakes/hostile-packets.ts';
import { SeededRandom } from '../../../fakes/seeded-random.ts';

const PACKETS = 1_000_000;
/** PORTAL_FUZZ_SEED repeats a run that failed, or tries another one. */
const SEED = Number(process.env['PORTAL_FUZZ_SEED'] ?? 20_260);
const MAX_GROWTH_BYTES = 16 * 1024 * 1024;
const REASONS: readonly DecodeReason[] = ['fingerprint', 'length', 'version', 'codec', 'kind', 'timestamp', 'track-name', 'dimensions'];

const text = new TextDecoder();
const state = stateLayout(EVERY_DTYPE);
const action = actionLayout(EVERY_DTYPE);
const chunk = chunkLayout(EVERY_DTYPE_CHUNK);
const DECODERS: ((bytes: Uint8Array) => { ok: true } | DecodeRefusal)[] = [
  (bytes) => decodeState(state, bytes),
  (bytes) => decodeAction(action, bytes),
  (bytes) => decodeChunk(chunk, bytes),
  decodeRtt,
  decodeFrameVideo,
];

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

describe('decoders', () => {
  it('take or refuse a million random and mutated packets: never throw, never grow, every refusal with its reason', { timeout: 180_000 }, () => {
    const random = new SeededRandom(SEED);
    const refused = new Map<DecodeReason, number>();
    let taken = 0;
    const decodeAll = (packets: number): void => {
      for (let n = 0; n < packets; n++) {
        const bytes = spoiled(random, random.pick(PACKET_KINDS));
        const before = n % 16 === 0 ? bytes.slice() : null;
        try {
          readHostState(text.decode(bytes));
          for (const decode of DECODERS) {
            const result = decode(bytes);
            if (result.ok) taken += 1;
            else if (result.expected === '' || result.got === '') throw new Error(`a refusal without words: ${JSON.stringify(result)}`);
            else refused.set(result.reason, (refused.get(result.reason) ?? 0) + 1);
          }
          if (before !== null && Buffer.compare(before, bytes) !== 0) throw new Error('a decoder wrote into its input');
        } catch (thrown) {
          expect.fail(`seed ${SEED}, packet ${n}, ${Buffer.from(bytes).toString('hex')}: ${String(thrown)}`);
        }
      }
    };
    // What the engine keeps for itself is there after the first ones.
    decodeAll(PACKETS / 20);
    const before = heapBytes();
    decodeAll(PACKETS - PACKETS / 20);
    expect(heapBytes() - before, `grown by, seed ${SEED}`).toBeLessThan(MAX_GROWTH_BYTES);
    expect([...refused.keys()].sort()).toEqual([...REASONS].sort());
    expect(taken).toBeGreaterThan(PACKETS / 10);
    expect(taken + [...refused.values()].reduce((sum, count) => sum + count, 0)).toBe(PACKETS * DECODERS.length);
  });
});
