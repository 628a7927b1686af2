import type { ChunkSpec, FieldSpec } from './config.ts';
import { DTYPE_TAG } from './dtype.ts';
import { utf8Encode } from './utf8.ts';

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const SEPARATOR = 0xff;
/** Keep an action from passing as a state of the same fields, and a chunk as either. */
const ACTION_STREAM_TAG = 0xa1c0b001;
const CHUNK_STREAM_TAG = 0xc1c0b001;

function mix(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, FNV_PRIME);
}

function mixText(hash: number, text: string): number {
  for (const byte of utf8Encode(text)) hash = mix(hash, byte);
  return hash;
}

function hashFields(fields: readonly FieldSpec[]): number {
  let hash: number = FNV_OFFSET;
  for (const field of fields) {
    hash = mix(mixText(hash, field.name), SEPARATOR);
    hash = mix(mix(hash, DTYPE_TAG[field.dtype]), SEPARATOR);
  }
  return hash;
}

/** u32 that stands for names, dtypes and order of a state's fields. */
export function stateFingerprint(fields: readonly FieldSpec[]): number {
  return hashFields(fields) >>> 0;
}

/** As `stateFingerprint`, for an action. */
export function actionFingerprint(fields: readonly FieldSpec[]): number {
  return (hashFields(fields) ^ ACTION_STREAM_TAG) >>> 0;
}

/** As `stateFingerprint`, for a chunk; its name and horizon count too. */
export function chunkFingerprint(spec: ChunkSpec): number {
  let hash = mix(mixText(hashFields(spec.fields), spec.name), SEPARATOR);
  for (let shift = 0; shift < 32; shift += 8) hash = mix(hash, (spec.horizon >>> shift) & 0xff);
  return (hash ^ CHUNK_STREAM_TAG) >>> 0;
}

/** A fingerprint as people read it: `0x0123abcd`. */
export function formatFingerprint(fingerprint: number): string {
  return `0x${fingerprint.toString(16).padStart(8, '0')}`;
}
