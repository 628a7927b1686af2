import type { Action, ActionChunk } from '../shared/portal/types.ts';
import { ChunkPlayer } from './chunk-player.ts';
import type { DriverPulse } from './driver-pulse.ts';
import type { Safety } from './safety.ts';

/**
 * The driver's actions and chunks on their way into the safety layer. The newest command counts, whichever kind it is: an
 * action ends the chunk it is newer than, and neither an older action nor an older chunk disturbs one that is playing.
 */
export class CommandIntake {
  readonly #safety: Safety;
  readonly #player: ChunkPlayer;
  readonly #pulse: DriverPulse;
  #wasMoving = false;

  /** `fps`: a chunk's rows a second. */
  constructor(safety: Safety, fps: number, pulse: DriverPulse) {
    this.#safety = safety;
    this.#player = new ChunkPlayer(fps);
    this.#pulse = pulse;
  }

  /** `rttUs` as in `Safety.offer`. */
  action(action: Action, nowUs: number, rttUs: number | null): void {
    const refused = this.#safety.offer(action, nowUs, rttUs);
    if (refused === null) this.#pulse.heard(action.sender, nowUs);
    const playing = this.#player.chunk;
    // A row may have overtaken an action that was sent later than the chunk: refused, and still the newer command.
    if (playing !== null && action.timestampUs > playing.timestampUs && (refused === null || refused === 'order')) this.#player.drop();
  }

  chunk(chunk: ActionChunk, nowUs: number, rttUs: number | null): void {
    const taken = this.#safety.offerChunk(chunk, this.#player.durationUs(chunk), nowUs, rttUs);
    if (!('startUs' in taken)) return;
    this.#pulse.heard(chunk.sender, nowUs);
    this.#player.load(chunk, taken.startUs);
  }

  /** Offers the row that is due, while the chunk's sender is there; before each tick of the safety layer, which holds when none comes. */
  offerDueRow(nowUs: number): void {
    if (this.#player.chunk !== null && this.#pulse.isSilent(nowUs)) this.#player.drop();
    const row = this.#player.due(nowUs);
    if (row !== null) this.#safety.offerRow(row.action, row.lateUs, nowUs);
  }

  /** After each tick: when the motion has come to a hold, the rest of a chunk must not set it off again. */
  ticked(): void {
    const { word } = this.#safety.state;
    const isMoving = word === 'ACTIVE' || word === 'ALIGNING';
    if (this.#wasMoving && !isMoving) this.#player.drop();
    this.#wasMoving = isMoving;
  }

  /** A handoff, STOP, the driver left, or the session is over. */
  drop(): void {
    this.#player.drop();
  }
}
