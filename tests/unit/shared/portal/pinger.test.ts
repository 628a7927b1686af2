import { describe, expect, it } from 'vitest';
import { Pinger } from '../../../../shared/portal/pinger.ts';
import { decodeRtt, encodeRtt } from '../../../../shared/portal/rtt-packet.ts';
import { ManualClock } from '../../main/manual-clock.ts';

function setUp(intervalMs: number) {
  const clock = new ManualClock();
  const sent: Uint8Array[] = [];
  let partner: string | null = 'ann';
  const pinger = new Pinger(intervalMs, { clock, send: (packet) => sent.push(packet), partner: () => partner });
  return { clock, sent, pinger, leave: () => { partner = null; }, change: (to: string) => { partner = to; } };
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
    expect(pinger.take(encodeRtt('ping', 42), 'ann', true)).toBe(true);
    expect(decodeRtt(sent[0] ?? new Uint8Array())).toMatchObject({ ok: true, kind: 'pong', clockUs: 42 });
  });

  it('measures the partner’s pongs to its own pings alone', () => {
    const { clock, sent, pinger } = setUp(1000);
    pinger.start();
    clock.advance(1000);
    const ping = decodeRtt(sent[0] ?? new Uint8Array());
    if (!ping.ok) throw new Error('no ping');
    clock.advance(7);
    pinger.take(encodeRtt('pong', ping.clockUs - 1), 'ann', true);
    pinger.take(encodeRtt('pong', ping.clockUs), 'bob', true);
    expect(pinger.metrics().pongs_received).toBe(0);
    pinger.take(encodeRtt('pong', ping.clockUs), 'ann', true);
    expect(pinger.metrics()).toMatchObject({ pongs_received: 1, rtt_us_last: 7000 });
  });

  it('asks at once, and knows which of its questions the partner has answered last', () => {
    const { clock, sent, pinger, change } = setUp(0);
    const asked = [0, 10, 20].map((ms) => {
      clock.advance(ms);
      pinger.ask();
      return clock.nowUs();
    });
    expect(sent).toHaveLength(3);
    const [first = 0, second = 0, third = 0] = asked;
    clock.advance(40);
    pinger.take(encodeRtt('pong', third), 'bob', true);
    pinger.take(encodeRtt('pong', third + 1), 'ann', true);
    expect(pinger.answeredUs('ann')).toBeNull();
    pinger.take(encodeRtt('pong', second), 'ann', true);
    pinger.take(encodeRtt('pong', first), 'ann', true);
    expect(pinger.answeredUs('ann'), 'the older answer came later').toBe(second);
    change('bob');
    pinger.take(encodeRtt('pong', third), 'bob', true);
    expect(pinger.answeredUs('bob')).toBe(third);
    expect(pinger.answeredUs('ann')).toBeNull();
  });

  it('does not hold a clock that was set back against whoever answers', () => {
    const { clock, pinger } = setUp(0);
    pinger.ask();
    pinger.take(encodeRtt('pong', clock.nowUs()), 'ann', true);
    clock.step(-60_000);
    pinger.ask();
    const asked = clock.nowUs();
    clock.advance(5);
    pinger.take(encodeRtt('pong', asked), 'ann', true);
    expect(pinger.answeredUs('ann')).toBe(asked);
  });

  it('leaves pings of strangers unanswered, and says what is no rtt packet', () => {
    const { sent, pinger } = setUp(1000);
    expect(pinger.take(encodeRtt('ping', 1), 'bob', false)).toBe(true);
    expect(sent).toHaveLength(0);
    expect(pinger.take(Uint8Array.of(1, 2, 3), 'ann', true)).toBe(false);
  });
});
