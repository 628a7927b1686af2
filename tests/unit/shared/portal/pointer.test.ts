import { describe, expect, it } from 'vitest';
import { Pointer } from '../../../../shared/portal/pointer.ts';

function setUp() {
  const writes: { text: string; done: () => void; fail: (error: Error) => void }[] = [];
  const applied: [string | null, boolean][] = [];
  const pointer = new Pointer({
    write: (text) => new Promise((resolve, reject) => { writes.push({ text, done: resolve, fail: reject }); }),
    applied: (identity, changed) => { applied.push([identity, changed]); },
  });
  return { pointer, writes, applied };
}
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('Pointer', () => {
  it('gives control only once the room has been told', async () => {
    const { pointer, writes, applied } = setUp();
    const done = pointer.set('a');
    await settle();
    expect(pointer.identity).toBeNull();
    writes[0]?.done();
    await done;
    expect(pointer.identity).toBe('a');
    expect(applied).toEqual([['a', true]]);
  });

  it('takes control away at once, even when telling the room fails', async () => {
    const { pointer, writes } = setUp();
    pointer.adopt('a');
    const done = pointer.set(null);
    expect(pointer.identity).toBeNull();
    await settle();
    writes[0]?.fail(new Error('offline'));
    await expect(done).rejects.toThrow('offline');
    expect(pointer.identity).toBeNull();
  });

  it('leaves the holder when giving fails', async () => {
    const { pointer, writes } = setUp();
    pointer.adopt('a');
    const done = pointer.set('b');
    await settle();
    writes[0]?.fail(new Error('offline'));
    await expect(done).rejects.toThrow('offline');
    expect(pointer.identity).toBe('a');
  });

  it('carries out claims one after the other, one transition each', async () => {
    const { pointer, writes, applied } = setUp();
    const all = Promise.all([pointer.set('a'), pointer.set('b'), pointer.set('c')]);
    for (let n = 0; n < 3; n++) {
      await settle();
      expect(writes).toHaveLength(n + 1);
      writes[n]?.done();
    }
    await all;
    expect(writes.map(({ text }) => text)).toEqual(['a', 'b', 'c']);
    expect(applied).toEqual([['a', true], ['b', true], ['c', true]]);
  });

  it('does not give control for a moment to a claim that a clear already waits behind', async () => {
    const { pointer, writes, applied } = setUp();
    pointer.adopt('a');
    const claim = pointer.set('b');
    await settle();
    const clear = pointer.set(null);
    writes[0]?.done();
    await settle();
    expect(pointer.identity).toBeNull();
    writes[1]?.done();
    await Promise.all([claim, clear]);
    expect(writes.map(({ text }) => text)).toEqual(['b', '']);
    expect(applied.map(([identity]) => identity)).toEqual(['a', null]);
  });

  it('tells the same identity again as a new claim that changed nobody', async () => {
    const { pointer, writes, applied } = setUp();
    pointer.adopt('a');
    const done = pointer.set('a');
    await settle();
    writes[0]?.done();
    await done;
    expect(applied).toEqual([['a', true], ['a', false]]);
  });

  it('forgets with the session, and what was queued in it rejects', async () => {
    const { pointer, writes } = setUp();
    const first = pointer.set('a');
    const second = pointer.set('b');
    await settle();
    pointer.reset();
    writes[0]?.done();
    await first;
    await expect(second).rejects.toMatchObject({ code: 'DISCONNECTED' });
    expect(pointer.identity).toBeNull();
    expect(writes).toHaveLength(1);
  });
});
