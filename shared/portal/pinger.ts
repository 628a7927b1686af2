import type { Clock } from './clock.ts';
import { decodeRtt, encodeRtt } from './rtt-packet.ts';
import { type RttMessage, RttTracker } from './rtt.ts';
import type { RttMetrics } from './metrics.ts';

export interface PingerPorts {
  clock: Clock;
  send: (packet: Uint8Array) => void;
  /** Whether anybody is there to answer. */
  hasPartner: () => boolean;
}

/** Pings at the configured pace while a session lasts, and answers the other side's pings. */
export class Pinger {
  readonly #intervalMs: number;
  readonly #ports: PingerPorts;
  readonly #tracker = new RttTracker();
  #stop: (() => void) | null = null;

  /** `intervalMs` 0 = never pings; pings of others are answered all the same. */
  constructor(intervalMs: number, ports: PingerPorts) {
    this.#intervalMs = intervalMs;
    this.#ports = ports;
  }

  start(): void {
    this.stop();
    if (this.#intervalMs <= 0) return;
    this.#stop = this.#ports.clock.every(this.#intervalMs, () => { this.#ping(); });
  }

  stop(): void {
    this.#stop?.();
    this.#stop = null;
  }

  /** An rtt packet; `isPartner` = from whom our pings are meant for. False = it is none. */
  take(bytes: Uint8Array, isPartner: boolean, mayAsk: boolean): boolean {
    const packet = decodeRtt(bytes);
    if (!packet.ok) return false;
    if (packet.kind === 'pong') {
      if (isPartner) this.#tracker.pong(packet.clockUs, this.#ports.clock.nowUs());
    } else if (mayAsk) {
      this.#send(this.#tracker.answer(packet.clockUs));
    }
    return true;
  }

  metrics(): RttMetrics {
    return this.#tracker.metrics();
  }

  reset(): void {
    this.#tracker.reset();
  }

  #ping(): void {
    // A ping that nobody can answer would count as a lost one.
    if (this.#ports.hasPartner()) this.#send(this.#tracker.ping(this.#ports.clock.nowUs()));
  }

  #send({ kind, clockUs }: RttMessage): void {
    this.#ports.send(encodeRtt(kind, clockUs));
  }
}
