import { describe, expect, it } from 'vitest';
import { Pinger } from '../../../../shared/portal/pinger.ts';
import { decodeRtt, encodeRtt } from '../../../../shared/portal/rtt-packet.ts';
import { ManualClock } from '../../main/manual-clock.ts';

function setUp(intervalMs: number) {
  const clock = new ManualClock();
  const sent: Uint8Array[] = [];
  let partner = true;
  const pinger = new Pinger(intervalMs, { clock, send: (packet) => sent.push(packet), hasPartner: () => partner });
  return { clock, sent, pinger, leave: () => { partner = false; } };
}

describe('Pinger', () => {
  it('pings at its pace while it runs and somebody is there to answer', () => {
    const { clock, sent, pinger, leave } = setUp(1000);
    clock.advance(5000);
    expect(sent).toHaveLength(0);
    pinger.start();
    clock.advance(3000);
    expect(sent).toHaveLength(3);
    pinger.stop();
    clock.advance(3000);
    expect(sent).toHaveLength(3);
    pinger.start();
    leave();
    clock.advance(3000);
    expect(pinger.metrics().pings_sent).toBe(3);
  });

  it('never pings at 0, but answers', () => {
    const { clock, sent, pinger } = setUp(0);
    pinger.start();
    clock.advance(60_000);
    expect(sent).toHaveLength(0);
    expect(pinger.take(encodeRtt('ping', 42), true, true)).toBe(true);
    expect(decodeRtt(sent[0] ?? new Uint8Array())).toMatchObject({ ok: true, kind: 'pong', clockUs: 42 });
  });

  it('measures the partner’s pongs to its own pings alone', () => {
    const { clock, sent, pinger } = setUp(1000);
    pinger.start();
    clock.advance(1000);
    const ping = decodeRtt(sent[0] ?? new Uint8Array());
    if (!ping.ok) throw new Error('no ping');
    clock.advance(7);
    pinger.take(encodeRtt('pong', ping.clockUs - 1), true, true);
    pinger.take(encodeRtt('pong', ping.clockUs), false, true);
    expect(pinger.metrics().pongs_received).toBe(0);
    pinger.take(encodeRtt('pong', ping.clockUs), true, true);
    expect(pinger.metrics()).toMatchObject({ pongs_received: 1, rtt_us_last: 7000 });
  });

  it('leaves pings of strangers unanswered, and says what is no rtt packet', () => {
    const { sent, pinger } = setUp(1000);
    expect(pinger.take(encodeRtt('ping', 1), false, false)).toBe(true);
    expect(sent).toHaveLength(0);
    expect(pinger.take(Uint8Array.of(1, 2, 3), true, true)).toBe(false);
  });
});
