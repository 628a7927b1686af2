/** How one simulated joint moves, in its unit per second (and per second squared). */
export interface JointDynamics {
  maxSpeed: number;
  maxAcceleration: number;
  /** Stiffness: speed asked for per unit of distance, 1/s. The lag at slow motion is about 1 / stiffness. */
  stiffness: number;
}

/** Fixed step, so that the same commands give the same path however often the joint is looked at. */
const STEP_US = 1000;
/** After a longer pause the joint is simply where it would have come to rest. */
const LONGEST_US = 2_000_000;

/** One joint with speed and acceleration limits and lag, without gravity. Deterministic: time comes in, the position comes out. */
export class JointMotion {
  readonly #dynamics: JointDynamics;
  #position: number;
  #speed = 0;
  #atUs: number;

  constructor(dynamics: JointDynamics, position: number, atUs: number) {
    this.#dynamics = dynamics;
    this.#position = position;
    this.#atUs = atUs;
  }

  /** Moves on towards `goal` until `nowUs`; where the clock went back, time starts anew. */
  advance(goal: number, nowUs: number): number {
    if (nowUs < this.#atUs) this.#atUs = nowUs;
    if (nowUs - this.#atUs > LONGEST_US) {
      this.#position = goal;
      this.#speed = 0;
      this.#atUs = nowUs;
    }
    const { maxSpeed, maxAcceleration, stiffness } = this.#dynamics;
    const stepS = STEP_US / 1_000_000;
    while (nowUs - this.#atUs >= STEP_US) {
      const distance = goal - this.#position;
      // The second limit brakes in time: without it a fast joint would swing past its goal.
      const wanted = Math.sign(distance) * Math.min(maxSpeed, stiffness * Math.abs(distance), Math.sqrt(2 * maxAcceleration * Math.abs(distance)));
      const change = maxAcceleration * stepS;
      this.#speed += Math.min(change, Math.max(-change, wanted - this.#speed));
      this.#position += this.#speed * stepS;
      this.#atUs += STEP_US;
    }
    return this.#position;
  }
}
