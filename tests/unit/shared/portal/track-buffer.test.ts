import { describe, expect, it } from 'vitest';
import { TrackBuffer } from '../../../../shared/portal/track-buffer.ts';
import type { VideoFrame } from '../../../../shared/portal/types.ts';

function frame(timestampUs: number): VideoFrame {
  return { track: 'cam1', width: 0, height: 0, format: 'rgb24', data: new Uint8Array(0), timestampUs };
}

function filled(capacity: number, ...timestampsUs: number[]): TrackBuffer {
  const buffer = new TrackBuffer(capacity);
  for (const timestampUs of timestampsUs) buffer.push(frame(timestampUs));
  return buffer;
}

describe('a track buffer', () => {
  it('is empty at first', () => {
    const buffer = new TrackBuffer(3);
    expect([buffer.size, buffer.newestUs, buffer.seek(1), buffer.isPending(0)]).toEqual([0, -Infinity, -1, false]);
  });

  it('evicts its oldest frame when it is full, and says so', () => {
    const buffer = new TrackBuffer(2);
    expect([10, 20, 30, 40].map((timestampUs) => buffer.push(frame(timestampUs)))).toEqual([0, 0, 1, 1]);
    expect([buffer.size, buffer.newestUs, buffer.isPending(1), buffer.isPending(2), buffer.isPending(3), buffer.isPending(4)]).toEqual([2, 40, false, true, true, false]);
    expect(buffer.at(2).timestampUs).toBe(30);
  });

  it('finds the newest frame at or before a time, or the oldest when all are newer', () => {
    const buffer = filled(10, 10, 20, 20, 30);
    const found = (timestampUs: number): number => buffer.seek(timestampUs);
    expect([5, 10, 15, 20, 25, 30, 99].map(found)).toEqual([0, 0, 0, 2, 2, 3, 3]);
    expect([25, 15, 5, 99, 10].map(found)).toEqual([2, 0, 0, 3, 0]);
  });

  it('consumes frames up to a number, and keeps the numbers of the others', () => {
    const buffer = filled(10, 10, 20, 30, 40);
    buffer.consumeThrough(1);
    expect([buffer.size, buffer.isPending(1), buffer.at(2).timestampUs, buffer.seek(35), buffer.seek(5)]).toEqual([2, false, 30, 2, 2]);
    buffer.consumeThrough(99);
    expect([buffer.size, buffer.seek(99)]).toEqual([0, -1]);
    buffer.push(frame(50));
    expect([buffer.size, buffer.seek(50), buffer.at(4).timestampUs]).toEqual([1, 4, 50]);
  });

  it('forgets everything on clear', () => {
    const buffer = filled(2, 10, 20, 30);
    buffer.clear();
    expect([buffer.size, buffer.newestUs]).toEqual([0, -Infinity]);
    expect(buffer.push(frame(5))).toBe(0);
    expect(buffer.at(buffer.seek(5)).timestampUs).toBe(5);
  });
});
