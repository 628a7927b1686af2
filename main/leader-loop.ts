import type { Clock } from '../shared/portal/clock.ts';
import { toPortalError, type PortalError } from '../shared/portal/errors.ts';
import type { JointReading, LeaderArm } from './devices/device.ts';
import { RateMeter } from './rate-meter.ts';
import { startTicker } from './ticker.ts';

/** An action is only sent from a reading at most this old: the reading is the operator's heartbeat. */
export const FRESH_READING_US = 100_000;

/** A leader that was not read for so long is lost. Within it a hand still holds the arm, and the robot, which holds by then, ramps back to it. */
export const LOST_AFTER_MS = 1000;

const ALIVE_US = 400_000;

export interface LeaderLoopListener {
  /** A reading that is fresh. */
  onReading(reading: JointReading): void;
  /** A reading that failed; `isNews` = the one before did not. */
  onFailure(error: PortalError, isNews: boolean): void;
}

/**
 * Reads a leader at a rate that does not drift, one reading at a time. Whoever sends does it from `onReading` alone: without
 * readings nothing goes out.
 */
export class LeaderLoop {
  readonly #clock: Clock;
  readonly #rateHz: number;
  readonly #source: () => LeaderArm | null;
  readonly #listener: LeaderLoopListener;
  readonly #rate = new RateMeter();
  #reading: JointReading | null = null;
  #isReading = false;
  #isFailing = false;
  #lastTickUs: number | null = null;
  #overruns = 0;
  #stop: () => void = () => undefined;

  /** `source`: the arm to read now; null = none. */
  constructor(clock: Clock, rateHz: number, source: () => LeaderArm | null, listener: LeaderLoopListener) {
    this.#clock = clock;
    this.#rateHz = rateHz;
    this.#source = source;
    this.#listener = listener;
  }

  /** The last reading, however old. */
  get reading(): JointReading | null {
    return this.#reading;
  }

  /** Turns that were late by a whole period or more, or found the reading before still under way, since the start. */
  get overruns(): number {
    return this.#overruns;
  }

  /** Fresh readings a second. */
  perS(nowUs: number): number {
    return this.#rate.perS(nowUs);
  }

  ageMs(nowUs: number): number | null {
    return this.#reading === null ? null : Math.max(0, nowUs - this.#reading.timestampUs) / 1000;
  }

  isFresh(nowUs: number): boolean {
    return !this.#isFailing && this.#reading !== null && nowUs - this.#reading.timestampUs <= FRESH_READING_US;
  }

  /** It is being read, even if the last turns were slow: what a person is told. Commands go by each reading's own age. */
  isAlive(nowUs: number): boolean {
    return !this.#isFailing && this.#reading !== null && nowUs - this.#reading.timestampUs <= ALIVE_US;
  }

  start(): void {
    this.#stop = startTicker(this.#clock, this.#rateHz, () => void this.#turn());
  }

  stop(): void {
    this.#stop();
  }

  /** Another arm is read from now on: what the one before said counts no more. */
  forget(): void {
    this.#reading = null;
    this.#isFailing = false;
  }

  async #turn(): Promise<void> {
    this.#count(this.#clock.nowUs());
    const arm = this.#source();
    if (arm === null || this.#isReading) return;
    this.#isReading = true;
    try {
      const reading = await arm.read();
      const nowUs = this.#clock.nowUs();
      if (this.#source() !== arm || nowUs - reading.timestampUs > FRESH_READING_US) return;
      this.#reading = reading;
      this.#isFailing = false;
      this.#rate.add(nowUs);
      this.#listener.onReading(reading);
    } catch (thrown) {
      if (this.#source() !== arm) return;
      const isNews = !this.#isFailing;
      this.#isFailing = true;
      this.#listener.onFailure(toPortalError(thrown, 'DEVICE_FAILED'), isNews);
    } finally {
      this.#isReading = false;
    }
  }

  #count(nowUs: number): void {
    const periods = this.#lastTickUs === null ? 1 : Math.round(((nowUs - this.#lastTickUs) * this.#rateHz) / 1_000_000);
    this.#lastTickUs = nowUs;
    this.#overruns += Math.max(0, periods - 1) + (this.#isReading ? 1 : 0);
  }
}
