import { describe, expect, it } from 'vitest';
import { RttTracker } from '../../../../shared/portal/rtt.ts';

describe('round trips', () => {
  it('are the time from a ping to the pong that echoes its clock', () => {
    const rtt = new RttTracker();
    expect(rtt.ping(1000)).toEqual({ kind: 'ping', clockUs: 1000 });
    expect(rtt.pong(1000, 4000)).toBe(3000);
    expect(rtt.metrics()).toEqual({ rtt_us_last: 3000, rtt_us_mean: 3000, rtt_us_p95: 3000, pings_sent: 1, pongs_received: 1 });
  });

  it('are null before the first pong', () => {
    const rtt = new RttTracker();
    rtt.ping(1);
    expect(rtt.metrics()).toEqual({ rtt_us_last: null, rtt_us_mean: null, rtt_us_p95: null, pings_sent: 1, pongs_received: 0 });
    expect(rtt.smallestUs).toBeNull();
  });

  it('echo the other side\'s clock in an answer', () => {
    expect(new RttTracker().answer(77)).toEqual({ kind: 'pong', clockUs: 77 });
  });

  it('do not come from pongs to somebody else\'s ping', () => {
    const rtt = new RttTracker();
    rtt.ping(1000);
    expect(rtt.pong(999, 2000)).toBeNull();
    expect(rtt.metrics().pongs_received).toBe(0);
  });

  it('have last, mean, p95 and the smallest', () => {
    const rtt = new RttTracker();
    for (let ping = 0; ping < 20; ping++) rtt.pong(rtt.ping(ping * 1_000_000).clockUs, ping * 1_000_000 + 1000 + ping * 100);
    expect(rtt.metrics()).toEqual({ rtt_us_last: 2900, rtt_us_mean: 1950, rtt_us_p95: 2800, pings_sent: 20, pongs_received: 20 });
    expect(rtt.smallestUs).toBe(1000);
  });

  it('are not negative when the own clock is set back', () => {
    const rtt = new RttTracker();
    rtt.ping(5000);
    expect(rtt.pong(5000, 4000)).toBeNull();
    expect(rtt.metrics()).toMatchObject({ rtt_us_last: null, pongs_received: 1 });
  });

  it('count a pong that takes a minute, and forget pings nobody answers', () => {
    const rtt = new RttTracker();
    rtt.ping(0);
    for (let ping = 1; ping < 64; ping++) rtt.ping(ping * 1_000_000);
    expect(rtt.pong(0, 64_000_000)).toBe(64_000_000);
    rtt.ping(64_000_000);
    expect(rtt.pong(0, 65_000_000)).toBeNull();
  });

  it('start anew after a reset, which a pong on its way survives', () => {
    const rtt = new RttTracker();
    rtt.pong(rtt.ping(0).clockUs, 100);
    rtt.ping(1000);
    rtt.reset();
    expect(rtt.metrics()).toEqual({ rtt_us_last: null, rtt_us_mean: null, rtt_us_p95: null, pings_sent: 0, pongs_received: 0 });
    expect(rtt.smallestUs).toBeNull();
    expect(rtt.pong(1000, 1500)).toBe(500);
  });
});
