import { describe, expect, it } from 'vitest';
import { MjpegSplitter } from '../../../../main/devices/mjpeg-splitter.ts';
import { RawSplitter } from '../../../../main/devices/raw-splitter.ts';
import { SeededRandom } from '../../../fakes/seeded-random.ts';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const segment = (marker: number, ...payload: number[]): number[] => [0xff, marker, 0, payload.length + 2, ...payload];

/** The outline of a JPEG; its thumbnail is a whole one inside a segment. */
function picture(id: number): Uint8Array {
  const thumbnail = [0xff, 0xd8, ...segment(0xda, 1), 1, 2, 0xff, 0xd9];
  return bytes(0xff, 0xd8, ...segment(0xe1, ...thumbnail), ...segment(0xc0, 8, 0, 2, 0, 2), 0xff, 0xff, ...segment(0xda, 0).slice(1), id, 0xff, 0, 7, 0xff, 0xd0, 9, ...segment(0xc4, 3), ...segment(0xda, 0), id, 0xff, 0xd9);
}

const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));

/** Pushes it in pieces of `size`, one a millisecond. */
function split(splitter: MjpegSplitter | RawSplitter, stream: Uint8Array, size: number): { bytes: Uint8Array; startedUs: number }[] {
  const found = [];
  for (let at = 0; at < stream.byteLength; at += size) found.push(...splitter.push(stream.subarray(at, at + size), at * 1000));
  return found;
}

describe('MjpegSplitter', () => {
  const stream = join(bytes(1, 2, 0xff), picture(1), picture(2), Buffer.from('\r\n--boundary\r\nContent-Type: image/jpeg\r\n\r\n'), picture(3));

  it.each([1, 2, 3, 7, 64, 1000])('finds every picture, in pieces of %i', (size) => {
    const found = split(new MjpegSplitter(10_000), stream, size);
    expect(found.map((one) => one.bytes)).toEqual([picture(1), picture(2), picture(3)]);
  });

  it('tells when the first byte of each arrived', () => {
    const [first, second] = split(new MjpegSplitter(10_000), stream, 3);
    expect(first?.startedUs).toBe(3000);
    expect(second?.startedUs).toBe(Math.floor((3 + picture(1).byteLength) / 3) * 3000);
  });

  it('goes on with the next picture after one that breaks off', () => {
    const found = split(new MjpegSplitter(10_000), join(picture(1).subarray(0, 60), picture(2), picture(3)), 16);
    expect(found.at(-1)?.bytes).toEqual(picture(3));
  });

  it('drops what is longer than a picture may be', () => {
    const endless = join(bytes(0xff, 0xd8, ...segment(0xda, 0)), new Uint8Array(5000).fill(1), picture(2));
    const splitter = new MjpegSplitter(1000);
    expect(split(splitter, endless, 100).map((one) => one.bytes)).toEqual([picture(2)]);
    expect(splitter.discardedBytes).toBeGreaterThanOrEqual(5000);
  });

  it('takes anything, keeps no more than a picture, and is done in linear time', () => {
    const random = new SeededRandom(7);
    const splitter = new MjpegSplitter(20_000);
    const favourites = [0xff, 0xd8, 0xff, 0xd9, 0xda, 0xe0, 0, 1];
    let pushed = 0;
    let cut = 0;
    for (let round = 0; round < 2000; round += 1) {
      const chunk = Uint8Array.from({ length: 500 }, () => (random.chance(0.5) ? random.pick(favourites) : random.integer(0, 255)));
      pushed += chunk.byteLength;
      for (const one of splitter.push(chunk, round)) cut += one.bytes.byteLength;
      expect(pushed - cut - splitter.discardedBytes).toBeLessThanOrEqual(20_500);
    }
    expect(split(splitter, join(new Uint8Array(70_000), picture(9)), 4096).at(-1)?.bytes).toEqual(picture(9));
  });
});

describe('RawSplitter', () => {
  it.each([1, 5, 6, 7, 100])('cuts pictures of one size, in pieces of %i', (size) => {
    const stream = Uint8Array.from({ length: 27 }, (_, index) => index);
    const found = split(new RawSplitter(6), stream, size);
    expect(found.map((one) => [...one.bytes])).toEqual([[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11], [12, 13, 14, 15, 16, 17], [18, 19, 20, 21, 22, 23]]);
  });
});
