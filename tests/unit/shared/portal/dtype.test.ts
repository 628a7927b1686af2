import { describe, expect, it } from 'vitest';
import { castToDType, DTYPE_BYTES, DTYPES, INTEGER_BOUNDS, parseDType, readScalar, saturates, writeScalar, type DType } from '../../../../shared/portal/dtype.ts';

/** What comes back after a trip through the bytes. */
function travel(dtype: DType, value: number): number {
  const view = new DataView(new ArrayBuffer(8));
  writeScalar(view, 0, dtype, value);
  return readScalar(view, 0, dtype);
}

const AWKWARD = [0, -0, 1, -1, 0.5, -0.5, 1.5, 5e-324, -5e-324, 1e-40, 1e38, -1e40, Number.MAX_VALUE, Infinity, -Infinity, NaN, 127, 128, -128, -129, 255, 256, 32767, 32768, -32769, 65536, 2147483648, -2147483649, 4294967296, Math.PI];

describe('dtype', () => {
  it('carries every f64 exactly, signed zero and denormals included', () => {
    for (const value of AWKWARD) expect(Object.is(travel('f64', value), value)).toBe(true);
  });

  it.each(DTYPES)('casts to %s just as a trip through the bytes does', (dtype) => {
    for (const value of AWKWARD) expect(Object.is(castToDType(dtype, value), travel(dtype, value)), `${value}`).toBe(true);
  });

  it('overflows f32 to infinity and reports it', () => {
    expect(castToDType('f32', 1e40)).toBe(Infinity);
    expect(castToDType('f32', -1e40)).toBe(-Infinity);
    expect(saturates('f32', 1e40)).toBe(true);
    expect(saturates('f32', 3.4e38)).toBe(false);
  });

  it('does not report an infinity or NaN that f32 can hold', () => {
    for (const value of [Infinity, -Infinity, NaN]) expect(saturates('f32', value)).toBe(false);
  });

  it.each(DTYPES.filter((dtype) => INTEGER_BOUNDS[dtype] !== null))('saturates %s at its bounds and reports only what is beyond them', (dtype) => {
    const [min, max] = INTEGER_BOUNDS[dtype] as readonly [number, number];
    expect([min, max].map((value) => travel(dtype, value))).toEqual([min, max]);
    expect([min, max].map((value) => saturates(dtype, value))).toEqual([false, false]);
    expect([min - 1, max + 1, -Infinity, Infinity].map((value) => travel(dtype, value))).toEqual([min, max, min, max]);
    expect([min - 1, max + 1, -Infinity, Infinity, NaN].map((value) => saturates(dtype, value))).toEqual([true, true, true, true, true]);
    expect(travel(dtype, NaN)).toBe(0);
  });

  it('cuts a fraction towards zero', () => {
    expect(travel('i16', 2.9)).toBe(2);
    expect(travel('i16', -2.9)).toBe(-2);
    expect(Object.is(castToDType('i16', -0.5), 0)).toBe(true);
  });

  it('makes 1 of every non-zero bool and 0 of zero and NaN', () => {
    expect([0, -0, NaN, 1, -1, 0.1, Infinity].map((value) => travel('bool', value))).toEqual([0, 0, 0, 1, 1, 1, 1]);
  });

  it('reads any non-zero byte as a true bool', () => {
    expect(readScalar(new DataView(Uint8Array.of(7).buffer), 0, 'bool')).toBe(1);
  });

  it('takes as many bytes as the table says', () => {
    for (const dtype of DTYPES) {
      expect(() => writeScalar(new DataView(new ArrayBuffer(DTYPE_BYTES[dtype])), 0, dtype, 1)).not.toThrow();
      expect(() => writeScalar(new DataView(new ArrayBuffer(DTYPE_BYTES[dtype] - 1)), 0, dtype, 1)).toThrow(RangeError);
    }
  });

  it('knows its words in any case, and no others', () => {
    expect(parseDType('F32')).toBe('f32');
    expect(parseDType('Bool')).toBe('bool');
    expect(parseDType('float')).toBeNull();
  });
});
