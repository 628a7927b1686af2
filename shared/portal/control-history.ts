/** How long the pointer may be under way to others: what the robot did within this time of a change is not known here. */
export const HANDOFF_DOUBT_MS = 500;
const DOUBT_US = HANDOFF_DOUBT_MS * 1000;
/** Former holders remembered at most: a robot that names others without end must not fill the memory. */
const MAX_FORMER = 64;

/** Who was in control a moment ago, as far as it still matters. */
export class ControlHistory {
  #holder: string | null = null;
  #changedUs = Number.NEGATIVE_INFINITY;
  /** Identity to when it lost control. */
  readonly #former = new Map<string, number>();

  /** The pointer as seen here has changed. */
  changed(holder: string | null, nowUs: number): void {
    for (const [identity, lostUs] of this.#former) if (!isRecent(lostUs, nowUs)) this.#former.delete(identity);
    if (this.#holder !== null) {
      this.#former.delete(this.#holder);
      this.#former.set(this.#holder, nowUs);
    }
    const [oldest] = this.#former.keys();
    if (this.#former.size > MAX_FORMER && oldest !== undefined) this.#former.delete(oldest);
    this.#holder = holder;
    this.#changedUs = nowUs;
  }

  /** Whether `sender` is in control; null = it was not for all of the last half second, or lost it within that time. */
  controls(sender: string, nowUs: number): boolean | null {
    if (sender === this.#holder) return isRecent(this.#changedUs, nowUs) ? null : true;
    const lostUs = this.#former.get(sender);
    return lostUs !== undefined && isRecent(lostUs, nowUs) ? null : false;
  }
}

/** A clock that was set back leaves doubt rather than certainty. */
function isRecent(atUs: number, nowUs: number): boolean {
  return nowUs - atUs <= DOUBT_US;
}
