import { type DecodeRefusal, refuse } from './decode-refusal.ts';
import { readScalar, saturates, writeScalar } from './dtype.ts';
import { setOwn } from './own-property.ts';
import type { PacketLayout } from './packet-layout.ts';
import { formatFingerprint } from './schema.ts';
import type { Scalar, Values } from './types.ts';
import { checkChunkColumns } from './value-check.ts';
import { checkTimestampUs, readU64, writeU64 } from './wire-u64.ts';

export interface DecodedState {
  ok: true;
  values: Values;
  timestampUs: number;
}

export interface DecodedAction {
  ok: true;
  values: Values;
  timestampUs: number;
  /** null = not correlated. */
  inReplyToTsUs: number | null;
}

export interface DecodedChunk {
  ok: true;
  columns: Readonly<Record<string, readonly number[]>>;
  timestampUs: number;
  inReplyToTsUs: number | null;
}

/** Field name to column, as given to a send call; `bool` columns may hold booleans or numbers. */
export type ChunkColumns = Readonly<Record<string, ArrayLike<Scalar>>>;

export interface EncodedChunk {
  bytes: Uint8Array;
  /** row · fields + field of each value that the cast put at its bound. */
  saturated: readonly number[];
  /** Columns the schema does not know; they were left out. */
  unknown: readonly string[];
}

/** A state packet of `row`, one number a field in the layout's order. Throws VALUE_INVALID for a bad timestamp. */
export function encodeState(layout: PacketLayout, row: Readonly<Float64Array>, timestampUs: number): Uint8Array {
  return encodeRow(layout, row, timestampUs, 0);
}

/** As `encodeState`; `inReplyToTsUs` null = not correlated. */
export function encodeAction(layout: PacketLayout, row: Readonly<Float64Array>, timestampUs: number, inReplyToTsUs: number | null): Uint8Array {
  return encodeRow(layout, row, timestampUs, inReplyToTsUs ?? 0);
}

/**
 * A chunk packet. A short column is filled with 0, a long one cut. Throws VALUE_INVALID for a bad timestamp and for
 * values of the wrong kind, see `checkChunkColumns`.
 */
export function encodeChunk(layout: PacketLayout, columns: ChunkColumns, timestampUs: number, inReplyToTsUs: number | null): EncodedChunk {
  checkChunkColumns(layout.fields, columns);
  return encodeChunkCast(layout, columns, timestampUs, inReplyToTsUs);
}

/** As `encodeChunk`, but casts whatever the columns hold: a uniform float tensor over a mixed schema, for instance. */
export function encodeChunkCast(layout: PacketLayout, columns: ChunkColumns, timestampUs: number, inReplyToTsUs: number | null): EncodedChunk {
  const { bytes, view } = startPacket(layout, timestampUs, inReplyToTsUs ?? 0);
  const width = layout.fields.length;
  const saturated: number[] = [];
  for (let f = 0; f < width; f++) {
    const field = layout.fields[f] as (typeof layout.fields)[number];
    if (!Object.hasOwn(columns, field.name)) continue;
    const column = columns[field.name] as ArrayLike<Scalar>;
    const filled = Math.min(column.length, layout.rows);
    let offset = layout.headerBytes + (layout.offsets[f] as number);
    for (let t = 0; t < filled; t++, offset += layout.rowBytes) {
      const value = Number(column[t]);
      writeScalar(view, offset, field.dtype, value);
      if (saturates(field.dtype, value)) saturated.push(t * width + f);
    }
  }
  const declared = new Set(layout.fields.map((field) => field.name));
  const unknown = Object.keys(columns).filter((name) => !declared.has(name));
  return { bytes, saturated: saturated.sort((a, b) => a - b), unknown };
}

/** The state in `bytes`, or why it is none of this layout. `bytes` is only read. */
export function decodeState(layout: PacketLayout, bytes: Uint8Array): DecodedState | DecodeRefusal {
  const header = readHeader(layout, bytes);
  if (!header.ok) return header;
  const { view, timestampUs } = header;
  return { ok: true, values: readRow(layout, view), timestampUs };
}

/** As `decodeState`, for an action. */
export function decodeAction(layout: PacketLayout, bytes: Uint8Array): DecodedAction | DecodeRefusal {
  const header = readHeader(layout, bytes);
  if (!header.ok) return header;
  const { view, timestampUs, inReplyToTsUs } = header;
  return { ok: true, values: readRow(layout, view), timestampUs, inReplyToTsUs };
}

/** As `decodeState`, for a chunk; `bool` columns hold 0 and 1. */
export function decodeChunk(layout: PacketLayout, bytes: Uint8Array): DecodedChunk | DecodeRefusal {
  const header = readHeader(layout, bytes);
  if (!header.ok) return header;
  const { view, timestampUs, inReplyToTsUs } = header;
  const columns: Record<string, readonly number[]> = {};
  for (let f = 0; f < layout.fields.length; f++) {
    const { name, dtype } = layout.fields[f] as (typeof layout.fields)[number];
    const column = new Array<number>(layout.rows);
    let offset = layout.headerBytes + (layout.offsets[f] as number);
    for (let t = 0; t < layout.rows; t++, offset += layout.rowBytes) column[t] = readScalar(view, offset, dtype);
    setOwn(columns, name, column);
  }
  return { ok: true, columns, timestampUs, inReplyToTsUs };
}

/** The fingerprint a packet starts with, to find its layout; null when it is too short to have one. */
export function peekFingerprint(bytes: Uint8Array): number | null {
  return bytes.byteLength < 4 ? null : new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
}

function encodeRow(layout: PacketLayout, row: Readonly<Float64Array>, timestampUs: number, inReplyToTsUs: number): Uint8Array {
  const { bytes, view } = startPacket(layout, timestampUs, inReplyToTsUs);
  for (let f = 0; f < layout.fields.length; f++) {
    writeScalar(view, layout.headerBytes + (layout.offsets[f] as number), (layout.fields[f] as (typeof layout.fields)[number]).dtype, row[f] as number);
  }
  return bytes;
}

function startPacket(layout: PacketLayout, timestampUs: number, inReplyToTsUs: number): { bytes: Uint8Array; view: DataView } {
  checkTimestampUs('timestampUs', timestampUs);
  const bytes = new Uint8Array(layout.packetBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, layout.fingerprint, true);
  writeU64(view, 4, timestampUs);
  if (layout.kind !== 'state') {
    checkTimestampUs('inReplyToTsUs', inReplyToTsUs);
    writeU64(view, 12, inReplyToTsUs);
  }
  return { bytes, view };
}

/** What every packet of a layout begins with; a state answers nothing. */
function readHeader(layout: PacketLayout, bytes: Uint8Array): { ok: true; view: DataView; timestampUs: number; inReplyToTsUs: number | null } | DecodeRefusal {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const misfit = checkPacket(layout, view);
  if (misfit !== null) return misfit;
  const timestampUs = readU64(view, 4);
  if (timestampUs === null) return refuseTimestamp('timestamp_us');
  const inReplyToTsUs = layout.kind === 'state' ? 0 : readU64(view, 12);
  if (inReplyToTsUs === null) return refuseTimestamp('in_reply_to_ts_us');
  return { ok: true, view, timestampUs, inReplyToTsUs: inReplyToTsUs === 0 ? null : inReplyToTsUs };
}

function checkPacket(layout: PacketLayout, view: DataView): DecodeRefusal | null {
  if (view.byteLength < 4) return refuse('length', `${layout.packetBytes} bytes`, `${view.byteLength} bytes`);
  const fingerprint = view.getUint32(0, true);
  if (fingerprint !== layout.fingerprint) return refuse('fingerprint', formatFingerprint(layout.fingerprint), formatFingerprint(fingerprint));
  if (view.byteLength !== layout.packetBytes) return refuse('length', `${layout.packetBytes} bytes`, `${view.byteLength} bytes`);
  return null;
}

function refuseTimestamp(name: string): DecodeRefusal {
  return refuse('timestamp', `${name} below 2^53 µs`, 'a larger one');
}

function readRow(layout: PacketLayout, view: DataView): Values {
  const values: Record<string, Scalar> = {};
  for (let f = 0; f < layout.fields.length; f++) {
    const { name, dtype } = layout.fields[f] as (typeof layout.fields)[number];
    const value = readScalar(view, layout.headerBytes + (layout.offsets[f] as number), dtype);
    setOwn(values, name, dtype === 'bool' ? value !== 0 : value);
  }
  return values;
}
