import type { Transport, VideoPull } from './transport.ts';

/** Keeps the transport pulling exactly the robot's declared media tracks, and of them no more than somebody needs. */
export class VideoPulls {
  readonly #transport: Transport;
  readonly #tracks: readonly string[];
  #robot: string | null = null;
  #wanted: VideoPull | null;

  constructor(transport: Transport, tracks: readonly string[], wanted: VideoPull | null) {
    this.#transport = transport;
    this.#tracks = tracks;
    this.#wanted = wanted;
  }

  /** Null = no robot. */
  setRobot(identity: string | null): void {
    if (identity === this.#robot) return;
    this.#ask(null);
    this.#robot = identity;
    this.#ask(this.#wanted);
  }

  setWanted(wanted: VideoPull | null): void {
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    this.#ask(wanted);
  }

  #ask(wanted: VideoPull | null): void {
    if (this.#robot === null) return;
    for (const track of this.#tracks) this.#transport.pullVideo(this.#robot, track, wanted);
  }
}
