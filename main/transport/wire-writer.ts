/** Kinds of fields in the engine's messages, which are protocol buffers. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** What stands before a field's value. */
export function tag(field: number, kind: number): number {
  return field * 8 + kind;
}

/** Appends a number of at most 64 bits; not negative, and as a `number` a whole one up to 2^53. */
export function pushVarint(bytes: number[], value: number | bigint): void {
  // Where it is exact, arithmetic on numbers is many times faster.
  let rest = typeof value === 'bigint' && value > BigInt(Number.MAX_SAFE_INTEGER) ? pushHigh(bytes, value) : Number(value);
  while (rest > 0x7f) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
}

/** Appends as many of the low bits as it takes for the rest to be a safe number, which it returns. */
function pushHigh(bytes: number[], value: bigint): number {
  let rest = value;
  while (rest > BigInt(Number.MAX_SAFE_INTEGER)) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return Number(rest);
}
