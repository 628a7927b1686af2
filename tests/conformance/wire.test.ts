import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { WireVectorChecker } from '../../scripts/vectors-wire.ts';

/** Packets that the released peer put on the wire; format in `shared/portal/README.md`. */
const FILE = new URL('./vectors/wire-0.2.8.json', import.meta.url);

interface Vector {
  kind: string;
  hex: string;
  sequence?: number;
  schema?: [string, string][];
  values?: Record<string, unknown>;
  [more: string]: unknown;
}

const { vectors } = JSON.parse(readFileSync(FILE, 'utf8')) as { vectors: Vector[] };

describe('packets recorded from livekit-portal 0.2.8', () => {
  const checker = new WireVectorChecker();

  it('are all there', () => {
    const counts: Record<string, number> = {};
    for (const { kind } of vectors) counts[kind] = (counts[kind] ?? 0) + 1;
    expect(counts).toEqual({ state: 28, action: 28, chunk: 14, frame_video_raw: 14 });
  });

  it.each(vectors.map((vector, index) => [index, vector.kind, vector] as const))('%d (%s) encodes to its bytes and decodes to its values', (_index, _kind, vector) => {
    expect(checker.check(vector)).toEqual([]);
  });
});

describe('the check of recorded packets', () => {
  const find = (kind: string): Vector => vectors.find((vector) => vector.kind === kind && vector.header_only !== true) as Vector;
  const check = (vector: Vector): string[] => new WireVectorChecker().check(vector);

  it.each(['state', 'action', 'chunk', 'frame_video_raw'])('notices any changed byte of a %s', (kind) => {
    const vector = find(kind);
    // Frames are long and their pixels all alike: the header and some of them will do.
    for (let at = 0; at < Math.min(vector.hex.length, 160); at += 2) {
      const other = ((parseInt(vector.hex.slice(at, at + 2), 16) + 1) % 256).toString(16).padStart(2, '0');
      expect(check({ ...vector, hex: vector.hex.slice(0, at) + other + vector.hex.slice(at + 2) }), `byte ${at / 2}`).not.toEqual([]);
    }
  });

  it('notices a lost and an extra byte', () => {
    const vector = find('state');
    expect(check({ ...vector, hex: vector.hex.slice(0, -2) }).join()).toContain('encode');
    expect(check({ ...vector, hex: `${vector.hex}00` }).join()).toContain('encode');
  });

  const signed = { kind: 'state', schema: [['a', 'F64']] as [string, string][], sequence: 0, timestamp_us: 0, values: { a: -0 }, hex: '' };
  it('tells -0 from 0 and knows nan', () => {
    const hexOf = (value: string): string => `${fingerprintOf('a', 1)}${'00'.repeat(8)}${value}`;
    expect(check({ ...signed, hex: hexOf('0000000000000080') })).toEqual([]);
    expect(check({ ...signed, hex: hexOf('0000000000000000') })).not.toEqual([]);
    expect(check({ ...signed, values: { a: 'nan' }, hex: hexOf('000000000000f87f') })).toEqual([]);
  });

  it('carries a partial packet forward only within its connection', () => {
    const [first, second] = [0, 1].map((sequence) => vectors.find((vector) => vector.kind === 'state' && vector.sequence === sequence) as Vector) as [Vector, Vector];
    const checker = new WireVectorChecker();
    expect(checker.check(first)).toEqual([]);
    expect(checker.check(second)).toEqual([]);
    expect(check(second)).not.toEqual([]);
  });

  it('fails kinds it does not know, with a message', () => {
    expect(check({ ...find('state'), kind: 'rtt' }).join()).toContain('unknown kind "rtt"');
  });
});

/** FNV-1a of one field, written down once more from the specification. */
function fingerprintOf(name: string, tag: number): string {
  let hash = 0x811c9dc5;
  for (const byte of [...new TextEncoder().encode(name), 0xff, tag, 0xff]) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, hash, true);
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
