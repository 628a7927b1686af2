/** The smallest difference is looked for among the states of this long, and of the time before: clocks drift. */
const WINDOW_US = 30_000_000;

/**
 * The robot's clock as an operator can know it, without synchronized clocks: the state that came the fastest tells the
 * difference of the two clocks plus the shortest way, and half the smallest round trip stands for that way. What lies
 * between a state's timestamp and its sending, a camera's capture for instance, cannot be told from the difference and is
 * left out.
 */
export class RobotClock {
  #window: { fromUs: number; smallest: number } | null = null;
  #before = Infinity;

  /** A state of the robot: its timestamp, and its arrival on our clock. */
  observe(timestampUs: number, arrivalUs: number): void {
    const difference = arrivalUs - timestampUs;
    const window = this.#window;
    // A clock that was set back must not keep a window open for as long as the step.
    if (window === null || arrivalUs < window.fromUs || arrivalUs - window.fromUs > WINDOW_US) {
      this.#before = window?.smallest ?? Infinity;
      this.#window = { fromUs: arrivalUs, smallest: difference };
    } else {
      window.smallest = Math.min(window.smallest, difference);
    }
  }

  /** What the robot's clock says at this moment of ours; null before its first state. `smallestRttUs` null = not measured, taken as 0. */
  at(nowUs: number, smallestRttUs: number | null): number | null {
    if (this.#window === null) return null;
    return nowUs - Math.min(this.#window.smallest, this.#before) + (smallestRttUs ?? 0) / 2;
  }

  /** Another robot, or none. */
  clear(): void {
    this.#window = null;
    this.#before = Infinity;
  }
}
