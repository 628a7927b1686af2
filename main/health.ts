import type { Health } from '../shared/console-state.ts';
import type { PortalMetrics } from '../shared/portal/metrics.ts';
import { RateMeter } from './rate-meter.ts';

/** Newest samples a percentile is taken over. */
const WINDOW = 300;

class Samples {
  #values: number[] = [];

  add(value: number): void {
    this.#values.push(value);
    if (this.#values.length > 2 * WINDOW) this.#values = this.#values.slice(-WINDOW);
  }

  percentile(share: number): number | null {
    const sorted = this.#values.slice(-WINDOW).sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
  }

  clear(): void {
    this.#values = [];
  }
}

/** Figures of the health panel that the session's own metrics do not hold. */
export class HealthMeters {
  readonly observations = new RateMeter();
  readonly states = new RateMeter();
  readonly actions = new RateMeter();
  readonly #actionsBySender = new Map<string, RateMeter>();
  readonly #captureToScreen = new Samples();
  readonly #observationToAction = new Samples();
  /** When the states of the last seconds arrived here, by their timestamp. */
  readonly #arrivals = new Map<number, number>();

  stateArrived(timestampUs: number, nowUs: number): void {
    this.states.add(nowUs);
    this.#arrivals.set(timestampUs, nowUs);
    const oldest = this.#arrivals.keys().next().value;
    if (this.#arrivals.size > WINDOW && oldest !== undefined) this.#arrivals.delete(oldest);
  }

  /** An executed action of whoever drives. Both times are of this machine, so the clocks of others do not matter. */
  actionSeen(inReplyToTsUs: number | null, nowUs: number): void {
    this.actions.add(nowUs);
    const arrivedUs = inReplyToTsUs === null ? undefined : this.#arrivals.get(inReplyToTsUs);
    if (arrivedUs !== undefined) this.#observationToAction.add((nowUs - arrivedUs) / 1000);
  }

  /** An action of any operator, executed or not. */
  actionSent(sender: string, nowUs: number): void {
    let rate = this.#actionsBySender.get(sender);
    if (rate === undefined) {
      rate = new RateMeter();
      this.#actionsBySender.set(sender, rate);
    }
    rate.add(nowUs);
  }

  framePresented(timestampUs: number, presentedUs: number): void {
    this.#captureToScreen.add((presentedUs - timestampUs) / 1000);
  }

  /** Actions a second of one operator, executed or not; null = none were seen of it. */
  actionsPerS(sender: string, nowUs: number): number | null {
    return this.#actionsBySender.get(sender)?.perS(nowUs) ?? null;
  }

  forget(sender: string): void {
    this.#actionsBySender.delete(sender);
  }

  /** Whoever drives next starts with figures of its own. */
  driverChanged(): void {
    this.#observationToAction.clear();
  }

  reset(): void {
    for (const meter of [this.observations, this.states, this.actions, this.#captureToScreen, this.#observationToAction]) meter.clear();
    this.#actionsBySender.clear();
  }

  health(metrics: PortalMetrics, nowUs: number): Health {
    const rttUs = metrics.rtt.rtt_us_last;
    return {
      observationsPerS: this.observations.perS(nowUs),
      statesPerS: this.states.perS(nowUs),
      actionsPerS: this.actions.perS(nowUs),
      captureToScreenP50Ms: this.#captureToScreen.percentile(0.5),
      captureToScreenP95Ms: this.#captureToScreen.percentile(0.95),
      observationToActionP50Ms: this.#observationToAction.percentile(0.5),
      observationToActionP95Ms: this.#observationToAction.percentile(0.95),
      rttMs: rttUs === null ? null : rttUs / 1000,
    };
  }
}

/** Before there is anything to measure. */
export const NO_HEALTH: Health = {
  observationsPerS: 0,
  statesPerS: 0,
  actionsPerS: 0,
  captureToScreenP50Ms: null,
  captureToScreenP95Ms: null,
  observationToActionP50Ms: null,
  observationToActionP95Ms: null,
  rttMs: null,
};
