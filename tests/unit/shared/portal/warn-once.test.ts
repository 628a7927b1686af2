import { describe, expect, it } from 'vitest';
import { WarnOnce } from '../../../../shared/portal/warn-once.ts';

const SECOND = 1_000_000;

describe('a warning that repeats', () => {
  it('is said at once, and then at most every ten seconds with the count since', () => {
    const warnings = new WarnOnce();
    expect(warnings.note('schema-mismatch', 'another schema', 0)).toEqual({ tag: 'schema-mismatch', message: 'another schema', count: 1 });
    for (let packet = 1; packet < 100; packet++) expect(warnings.note('schema-mismatch', 'another schema', packet * SECOND * 0.1)).toBeNull();
    expect(warnings.note('schema-mismatch', 'again', 10 * SECOND)).toEqual({ tag: 'schema-mismatch', message: 'again', count: 100 });
    expect(warnings.note('schema-mismatch', 'again', 11 * SECOND)).toBeNull();
    expect(warnings.note('schema-mismatch', 'again', 20 * SECOND)).toMatchObject({ count: 2 });
  });

  it('does not hold back another tag, or another subject of the same tag', () => {
    const warnings = new WarnOnce();
    warnings.note('schema-mismatch', 'a', 0, 'one');
    expect(warnings.note('schema-mismatch', 'b', 0, 'two')).toMatchObject({ message: 'b', count: 1 });
    expect(warnings.note('saturated', 'c', 0, 'one')).toMatchObject({ tag: 'saturated', count: 1 });
    expect(warnings.note('schema-mismatch', 'a', 1, 'one')).toBeNull();
  });

  it('shares its tag\'s limit when there are more subjects than are kept apart', () => {
    const warnings = new WarnOnce({ maxKeys: 4 });
    const shown = Array.from({ length: 1000 }, (_, subject) => warnings.note('schema-mismatch', 'x', 0, `fingerprint ${subject}`)).filter((warning) => warning !== null);
    expect(shown.length).toBeLessThanOrEqual(5);
    expect(warnings.note('schema-mismatch', 'x', 10 * SECOND, 'fingerprint 5000')).toMatchObject({ tag: 'schema-mismatch' });
    expect(warnings.note('schema-mismatch', 'x', 10 * SECOND, 'fingerprint 5001')).toBeNull();
  });

  it('cannot be silenced by a flood under another tag', () => {
    const warnings = new WarnOnce();
    for (let subject = 0; subject < 10_000; subject++) warnings.note('schema-mismatch', 'x', 0, String(subject));
    expect(warnings.note('role-lost', 'y', 0)).toEqual({ tag: 'role-lost', message: 'y', count: 1 });
  });

  it('counts every one of them, kept apart or not', () => {
    const warnings = new WarnOnce({ maxKeys: 2 });
    let counted = 0;
    for (let packet = 0; packet < 300; packet++) counted += warnings.note('stop', 'x', 0, String(packet))?.count ?? 0;
    for (const subject of ['0', '1', 'another']) counted += warnings.note('stop', 'x', 60 * SECOND, subject)?.count ?? 0;
    expect(counted).toBe(303);
  });

  it('is not silenced by a clock that is set back', () => {
    const warnings = new WarnOnce();
    warnings.note('stop', 'x', 3600 * SECOND);
    expect(warnings.note('stop', 'x', 0)).toMatchObject({ count: 1 });
    expect(warnings.note('stop', 'x', 1)).toBeNull();
  });

  it('has the interval it is given', () => {
    const warnings = new WarnOnce({ intervalUs: 5 });
    warnings.note('stop', 'x', 0);
    expect(warnings.note('stop', 'x', 4)).toBeNull();
    expect(warnings.note('stop', 'x', 5)).toMatchObject({ count: 2 });
  });
});
