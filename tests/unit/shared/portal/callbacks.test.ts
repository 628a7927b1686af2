import { describe, expect, it } from 'vitest';
import { Callbacks } from '../../../../shared/portal/callbacks.ts';

function setUp(keepWhileBusy = 1) {
  const failures: unknown[] = [];
  let missed = 0;
  const callbacks = new Callbacks<number>({ keepWhileBusy, onFailed: (thrown) => failures.push(thrown), onMissed: (count) => { missed += count; } });
  return { callbacks, failures, missed: () => missed };
}
/** Lets every microtask run that is due, and those they bring. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
function gate(): { open: () => void; opened: Promise<void> } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => { open = resolve; });
  return { open, opened };
}

describe('Callbacks', () => {
  it('never runs a callback inside the push', async () => {
    const { callbacks } = setUp();
    const seen: number[] = [];
    callbacks.add((item) => { seen.push(item); });
    callbacks.push(1);
    expect(seen).toEqual([]);
    await settle();
    expect(seen).toEqual([1]);
  });

  it('delivers a burst whole and in order to a quick callback, to every one of several', async () => {
    const { callbacks, missed } = setUp();
    const a: number[] = [];
    const b: number[] = [];
    callbacks.add((item) => { a.push(item); });
    callbacks.add((item) => { b.push(item); });
    for (let n = 0; n < 5; n++) callbacks.push(n);
    await settle();
    expect(a).toEqual([0, 1, 2, 3, 4]);
    expect(b).toEqual(a);
    expect(missed()).toBe(0);
  });

  it('keeps only the newest for an async callback that is still running, and counts the others', async () => {
    const { callbacks, missed } = setUp(1);
    const seen: number[] = [];
    const { open, opened } = gate();
    callbacks.add(async (item) => { seen.push(item); await opened; });
    callbacks.push(1);
    await settle();
    for (const item of [2, 3, 4]) callbacks.push(item);
    await settle();
    expect(seen).toEqual([1]);
    open();
    await settle();
    expect(seen).toEqual([1, 4]);
    expect(missed()).toBe(2);
  });

  it('keeps as many as asked for, the newest ones, in order', async () => {
    const { callbacks, missed } = setUp(3);
    const seen: number[] = [];
    const { open, opened } = gate();
    callbacks.add(async (item) => { seen.push(item); await opened; });
    callbacks.push(0);
    await settle();
    for (let n = 1; n <= 5; n++) callbacks.push(n);
    open();
    await settle();
    expect(seen).toEqual([0, 3, 4, 5]);
    expect(missed()).toBe(2);
  });

  it('is never entered twice at once', async () => {
    const { callbacks } = setUp(10);
    let inside = 0;
    let most = 0;
    callbacks.add(async () => {
      most = Math.max(most, ++inside);
      await settle();
      inside -= 1;
    });
    for (let n = 0; n < 4; n++) callbacks.push(n);
    for (let n = 0; n < 10; n++) await settle();
    expect(most).toBe(1);
  });

  it('goes on after a callback threw or rejected, and says so', async () => {
    const { callbacks, failures } = setUp(10);
    const seen: number[] = [];
    callbacks.add(() => { throw new Error('thrown'); });
    callbacks.add(() => Promise.reject(new Error('rejected')));
    callbacks.add((item) => { seen.push(item); });
    callbacks.push(1);
    callbacks.push(2);
    await settle();
    expect(seen).toEqual([1, 2]);
    expect(failures).toHaveLength(4);
  });

  it('delivers nothing more once unsubscribed, not even what already waits', async () => {
    const { callbacks } = setUp();
    const seen: number[] = [];
    const unsubscribe = callbacks.add((item) => { seen.push(item); });
    callbacks.push(1);
    unsubscribe();
    unsubscribe();
    callbacks.push(2);
    await settle();
    expect(seen).toEqual([]);
    expect(callbacks.size).toBe(0);
  });

  it('bounds what waits for a callback that had no chance to run yet', async () => {
    const { callbacks, missed } = setUp();
    const seen: number[] = [];
    callbacks.add((item) => { seen.push(item); });
    for (let n = 0; n < 3000; n++) callbacks.push(n);
    await settle();
    expect(seen).toHaveLength(1024);
    expect(seen.at(-1)).toBe(2999);
    expect(missed()).toBe(3000 - 1024);
  });
});
