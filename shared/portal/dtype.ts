/** The nine dtypes, lower case inside; the peer's words are upper case. */
export const DTYPES = ['f64', 'f32', 'i32', 'i16', 'i8', 'u32', 'u16', 'u8', 'bool'] as const;
export type DType = (typeof DTYPES)[number];

/** Tag of each dtype in a schema fingerprint. Part of the wire: never renumbered. */
export const DTYPE_TAG: Readonly<Record<DType, number>> = { f64: 1, f32: 2, i32: 3, i16: 4, i8: 5, u32: 6, u16: 7, u8: 8, bool: 9 };

/** Bytes one value takes in a packet. */
export const DTYPE_BYTES: Readonly<Record<DType, number>> = { f64: 8, f32: 4, i32: 4, i16: 2, i8: 1, u32: 4, u16: 2, u8: 1, bool: 1 };

/** Smallest and largest value of each integer dtype; null for the others. */
export const INTEGER_BOUNDS: Readonly<Record<DType, readonly [min: number, max: number] | null>> = {
  f64: null,
  f32: null,
  i32: [-2147483648, 2147483647],
  i16: [-32768, 32767],
  i8: [-128, 127],
  u32: [0, 4294967295],
  u16: [0, 65535],
  u8: [0, 255],
  bool: null,
};

/** The dtype a word names, in any case, or null. */
export function parseDType(word: string): DType | null {
  const lower = word.toLowerCase();
  return DTYPES.find((dtype) => dtype === lower) ?? null;
}

/**
 * What the wire makes of `value`, total over all numbers: integers are cut towards zero and saturate, NaN becomes 0
 * there and in `bool`, f32 rounds and overflows to ±infinity.
 */
export function castToDType(dtype: DType, value: number): number {
  if (dtype === 'f64') return value;
  if (dtype === 'f32') return Math.fround(value);
  if (dtype === 'bool') return value !== 0 && !Number.isNaN(value) ? 1 : 0;
  if (Number.isNaN(value)) return 0;
  const [min, max] = INTEGER_BOUNDS[dtype] as readonly [number, number];
  if (value <= min) return min;
  if (value >= max) return max;
  return Math.trunc(value) + 0; // + 0 turns -0 into 0, which is what comes back from the wire
}

/** True when the cast leaves the dtype's range: an integer out of bounds or NaN, or a finite number that f32 makes infinite. */
export function saturates(dtype: DType, value: number): boolean {
  if (dtype === 'f64' || dtype === 'bool') return false;
  if (dtype === 'f32') return Number.isFinite(value) && !Number.isFinite(Math.fround(value));
  const [min, max] = INTEGER_BOUNDS[dtype] as readonly [number, number];
  return !(value >= min && value <= max);
}

/** Writes `value` as `dtype` at `offset`, cast as `castToDType` says. The caller has made room. */
export function writeScalar(view: DataView, offset: number, dtype: DType, value: number): void {
  switch (dtype) {
    case 'f64':
      return view.setFloat64(offset, value, true);
    case 'f32':
      return view.setFloat32(offset, value, true);
    case 'i32':
      return view.setInt32(offset, castToDType(dtype, value), true);
    case 'i16':
      return view.setInt16(offset, castToDType(dtype, value), true);
    case 'i8':
      return view.setInt8(offset, castToDType(dtype, value));
    case 'u32':
      return view.setUint32(offset, castToDType(dtype, value), true);
    case 'u16':
      return view.setUint16(offset, castToDType(dtype, value), true);
    case 'u8':
    case 'bool':
      return view.setUint8(offset, castToDType(dtype, value));
  }
}

/** Reads the value at `offset`; any non-zero byte is a true `bool` (1). The caller has checked the length. */
export function readScalar(view: DataView, offset: number, dtype: DType): number {
  switch (dtype) {
    case 'f64':
      return view.getFloat64(offset, true);
    case 'f32':
      return view.getFloat32(offset, true);
    case 'i32':
      return view.getInt32(offset, true);
    case 'i16':
      return view.getInt16(offset, true);
    case 'i8':
      return view.getInt8(offset);
    case 'u32':
      return view.getUint32(offset, true);
    case 'u16':
      return view.getUint16(offset, true);
    case 'u8':
      return view.getUint8(offset);
    case 'bool':
      return view.getUint8(offset) === 0 ? 0 : 1;
  }
}
