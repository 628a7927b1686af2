import type { FieldSpec } from './config.ts';
import { type DType, INTEGER_BOUNDS } from './dtype.ts';
import { PortalError } from './errors.ts';
import type { Scalar } from './types.ts';

/** What a field of this dtype takes at the send call, in words. */
export function expectedKind(dtype: DType): string {
  if (dtype === 'bool') return 'a boolean';
  return INTEGER_BOUNDS[dtype] === null ? 'a number' : 'a whole number';
}

/** True when `value` is of the kind `dtype` takes; an out-of-range whole number is (it saturates), NaN for an integer is not. */
export function isKindOf(dtype: DType, value: unknown): value is Scalar {
  if (dtype === 'bool') return typeof value === 'boolean';
  if (typeof value !== 'number') return false;
  return INTEGER_BOUNDS[dtype] === null || Number.isInteger(value);
}

/** VALUE_INVALID naming the field, what it takes and what it got. `row` is the row of a chunk. */
export function valueError(field: FieldSpec, value: unknown, row?: number): PortalError {
  const place = row === undefined ? '' : ` row ${row}`;
  return new PortalError('VALUE_INVALID', `field '${field.name}'${place} is declared ${field.dtype}`, {
    expected: expectedKind(field.dtype),
    got: describeValue(value),
    fix: `Send ${expectedKind(field.dtype)}, or declare the field with another dtype on both sides`,
  });
}

/**
 * Throws VALUE_INVALID for the first value of the wrong kind. The rules are those of single values, except that a
 * `bool` column also takes numbers (0 = false), which is what a received column holds. Unknown columns are not looked at.
 */
export function checkChunkColumns(fields: readonly FieldSpec[], columns: Readonly<Record<string, ArrayLike<Scalar>>>): void {
  for (const field of fields) {
    if (!Object.hasOwn(columns, field.name)) continue;
    const column: unknown = columns[field.name];
    if (!isArrayLike(column)) {
      throw new PortalError('VALUE_INVALID', `column '${field.name}' is no array`, { expected: 'an array of numbers', got: describeValue(column) });
    }
    for (let row = 0; row < column.length; row++) {
      const value = column[row];
      const fits = isKindOf(field.dtype, value) || (field.dtype === 'bool' && typeof value === 'number');
      if (!fits) throw valueError(field, value, row);
    }
  }
}

function isArrayLike(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

function describeValue(value: unknown): string {
  if (typeof value === 'string') return `the text '${value.slice(0, 40)}'`;
  if (typeof value === 'number' || typeof value === 'boolean') return `${typeof value} ${String(value)}`;
  return value === null ? 'null' : typeof value;
}
