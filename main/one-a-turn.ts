import type { VideoFrame } from '../shared/portal/types.ts';

/**
 * Hands frames on one a turn of the event loop, in order. Cameras like to have theirs in the same instant, and an arm's answer or
 * an operator's command that comes just then would wait for all of them.
 */
export class OneATurn {
  readonly #handOn: (frame: VideoFrame) => void;
  readonly #waiting = new Map<string, VideoFrame>();
  #isUnderWay = false;

  constructor(handOn: (frame: VideoFrame) => void) {
    this.#handOn = handOn;
  }

  push(frame: VideoFrame): void {
    const before = this.#waiting.get(frame.track);
    // Turns that long have nothing to spare: no more than one of a track waits.
    if (before !== undefined) this.#take(before);
    this.#waiting.set(frame.track, frame);
    if (this.#isUnderWay) return;
    this.#isUnderWay = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    const [next] = this.#waiting.values();
    // What is asked for from inside a turn comes in the next one, after timers and whatever has arrived.
    if (this.#waiting.size > 1) setImmediate(() => this.#turn());
    else this.#isUnderWay = false;
    if (next !== undefined) this.#take(next);
  }

  #take(frame: VideoFrame): void {
    this.#waiting.delete(frame.track);
    this.#handOn(frame);
  }
}
