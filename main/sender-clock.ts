/** How much a sender's clock may drift against ours without being taken for delay: cheap crystals stay well below. */
const DRIFT_US_PER_S = 200;
/** A stepped clock is believed after so many samples over so long that agree with each other. */
const STEP_SAMPLES = 20;
const STEP_DURATION_US = 2_000_000;

/**
 * Age of one sender's packets without synchronized clocks: the smallest arrival − timestamp ever seen is taken as the clocks'
 * difference plus the shortest way, whatever is above it is age. A packet from the future never moves that smallest value at
 * once, or one forged packet would make all honest ones look old.
 */
export class SenderClock {
  readonly #maxAgeUs: number;
  readonly #maxFutureUs: number;
  #smallest: { differenceUs: number; atUs: number } | null = null;
  /** How often the sender's clock was found to have been set to another time. */
  steps = 0;
  #step: { lowUs: number; highUs: number; sinceUs: number; samples: number } | null = null;

  constructor(limits: { maxAgeUs: number; maxFutureUs: number }) {
    this.#maxAgeUs = limits.maxAgeUs;
    this.#maxFutureUs = limits.maxFutureUs;
  }

  /**
   * Age in µs, negative = from the future. `rttUs` is the round trip to the sender as measured by pings (null = unknown):
   * a lasting shift of the difference is believed to be a stepped clock only while pings prove that the way is short.
   */
  ageUs(timestampUs: number, arrivalUs: number, rttUs: number | null): number {
    const differenceUs = arrivalUs - timestampUs;
    const smallest = this.#smallest;
    if (smallest === null) return this.#take(differenceUs, arrivalUs);
    smallest.differenceUs += Math.max(0, (arrivalUs - smallest.atUs) / 1_000_000) * DRIFT_US_PER_S;
    smallest.atUs = Math.max(smallest.atUs, arrivalUs);
    const ageUs = differenceUs - smallest.differenceUs;
    if (ageUs >= -this.#maxFutureUs && ageUs <= this.#maxAgeUs) {
      this.#step = null;
      return ageUs < 0 ? this.#take(differenceUs, arrivalUs) : ageUs;
    }
    if (rttUs === null || rttUs >= this.#maxAgeUs || !this.#agrees(differenceUs, arrivalUs)) return ageUs;
    this.steps += 1;
    return this.#take(differenceUs, arrivalUs);
  }

  #take(differenceUs: number, atUs: number): number {
    this.#smallest = { differenceUs, atUs };
    this.#step = null;
    return 0;
  }

  #agrees(differenceUs: number, arrivalUs: number): boolean {
    const step = this.#step;
    const lowUs = Math.min(step?.lowUs ?? differenceUs, differenceUs);
    const highUs = Math.max(step?.highUs ?? differenceUs, differenceUs);
    if (step === null || highUs - lowUs > this.#maxAgeUs / 2) {
      this.#step = { lowUs: differenceUs, highUs: differenceUs, sinceUs: arrivalUs, samples: 1 };
      return false;
    }
    this.#step = { lowUs, highUs, sinceUs: step.sinceUs, samples: step.samples + 1 };
    return this.#step.samples >= STEP_SAMPLES && arrivalUs - step.sinceUs >= STEP_DURATION_US;
  }
}
