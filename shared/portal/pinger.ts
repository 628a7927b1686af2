import type { Clock } from './clock.ts';
import { decodeRtt, encodeRtt } from './rtt-packet.ts';
import { type RttMessage, RttTracker } from './rtt.ts';
import type { RttMetrics } from './metrics.ts';

export interface PingerPorts {
  clock: Clock;
  send: (packet: Uint8Array) => void;
  /** From whom a pong counts; null = nobody is there to answer. */
  partner: () => string | null;
}

/** Pings at the configured pace while a session lasts, and answers the other side's pings. */
export class Pinger {
  readonly #intervalMs: number;
  readonly #ports: PingerPorts;
  readonly #tracker = new RttTracker();
  #stop: (() => void) | null = null;
  #answered: { by: string; askedUs: number } | null = null;

  /** `intervalMs` 0 = never pings; pings of others are answered all the same. */
  constructor(intervalMs: number, ports: PingerPorts) {
    this.#intervalMs = intervalMs;
    this.#ports = ports;
  }

  start(): void {
    this.stop();
    if (this.#intervalMs <= 0) return;
    // Not at once: to a peer of another key that is still joining, each packet is a key derivation of seconds, and it never gets there.
    this.#stop = this.#ports.clock.every(this.#intervalMs, () => { this.ask(); });
  }

  stop(): void {
    this.#stop?.();
    this.#stop = null;
  }

  /** An rtt packet of `from`, whose pings are answered when it `mayAsk`. False = it is none. */
  take(bytes: Uint8Array, from: string, mayAsk: boolean): boolean {
    const packet = decodeRtt(bytes);
    if (!packet.ok) return false;
    if (packet.kind === 'pong') {
      if (from === this.#ports.partner()) this.#takePong(packet.clockUs, from);
    } else if (mayAsk) {
      this.#send(this.#tracker.answer(packet.clockUs));
    }
    return true;
  }

  /** Pings at once, also at an interval of 0. */
  ask(): void {
    // A ping that nobody can answer would count as a lost one.
    if (this.#ports.partner() !== null) this.#send(this.#tracker.ping(this.#ports.clock.nowUs()));
  }

  /** When the newest ping that `identity` has answered was sent: so long it was there for sure. Null = the partner that answered last was another one. */
  answeredUs(identity: string): number | null {
    return this.#answered?.by === identity ? this.#answered.askedUs : null;
  }

  /** As `RttTracker.smallestUs`. */
  get smallestUs(): number | null {
    return this.#tracker.smallestUs;
  }

  metrics(): RttMetrics {
    return this.#tracker.metrics();
  }

  reset(): void {
    this.#tracker.reset();
  }

  #takePong(clockUs: number, from: string): void {
    const nowUs = this.#ports.clock.nowUs();
    if (this.#tracker.pong(clockUs, nowUs) === null) return;
    // Lossy packets overtake each other; a time in the future is of a clock that was set back meanwhile.
    const before = this.answeredUs(from);
    if (before === null || before < clockUs || before > nowUs) this.#answered = { by: from, askedUs: clockUs };
  }

  #send({ kind, clockUs }: RttMessage): void {
    this.#ports.send(encodeRtt(kind, clockUs));
  }
}
