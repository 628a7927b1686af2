import { describe, expect, it } from 'vitest';
import type { FieldSpec } from '../../../../shared/portal/config.ts';
import { actionFingerprint, chunkFingerprint, formatFingerprint, stateFingerprint } from '../../../../shared/portal/schema.ts';

const A: FieldSpec = { name: 'a', dtype: 'f32' };
const B: FieldSpec = { name: 'b', dtype: 'f32' };

describe('schema fingerprints', () => {
  it('of no fields is the bare FNV offset', () => {
    expect(formatFingerprint(stateFingerprint([]))).toBe('0x811c9dc5');
  });

  it('is stable for the same schema', () => {
    expect(stateFingerprint([A, B])).toBe(stateFingerprint([{ ...A }, { ...B }]));
  });

  it('changes with order, name and dtype', () => {
    const all = [[A, B], [B, A], [A], [{ ...A, dtype: 'f64' as const }, B], [{ ...A, name: 'á' }, B], [{ name: 'ab', dtype: 'f32' as const }]].map(stateFingerprint);
    expect(new Set(all).size).toBe(all.length);
  });

  it('of an action differs from that of a state with the same fields', () => {
    expect(actionFingerprint([A, B])).toBe((stateFingerprint([A, B]) ^ 0xa1c0b001) >>> 0);
  });

  it('of a chunk changes with its horizon and its name, and differs from state and action', () => {
    const all = [
      chunkFingerprint({ name: 'act', horizon: 10, fields: [A] }),
      chunkFingerprint({ name: 'act', horizon: 11, fields: [A] }),
      chunkFingerprint({ name: 'act', horizon: 10 + 256, fields: [A] }),
      chunkFingerprint({ name: 'acu', horizon: 10, fields: [A] }),
      stateFingerprint([A]),
      actionFingerprint([A]),
    ];
    expect(new Set(all).size).toBe(all.length);
  });
});
