import { vectorScalar } from '../../scripts/vector-json.ts';
import type { Scalar } from '../../shared/portal/types.ts';

/** A value for a command: JSON has no infinities, no NaN and no negative zero, so these travel as texts. */
export function toPeer(value: Scalar): Scalar | string {
  if (typeof value === 'boolean' || (Number.isFinite(value) && !Object.is(value, -0))) return value;
  return Object.is(value, -0) ? '-0' : String(value).replace('Infinity', 'inf').toLowerCase();
}

export function valuesToPeer(values: Readonly<Record<string, Scalar>>): Record<string, Scalar | string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, toPeer(value)]));
}

export function columnsToPeer(columns: Readonly<Record<string, readonly Scalar[]>>): Record<string, (Scalar | string)[]> {
  return Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column.map(toPeer)]));
}

/** What the peer reports. Throws for what is no value. */
export function fromPeer(value: unknown): Scalar {
  return value === '-0' ? -0 : vectorScalar(value);
}

export function valuesFromPeer(values: unknown): Record<string, Scalar> {
  return Object.fromEntries(Object.entries(values as Record<string, unknown>).map(([name, value]) => [name, fromPeer(value)]));
}

export function columnsFromPeer(columns: unknown): Record<string, Scalar[]> {
  return Object.fromEntries(Object.entries(columns as Record<string, unknown[]>).map(([name, column]) => [name, column.map(fromPeer)]));
}
