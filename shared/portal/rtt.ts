import type { RttMetrics } from './metrics.ts';
import { PercentileRing } from './percentile-ring.ts';
import type { RttKind } from './rtt-packet.ts';

/** What goes into an rtt packet. */
export interface RttMessage {
  kind: RttKind;
  /** The pinging side's clock, µs. */
  clockUs: number;
}

/** Pings whose pongs are still recognised; at the default cadence one minute of them. */
const REMEMBERED_PINGS = 64;

/**
 * Round trips to the peer. Pings and pongs go to everybody in the room, so a pong counts only when it echoes a clock
 * that this tracker sent: another participant's would be a sample of the difference of two clocks.
 */
export class RttTracker {
  readonly #sentUs: number[] = [];
  readonly #samplesUs = new PercentileRing();
  #lastUs: number | null = null;
  #smallestUs: number | null = null;
  #pingsSent = 0;
  #pongsReceived = 0;

  /** The next ping to send. */
  ping(nowUs: number): RttMessage {
    this.#pingsSent++;
    this.#sentUs.push(nowUs);
    if (this.#sentUs.length > REMEMBERED_PINGS) this.#sentUs.shift();
    return { kind: 'ping', clockUs: nowUs };
  }

  /** The answer to another side's ping. */
  answer(pingClockUs: number): RttMessage {
    return { kind: 'pong', clockUs: pingClockUs };
  }

  /** A pong arrived. The round trip in µs, or null when it answers no ping of ours or our clock was set back meanwhile. */
  pong(clockUs: number, nowUs: number): number | null {
    if (!this.#sentUs.includes(clockUs)) return null;
    this.#pongsReceived++;
    const rttUs = nowUs - clockUs;
    if (rttUs < 0) return null;
    this.#samplesUs.push(rttUs);
    this.#lastUs = rttUs;
    this.#smallestUs = Math.min(rttUs, this.#smallestUs ?? Infinity);
    return rttUs;
  }

  /** The smallest round trip since the start or the last reset: the one with the least waiting in it. */
  get smallestUs(): number | null {
    return this.#smallestUs;
  }

  metrics(): RttMetrics {
    const mean = this.#samplesUs.mean();
    return {
      rtt_us_last: this.#lastUs,
      rtt_us_mean: mean === null ? null : Math.round(mean),
      rtt_us_p95: this.#samplesUs.percentile(0.95),
      pings_sent: this.#pingsSent,
      pongs_received: this.#pongsReceived,
    };
  }

  /** Figures to the start; pings on their way are still recognised. */
  reset(): void {
    this.#samplesUs.clear();
    this.#lastUs = null;
    this.#smallestUs = null;
    this.#pingsSent = 0;
    this.#pongsReceived = 0;
  }
}
