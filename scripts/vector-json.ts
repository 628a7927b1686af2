/**
 * JSON as recorders write it: Python's bare `NaN`, `Infinity` and `-Infinity` are taken as texts, which the checks
 * know as numbers. Throws where it is not JSON.
 */
export function parseVectorJson(text: string): unknown {
  return JSON.parse(text.replace(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g, (token) => (token.startsWith('"') ? token : `"${token}"`)));
}

/** The number a vector's value stands for: a number, `inf`, `-inf` or `nan`; booleans as they are. Throws for anything else. */
export function vectorScalar(value: unknown): number | boolean {
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  switch (typeof value === 'string' ? value.toLowerCase() : '') {
    case 'inf':
    case '+inf':
    case 'infinity':
      return Infinity;
    case '-inf':
    case '-infinity':
      return -Infinity;
    case 'nan':
    case '-nan':
      return NaN;
  }
  throw new Error(`${JSON.stringify(value)} is no value; expected a number, a boolean, 'inf', '-inf' or 'nan'`);
}

/** Bytes of an even-length hex text. Throws where it is none. */
export function hexToBytes(hex: unknown, what: string): Uint8Array {
  if (typeof hex !== 'string' || hex.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(hex)) throw new Error(`${what} is no hex text`);
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

export function bytesToHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
