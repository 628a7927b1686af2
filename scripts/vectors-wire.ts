import { CarryForward } from '../shared/portal/carry-forward.ts';
import type { FieldSpec } from '../shared/portal/config.ts';
import { type DecodeRefusal } from '../shared/portal/decode-refusal.ts';
import { castToDType, parseDType } from '../shared/portal/dtype.ts';
import { decodeFrameVideo, decodeFrameVideoHeader, encodeFrameVideo, encodeFrameVideoHeader, type FrameVideoHeader } from '../shared/portal/frame-video-packet.ts';
import { actionLayout, chunkLayout, stateLayout } from '../shared/portal/packet-layout.ts';
import type { Scalar } from '../shared/portal/types.ts';
import { decodeAction, decodeChunk, decodeState, encodeAction, encodeChunkCast, encodeState } from '../shared/portal/wire.ts';
import { bytesToHex, hexToBytes, vectorScalar } from './vector-json.ts';

type Vector = Readonly<Record<string, unknown>>;

/**
 * Checks recorded packets in order: values must encode to exactly the recorded bytes, and the bytes decode to exactly the
 * values, the sign of zero included. Keeps the rows that later partial packets of a connection carry forward from.
 */
export class WireVectorChecker {
  readonly #carried = new Map<string, CarryForward>();

  /** What is wrong with the next vector; empty = passed. Throws where it cannot be checked at all. */
  check(vector: unknown): string[] {
    if (typeof vector !== 'object' || vector === null) throw new Error('expected an object');
    const fields = vector as Vector;
    switch (fields.kind) {
      case 'state':
      case 'action':
        return this.#checkRow(fields, fields.kind);
      case 'chunk':
        return checkChunk(fields);
      case 'frame_video_raw':
        return checkFrame(fields);
      default:
        return [`unknown kind ${JSON.stringify(fields.kind)}; expected state, action, chunk or frame_video_raw`];
    }
  }

  #checkRow(vector: Vector, kind: 'state' | 'action'): string[] {
    const fields = schemaOf(vector);
    const layout = kind === 'state' ? stateLayout(fields) : actionLayout(fields);
    // A connection has one schema a kind, and its first packet (sequence 0) starts from nothing.
    const connection = `${kind} ${JSON.stringify(vector.schema)}`;
    const known = this.#carried.get(connection);
    const carry = known !== undefined && typeof vector.sequence === 'number' && vector.sequence > 0 ? known : new CarryForward(fields);
    this.#carried.set(connection, carry);
    const values = Object.fromEntries(Object.entries(recordOf(vector.values, 'values')).map(([name, value]) => [name, vectorScalar(value)]));
    const { rowBorrow, unknown } = carry.apply(values);
    const timestampUs = numberOf(vector.timestamp_us, 'timestamp_us');
    const inReplyToTsUs = replyOf(vector);
    const hex = hexOf(vector);
    const problems = unknown.map((name) => `value '${name}' is not in the schema`);
    compare(problems, 'encode', hex, bytesToHex(kind === 'state' ? encodeState(layout, rowBorrow, timestampUs) : encodeAction(layout, rowBorrow, timestampUs, inReplyToTsUs)));
    const decoded = kind === 'state' ? decodeState(layout, hexToBytes(hex, 'hex')) : decodeAction(layout, hexToBytes(hex, 'hex'));
    if (!decoded.ok) return [...problems, refusal(decoded)];
    compare(problems, 'timestamp_us', timestampUs, decoded.timestampUs);
    if ('inReplyToTsUs' in decoded) compare(problems, 'in_reply_to_ts_us', inReplyToTsUs, decoded.inReplyToTsUs);
    for (const [index, { name, dtype }] of fields.entries()) {
      const expected = castToDType(dtype, rowBorrow[index] as number);
      compare(problems, `field '${name}'`, dtype === 'bool' ? expected !== 0 : expected, decoded.values[name]);
    }
    return problems;
  }
}

function checkChunk(vector: Vector): string[] {
  const fields = schemaOf(vector);
  const horizon = numberOf(vector.horizon, 'horizon');
  const layout = chunkLayout({ name: textOf(vector.name, 'name'), horizon, fields });
  const columns: Record<string, Scalar[]> = Object.fromEntries(Object.entries(recordOf(vector.values, 'values')).map(([name, column]) => [name, columnOf(name, column)]));
  const timestampUs = numberOf(vector.timestamp_us, 'timestamp_us');
  const inReplyToTsUs = replyOf(vector);
  const hex = hexOf(vector);
  const encoded = encodeChunkCast(layout, columns, timestampUs, inReplyToTsUs);
  const problems = encoded.unknown.map((name) => `column '${name}' is not in the schema`);
  compare(problems, 'encode', hex, bytesToHex(encoded.bytes));
  const decoded = decodeChunk(layout, hexToBytes(hex, 'hex'));
  if (!decoded.ok) return [...problems, refusal(decoded)];
  compare(problems, 'timestamp_us', timestampUs, decoded.timestampUs);
  compare(problems, 'in_reply_to_ts_us', inReplyToTsUs, decoded.inReplyToTsUs);
  for (const { name, dtype } of fields) {
    for (let row = 0; row < horizon; row++) {
      compare(problems, `field '${name}' row ${row}`, castToDType(dtype, Number(columns[name]?.[row] ?? 0)), decoded.columns[name]?.[row]);
    }
  }
  return problems;
}

function checkFrame(vector: Vector): string[] {
  const header: FrameVideoHeader = {
    codec: 'raw',
    width: numberOf(vector.width, 'width'),
    height: numberOf(vector.height, 'height'),
    timestampUs: numberOf(vector.timestamp_us, 'timestamp_us'),
    track: textOf(vector.track, 'track'),
  };
  const hex = hexOf(vector);
  const bytes = hexToBytes(hex, 'hex');
  const pixels = typeof vector.rgb_hex === 'string' ? hexToBytes(vector.rgb_hex, 'rgb_hex') : null;
  const problems: string[] = [];
  const whole = pixels === null ? null : encodeFrameVideo(header, pixels);
  if (vector.header_only === true || whole === null) {
    const headerBytes = encodeFrameVideoHeader(header);
    compare(problems, 'encode of the header', hex.slice(0, 2 * headerBytes.byteLength), bytesToHex(headerBytes));
    if (vector.header_only === true && bytes.byteLength !== headerBytes.byteLength) problems.push(`header: expected ${headerBytes.byteLength} bytes, got ${bytes.byteLength}`);
  } else {
    compare(problems, 'encode', hex, bytesToHex(whole));
  }
  const decoded = vector.header_only === true ? decodeFrameVideoHeader(bytes) : decodeFrameVideo(bytes);
  if (!decoded.ok) return [...problems, refusal(decoded)];
  for (const key of ['codec', 'width', 'height', 'timestampUs', 'track'] as const) compare(problems, key, header[key], decoded[key]);
  if (pixels !== null && 'payloadBorrow' in decoded) compare(problems, 'pixels', bytesToHex(pixels), bytesToHex(decoded.payloadBorrow));
  return problems;
}

function schemaOf(vector: Vector): FieldSpec[] {
  if (!Array.isArray(vector.schema)) throw new Error('schema is no list');
  return vector.schema.map((entry: unknown) => {
    const [name, word] = Array.isArray(entry) ? (entry as unknown[]) : [];
    const dtype = typeof word === 'string' ? parseDType(word) : null;
    if (typeof name !== 'string' || dtype === null) throw new Error(`${JSON.stringify(entry)} is no field; expected [name, dtype]`);
    return { name, dtype };
  });
}

function columnOf(name: string, column: unknown): Scalar[] {
  if (!Array.isArray(column)) throw new Error(`column '${name}' is no list`);
  return column.map(vectorScalar);
}

function replyOf(vector: Vector): number | null {
  const reply = vector.in_reply_to_ts_us ?? 0;
  return reply === 0 ? null : numberOf(reply, 'in_reply_to_ts_us');
}

function hexOf(vector: Vector): string {
  return textOf(vector.hex, 'hex').toLowerCase();
}

function textOf(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new Error(`${what} is no text`);
  return value;
}

function numberOf(value: unknown, what: string): number {
  if (typeof value !== 'number') throw new Error(`${what} is no number`);
  return value;
}

function recordOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${what} is no object`);
  return value as Record<string, unknown>;
}

function refusal({ reason, expected, got }: DecodeRefusal): string {
  return `decode refused (${reason}): expected ${expected}, got ${got}`;
}

/** Adds a problem unless both are the very same, NaN to NaN and 0 against -0 included. Long texts are cut around their difference. */
function compare(problems: string[], what: string, expected: unknown, got: unknown): void {
  if (Object.is(expected, got)) return;
  problems.push(typeof expected === 'string' && typeof got === 'string' ? `${what}: ${differenceOf(expected, got)}` : `${what}: expected ${show(expected)}, got ${show(got)}`);
}

function differenceOf(expected: string, got: string): string {
  let at = 0;
  while (at < expected.length && expected[at] === got[at]) at++;
  const from = Math.max(0, at - 8);
  const cut = (text: string): string => `${from > 0 ? '…' : ''}${text.slice(from, from + 40)}${text.length > from + 40 ? '…' : ''}`;
  return `expected ${cut(expected)}, got ${cut(got)} (first difference at character ${at} of ${expected.length})`;
}

function show(value: unknown): string {
  return Object.is(value, -0) ? '-0' : String(value);
}
