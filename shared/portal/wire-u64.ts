import { PortalError } from './errors.ts';

const HIGH = 0x1_0000_0000;
/** A high word above this does not fit in 2^53. */
const MAX_HIGH = 0x1f_ffff;

/** Throws VALUE_INVALID unless `timestampUs` is a whole number of µs that a `number` holds exactly. */
export function checkTimestampUs(name: string, timestampUs: number): void {
  if (Number.isSafeInteger(timestampUs) && timestampUs >= 0) return;
  throw new PortalError('VALUE_INVALID', `${name} is not a timestamp`, {
    expected: 'a whole number of µs since the Unix epoch',
    got: String(timestampUs),
  });
}

/** Writes a checked timestamp as u64, little endian. Two halves are exact here and cost no BigInt per packet. */
export function writeU64(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, value >>> 0, true);
  view.setUint32(offset + 4, Math.floor(value / HIGH), true);
}

/** Reads a u64, or null where a `number` cannot hold it exactly. */
export function readU64(view: DataView, offset: number): number | null {
  const high = view.getUint32(offset + 4, true);
  return high > MAX_HIGH ? null : high * HIGH + view.getUint32(offset, true);
}
