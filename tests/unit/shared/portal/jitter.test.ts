import { describe, expect, it } from 'vitest';
import { Jitter } from '../../../../shared/portal/jitter.ts';

describe('jitter', () => {
  it('is zero while arrivals are spaced as they were sent, whatever the offset of the clocks', () => {
    const jitter = new Jitter();
    for (let packet = 0; packet < 20; packet++) jitter.observe(packet * 1000, packet * 1000 + 5_000_000);
    expect(jitter.us).toBe(0);
  });

  it('is zero after one packet', () => {
    const jitter = new Jitter();
    jitter.observe(0, 123_456);
    expect(jitter.us).toBe(0);
  });

  it('converges to the mean deviation', () => {
    const jitter = new Jitter();
    for (let packet = 0; packet < 500; packet++) jitter.observe(packet * 10_000, packet * 10_000 + (packet % 2) * 1000);
    expect(jitter.us).toBe(1000);
    for (let packet = 500; packet < 1000; packet++) jitter.observe(packet * 10_000, packet * 10_000);
    expect(jitter.us).toBe(0);
  });

  it('moves by a sixteenth of each deviation', () => {
    const jitter = new Jitter();
    jitter.observe(0, 0);
    jitter.observe(1000, 2600);
    expect(jitter.us).toBe(100);
    jitter.observe(2000, 3600);
    expect(jitter.us).toBe(94);
  });

  it('counts packets that overtake each other as deviation, not as a negative one', () => {
    const jitter = new Jitter();
    jitter.observe(1000, 2000);
    jitter.observe(0, 2000);
    expect(jitter.us).toBe(63);
  });

  it('starts anew after a reset', () => {
    const jitter = new Jitter();
    jitter.observe(0, 0);
    jitter.observe(0, 16_000);
    jitter.reset();
    expect(jitter.us).toBe(0);
    jitter.observe(0, 99_000);
    expect(jitter.us).toBe(0);
  });
});
