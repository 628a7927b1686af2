import { describe, expect, it } from 'vitest';
import { CarryForward } from '../../../../shared/portal/carry-forward.ts';
import type { FieldSpec } from '../../../../shared/portal/config.ts';
import { PortalError } from '../../../../shared/portal/errors.ts';
import type { Values } from '../../../../shared/portal/types.ts';

const FIELDS: readonly FieldSpec[] = [
  { name: 'pan', dtype: 'f32' },
  { name: 'count', dtype: 'i8' },
  { name: 'closed', dtype: 'bool' },
];

function row(carry: CarryForward, values: Values): number[] {
  return [...carry.apply(values).rowBorrow];
}

function refusalOf(values: unknown): PortalError {
  try {
    new CarryForward(FIELDS).apply(values as Values);
  } catch (thrown) {
    if (thrown instanceof PortalError) return thrown;
  }
  return expect.fail('was taken');
}

describe('CarryForward', () => {
  it('starts every field at 0', () => {
    expect(row(new CarryForward(FIELDS), {})).toEqual([0, 0, 0]);
  });

  it('fills missing fields with the last value sent', () => {
    const carry = new CarryForward(FIELDS);
    carry.apply({ pan: 1.5, count: 3, closed: true });
    expect(row(carry, { count: 4 })).toEqual([1.5, 4, 1]);
    expect(row(carry, {})).toEqual([1.5, 4, 1]);
  });

  it('forgets everything when it is reset', () => {
    const carry = new CarryForward(FIELDS);
    carry.apply({ pan: 1.5 });
    carry.reset();
    expect(row(carry, {})).toEqual([0, 0, 0]);
  });

  it('takes an integer for a float field', () => {
    expect(row(new CarryForward(FIELDS), { pan: 2 })).toEqual([2, 0, 0]);
  });

  it('takes infinities and NaN for a float field', () => {
    expect(row(new CarryForward(FIELDS), { pan: Infinity })).toEqual([Infinity, 0, 0]);
    expect(row(new CarryForward(FIELDS), { pan: NaN })).toEqual([NaN, 0, 0]);
  });

  it.each<[string, unknown, string, string]>([
    ['a number for a bool', { closed: 1 }, 'a boolean', 'number 1'],
    ['a boolean for a float', { pan: true }, 'a number', 'boolean true'],
    ['a boolean for an integer', { count: false }, 'a whole number', 'boolean false'],
    ['a fraction for an integer', { count: 1.5 }, 'a whole number', 'number 1.5'],
    ['NaN for an integer', { count: NaN }, 'a whole number', 'number NaN'],
    ['a text', { pan: '1' }, 'a number', "the text '1'"],
    ['null', { pan: null }, 'a number', 'null'],
    ['undefined', { pan: undefined }, 'a number', 'undefined'],
  ])('refuses %s, naming the field, what it takes and what it got', (_name, values, expected, got) => {
    const error = refusalOf(values);
    expect(error.code).toBe('VALUE_INVALID');
    expect(error.message).toContain(`'${Object.keys(values as object)[0]}'`);
    expect(error.details).toMatchObject({ expected, got });
  });

  it('refuses values that are no object', () => {
    expect(refusalOf(null).code).toBe('VALUE_INVALID');
  });

  it('takes nothing over from a call that it refuses', () => {
    const carry = new CarryForward(FIELDS);
    carry.apply({ pan: 1 });
    expect(() => carry.apply({ pan: 2, count: 0.5 })).toThrow(PortalError);
    expect(row(carry, {})).toEqual([1, 0, 0]);
  });

  it('reports values beyond their dtype instead of refusing them', () => {
    const { saturated, unknown } = new CarryForward(FIELDS).apply({ count: 128, pan: 1e40, closed: true });
    expect(saturated).toEqual(['count', 'pan']);
    expect(unknown).toEqual([]);
  });

  it('reports unknown names instead of refusing them', () => {
    const carry = new CarryForward(FIELDS);
    expect(carry.apply({ pan: 1, tilt: 'x' as unknown as number, toString: 2 }).unknown).toEqual(['tilt', 'toString']);
    expect(row(carry, {})).toEqual([1, 0, 0]);
  });
});
