import type { Transport } from './transport.ts';

/** Keeps the transport pulling exactly the robot's declared tracks, and nothing when nobody needs pixels. */
export class VideoPulls {
  readonly #transport: Transport;
  readonly #tracks: readonly string[];
  #robot: string | null = null;
  #isWanted: boolean;

  constructor(transport: Transport, tracks: readonly string[], isWanted: boolean) {
    this.#transport = transport;
    this.#tracks = tracks;
    this.#isWanted = isWanted;
  }

  get isWanted(): boolean {
    return this.#isWanted;
  }

  /** Null = no robot. */
  setRobot(identity: string | null): void {
    if (identity === this.#robot) return;
    this.#ask(false);
    this.#robot = identity;
    this.#ask(this.#isWanted);
  }

  setWanted(isWanted: boolean): void {
    if (isWanted === this.#isWanted) return;
    this.#isWanted = isWanted;
    this.#ask(isWanted);
  }

  #ask(isWanted: boolean): void {
    if (this.#robot === null) return;
    for (const track of this.#tracks) this.#transport.pullVideo(this.#robot, track, isWanted ? 'rgb24' : null);
  }
}
