import type { FieldSpec } from './config.ts';
import { saturates } from './dtype.ts';
import { PortalError } from './errors.ts';
import { isKindOf, valueError } from './value-check.ts';
import type { Values } from './types.ts';

/** One send call's row, and what the caller should warn about. */
export interface CarriedRow {
  /** Borrowed: every field in declared order, booleans as 0 and 1; overwritten by the next `apply`. */
  rowBorrow: Readonly<Float64Array>;
  /** Names of given values beyond their dtype's range; they travel at the bound. */
  saturated: readonly string[];
  /** Given names that the schema does not have; they are left out. */
  unknown: readonly string[];
}

const NONE: readonly string[] = [];

/** Makes partial updates whole: a field that is not given keeps the last value sent, 0 at first. */
export class CarryForward {
  readonly #fields: readonly FieldSpec[];
  readonly #indexOf: ReadonlyMap<string, number>;
  readonly #row: Float64Array;

  constructor(fields: readonly FieldSpec[]) {
    this.#fields = fields;
    this.#indexOf = new Map(fields.map((field, index) => [field.name, index]));
    this.#row = new Float64Array(fields.length);
  }

  /** Takes the given values over. Throws VALUE_INVALID for one of the wrong kind, and then nothing is taken over. */
  apply(values: Values): CarriedRow {
    if (typeof values !== 'object' || values === null) {
      throw new PortalError('VALUE_INVALID', 'values are no object', { expected: 'field names with values', got: String(values) });
    }
    const names = Object.keys(values);
    let saturated: string[] | null = null;
    let unknown: string[] | null = null;
    for (const name of names) {
      const index = this.#indexOf.get(name);
      if (index === undefined) {
        (unknown ??= []).push(name);
        continue;
      }
      const field = this.#fields[index] as FieldSpec;
      const value: unknown = values[name];
      if (!isKindOf(field.dtype, value)) throw valueError(field, value);
      if (saturates(field.dtype, Number(value))) (saturated ??= []).push(name);
    }
    for (const name of names) {
      const index = this.#indexOf.get(name);
      if (index !== undefined) this.#row[index] = Number(values[name]);
    }
    return { rowBorrow: this.#row, saturated: saturated ?? NONE, unknown: unknown ?? NONE };
  }

  /** Forgets everything sent: all fields are 0 again. */
  reset(): void {
    this.#row.fill(0);
  }
}
