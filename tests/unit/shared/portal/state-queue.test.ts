import { describe, expect, it } from 'vitest';
import { StateQueue } from '../../../../shared/portal/state-queue.ts';
import type { State } from '../../../../shared/portal/types.ts';

function state(timestampUs: number): State {
  return { values: {}, timestampUs };
}

function ends(queue: StateQueue): (number | undefined)[] {
  return [queue.first?.timestampUs, queue.second?.timestampUs, queue.last?.timestampUs];
}

describe('a state queue', () => {
  it('keeps states in the order in which they came, whatever their timestamps', () => {
    const queue = new StateQueue(3);
    expect(ends(queue)).toEqual([undefined, undefined, undefined]);
    queue.push(state(30));
    expect(ends(queue)).toEqual([30, undefined, 30]);
    queue.push(state(10));
    queue.push(state(20));
    expect(ends(queue)).toEqual([30, 10, 20]);
    expect([queue.shift(), queue.shift(), queue.shift()].map(({ timestampUs }) => timestampUs)).toEqual([30, 10, 20]);
    expect([queue.size, ...ends(queue)]).toEqual([0, undefined, undefined, undefined]);
  });

  it('gives up its oldest state when it is full', () => {
    const queue = new StateQueue(2);
    expect([1, 2, 3, 4].map((timestampUs) => queue.push(state(timestampUs))?.timestampUs ?? null)).toEqual([null, null, 1, 2]);
    expect([queue.size, ...ends(queue)]).toEqual([2, 3, 4, 4]);
  });

  it('holds a single state', () => {
    const queue = new StateQueue(1);
    queue.push(state(1));
    expect(queue.push(state(2))?.timestampUs).toBe(1);
    expect([queue.size, ...ends(queue)]).toEqual([1, 2, undefined, 2]);
  });
});
