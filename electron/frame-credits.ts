import type { FramePortFrame } from '../shared/console-state.ts';

/** The page's answer once it has drawn a frame; the next one of that tile may come. */
export interface FrameCredit {
  purpose: FramePortFrame['purpose'];
  track: string;
}

/** More tiles than any session declares: what a hostile page invents is not kept. */
const MAX_TILES = 64;

interface Tile {
  isAway: boolean;
  waiting: FramePortFrame | null;
}

/**
 * One credit a tile, newest only: a slow page gets fewer frames, never older ones, and at most two pictures of a tile are
 * in memory at any time.
 */
export class FrameCredits {
  readonly #tiles = new Map<string, Tile>();
  readonly #post: (frame: FramePortFrame) => void;

  constructor(post: (frame: FramePortFrame) => void) {
    this.#post = post;
  }

  offer(frame: FramePortFrame): void {
    const key = tileKey(frame);
    let tile = this.#tiles.get(key);
    if (tile === undefined) {
      if (this.#tiles.size >= MAX_TILES) return;
      tile = { isAway: false, waiting: null };
      this.#tiles.set(key, tile);
    }
    if (tile.isAway) {
      tile.waiting = frame;
      return;
    }
    tile.isAway = true;
    this.#post(frame);
  }

  credit(credit: FrameCredit): void {
    const tile = this.#tiles.get(tileKey(credit));
    if (tile === undefined) return;
    tile.isAway = false;
    const next = tile.waiting;
    tile.waiting = null;
    if (next !== null) this.offer(next);
  }
}

function tileKey({ purpose, track }: FrameCredit): string {
  return `${purpose} ${track}`;
}
