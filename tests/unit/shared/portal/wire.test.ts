import { describe, expect, it } from 'vitest';
import type { ChunkSpec, FieldSpec } from '../../../../shared/portal/config.ts';
import { PortalError } from '../../../../shared/portal/errors.ts';
import { actionLayout, chunkLayout, stateLayout } from '../../../../shared/portal/packet-layout.ts';
import { type ChunkColumns, decodeAction, decodeChunk, decodeState, encodeAction, encodeChunk, encodeChunkCast, encodeState, peekFingerprint } from '../../../../shared/portal/wire.ts';

const NOW_US = 1_700_000_000_123_456;
const JOINTS: readonly FieldSpec[] = ['pan', 'lift', 'flex'].map((name) => ({ name, dtype: 'f64' }));
const MIXED: readonly FieldSpec[] = [
  { name: 'x', dtype: 'f64' },
  { name: 'y', dtype: 'f32' },
  { name: 'n', dtype: 'i16' },
  { name: 'on', dtype: 'bool' },
  { name: 'u', dtype: 'u32' },
];

function chunk(horizon: number, fields: readonly FieldSpec[]): ChunkSpec {
  return { name: 'act', horizon, fields };
}

/** A chunk's columns after a trip through the bytes. */
function travel(spec: ChunkSpec, columns: ChunkColumns): Readonly<Record<string, readonly number[]>> {
  const layout = chunkLayout(spec);
  const decoded = decodeChunk(layout, encodeChunk(layout, columns, NOW_US, null).bytes);
  return decoded.ok ? decoded.columns : expect.fail(decoded.reason);
}

describe('state packets', () => {
  it('carry f64 fields unchanged', () => {
    const layout = stateLayout(JOINTS);
    const bytes = encodeState(layout, Float64Array.of(1.1, -2.2, 3.3), NOW_US);
    expect(bytes.length).toBe(12 + 3 * 8);
    expect(decodeState(layout, bytes)).toEqual({ ok: true, values: { pan: 1.1, lift: -2.2, flex: 3.3 }, timestampUs: NOW_US });
  });

  it('carry mixed dtypes, with booleans as booleans', () => {
    const layout = stateLayout(MIXED);
    const bytes = encodeState(layout, Float64Array.of(0.1, 0.5, -7, 1, 4294967295), NOW_US);
    expect(decodeState(layout, bytes)).toEqual({ ok: true, values: { x: 0.1, y: 0.5, n: -7, on: true, u: 4294967295 }, timestampUs: NOW_US });
  });

  it('may have no fields at all', () => {
    const layout = stateLayout([]);
    expect(decodeState(layout, encodeState(layout, new Float64Array(0), NOW_US))).toEqual({ ok: true, values: {}, timestampUs: NOW_US });
  });

  it('can be read from the middle of a larger buffer', () => {
    const layout = stateLayout(JOINTS);
    const bytes = encodeState(layout, Float64Array.of(1, 2, 3), NOW_US);
    const larger = new Uint8Array(bytes.length + 7);
    larger.set(bytes, 3);
    expect(decodeState(layout, larger.subarray(3, 3 + bytes.length))).toMatchObject({ ok: true, values: { flex: 3 } });
  });

  it('of another length are refused as such', () => {
    const layout = stateLayout(JOINTS);
    const bytes = encodeState(layout, Float64Array.of(1, 2, 3), NOW_US);
    expect(decodeState(layout, bytes.subarray(0, -1))).toEqual({ ok: false, reason: 'length', expected: '36 bytes', got: '35 bytes' });
    expect(decodeState(layout, Uint8Array.of(...bytes, 0))).toMatchObject({ ok: false, reason: 'length' });
    expect(decodeState(layout, new Uint8Array(0))).toMatchObject({ ok: false, reason: 'length', got: '0 bytes' });
  });

  it('of another schema are refused for their fingerprint, whatever their length', () => {
    const bytes = encodeState(stateLayout(MIXED), new Float64Array(MIXED.length), NOW_US);
    expect(decodeState(stateLayout(JOINTS), bytes)).toMatchObject({ ok: false, reason: 'fingerprint' });
    expect(decodeState(stateLayout(JOINTS.map((field) => ({ ...field, name: `${field.name}2` }))), encodeState(stateLayout(JOINTS), new Float64Array(3), NOW_US))).toMatchObject({
      reason: 'fingerprint',
    });
  });

  it('with a clock that no number holds exactly are refused, not rounded', () => {
    const layout = stateLayout(JOINTS);
    const bytes = encodeState(layout, new Float64Array(3), Number.MAX_SAFE_INTEGER);
    expect(decodeState(layout, bytes)).toMatchObject({ ok: true, timestampUs: Number.MAX_SAFE_INTEGER });
    bytes.fill(0xff, 4, 12);
    expect(decodeState(layout, bytes)).toMatchObject({ ok: false, reason: 'timestamp' });
  });

  it.each([-1, 1.5, NaN, Infinity, 2 ** 53])('are not made for the timestamp %d', (timestampUs) => {
    expect(() => encodeState(stateLayout(JOINTS), new Float64Array(3), timestampUs)).toThrow(PortalError);
  });

  it('keep a field named __proto__ a field', () => {
    const layout = stateLayout([{ name: '__proto__', dtype: 'i8' }]);
    const decoded = decodeState(layout, encodeState(layout, Float64Array.of(5), NOW_US));
    expect(decoded.ok && Object.entries(decoded.values)).toEqual([['__proto__', 5]]);
    expect(decoded.ok && Object.getPrototypeOf(decoded.values)).toBe(Object.prototype);
  });
});

describe('action packets', () => {
  it('carry the observation they answer, or none', () => {
    const layout = actionLayout(JOINTS);
    const row = Float64Array.of(1, 2, 3);
    expect(decodeAction(layout, encodeAction(layout, row, NOW_US, NOW_US - 5))).toMatchObject({ ok: true, inReplyToTsUs: NOW_US - 5 });
    expect(decodeAction(layout, encodeAction(layout, row, NOW_US, null))).toMatchObject({ ok: true, inReplyToTsUs: null });
  });

  it('are refused as states, and states as actions', () => {
    const state = encodeState(stateLayout(JOINTS), new Float64Array(3), NOW_US);
    const action = encodeAction(actionLayout(JOINTS), new Float64Array(3), NOW_US, null);
    expect(decodeAction(actionLayout(JOINTS), state)).toMatchObject({ reason: 'fingerprint' });
    expect(decodeState(stateLayout(JOINTS), action)).toMatchObject({ reason: 'fingerprint' });
  });

  it('with an answered observation that no number holds are refused', () => {
    const layout = actionLayout(JOINTS);
    const bytes = encodeAction(layout, new Float64Array(3), NOW_US, 1);
    bytes.fill(0xff, 12, 20);
    expect(decodeAction(layout, bytes)).toMatchObject({ ok: false, reason: 'timestamp' });
  });
});

describe('chunk packets', () => {
  it('carry uniform columns', () => {
    expect(travel(chunk(3, JOINTS), { pan: [1, 2, 3], lift: [4, 5, 6], flex: [7, 8, 9] })).toEqual({ pan: [1, 2, 3], lift: [4, 5, 6], flex: [7, 8, 9] });
  });

  it('carry mixed columns, typed arrays and booleans among them', () => {
    const columns = { x: [0.1, 0.2], y: Float32Array.of(0.5, 1.5), n: Int16Array.of(-1, 2), on: [true, false], u: [1, 4294967295] };
    expect(travel(chunk(2, MIXED), columns)).toEqual({ x: [0.1, 0.2], y: [0.5, 1.5], n: [-1, 2], on: [1, 0], u: [1, 4294967295] });
  });

  it('lay rows one after the other', () => {
    const layout = chunkLayout(chunk(2, [{ name: 'a', dtype: 'u8' }, { name: 'b', dtype: 'u8' }]));
    expect([...encodeChunk(layout, { a: [1, 2], b: [3, 4] }, NOW_US, null).bytes.subarray(20)]).toEqual([1, 3, 2, 4]);
  });

  it('fill a missing column and the rest of a short one with 0, and cut a long one', () => {
    expect(travel(chunk(3, JOINTS), { pan: [1], lift: [1, 2, 3, 4] })).toEqual({ pan: [1, 0, 0], lift: [1, 2, 3], flex: [0, 0, 0] });
    expect(travel(chunk(2, JOINTS), {})).toEqual({ pan: [0, 0], lift: [0, 0], flex: [0, 0] });
  });

  it('keep NaN and infinities in f32', () => {
    expect(travel(chunk(3, [{ name: 'a', dtype: 'f32' }]), { a: [NaN, Infinity, -Infinity] })).toEqual({ a: [NaN, Infinity, -Infinity] });
  });

  it('clamp integers', () => {
    expect(travel(chunk(2, [{ name: 'a', dtype: 'i8' }]), { a: [1000, -1000] })).toEqual({ a: [127, -128] });
  });

  it('take numbers for a bool column: what was received can be sent on', () => {
    expect(travel(chunk(3, [{ name: 'a', dtype: 'bool' }]), { a: [0, 1, 2] })).toEqual({ a: [0, 1, 1] });
  });

  it('report saturated values by row · fields + field, in order', () => {
    const layout = chunkLayout(chunk(3, [{ name: 'a', dtype: 'i8' }, { name: 'b', dtype: 'u8' }]));
    expect(encodeChunk(layout, { a: [0, 200, 0], b: [0, 0, -1] }, NOW_US, null).saturated).toEqual([2, 5]);
  });

  it('report columns the schema does not know', () => {
    expect(encodeChunk(chunkLayout(chunk(1, JOINTS)), { pan: [1], nope: [1] }, NOW_US, null).unknown).toEqual(['nope']);
  });

  it.each<[string, ChunkColumns]>([
    ['a fraction for an integer', { n: [1, 2.5] }],
    ['a boolean for a number', { x: [true] }],
    ['a text', { x: ['1'] as unknown as number[] }],
    ['something that is no array', { x: 5 as unknown as number[] }],
  ])('are not made from %s', (_name, columns) => {
    expect(() => encodeChunk(chunkLayout(chunk(2, MIXED)), columns, NOW_US, null)).toThrow(expect.objectContaining({ code: 'VALUE_INVALID' }));
  });

  it('name the row of a value that is refused', () => {
    expect(() => encodeChunk(chunkLayout(chunk(2, MIXED)), { n: [1, 2.5] }, NOW_US, null)).toThrow("'n' row 1");
  });

  it('cast a uniform float tensor over a mixed schema when asked to, NaN to 0', () => {
    const layout = chunkLayout(chunk(2, MIXED));
    const { bytes, saturated } = encodeChunkCast(layout, { n: Float64Array.of(2.7, NaN), on: Float64Array.of(0, 3) }, NOW_US, null);
    expect(decodeChunk(layout, bytes)).toMatchObject({ ok: true, columns: { n: [2, 0], on: [0, 1] } });
    expect(saturated).toEqual([7]);
  });

  it('carry 24 KB', () => {
    const spec = chunk(1000, JOINTS);
    const column = Array.from({ length: 1000 }, (_, t) => Math.sin(t));
    expect(travel(spec, { pan: column, lift: column, flex: column })).toEqual({ pan: column, lift: column, flex: column });
  });

  it('of another horizon, name or dtype are refused for their fingerprint', () => {
    const bytes = encodeChunk(chunkLayout(chunk(3, JOINTS)), {}, NOW_US, null).bytes;
    for (const other of [chunk(4, JOINTS), { ...chunk(3, JOINTS), name: 'other' }, chunk(3, JOINTS.map((field) => ({ ...field, dtype: 'f32' as const })))]) {
      expect(decodeChunk(chunkLayout(other), bytes)).toMatchObject({ ok: false, reason: 'fingerprint' });
    }
  });
});

describe('peekFingerprint', () => {
  it('finds the layout of a packet, and nothing in a stump', () => {
    const layout = chunkLayout(chunk(1, JOINTS));
    expect(peekFingerprint(encodeChunk(layout, {}, NOW_US, null).bytes)).toBe(layout.fingerprint);
    expect(peekFingerprint(Uint8Array.of(1, 2, 3))).toBeNull();
  });
});
