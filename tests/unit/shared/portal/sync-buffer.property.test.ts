import { describe, expect, it } from 'vitest';
import { STALL_BEHAVIORS, type SyncWindows, syncWindows, validateConfig } from '../../../../shared/portal/config.ts';
import { SyncBuffer, type SyncOutput } from '../../../../shared/portal/sync-buffer.ts';
import type { State, VideoFrame } from '../../../../shared/portal/types.ts';
import { PlainSync } from '../../../fakes/plain-sync.ts';
import { SeededRandom } from '../../../fakes/seeded-random.ts';

const START_US = 1_700_000_000_000_000;

function randomWindows(random: SeededRandom): { tracks: string[]; windows: SyncWindows; tickUs: number } {
  const tracks = ['a', 'b', 'c', 'd'].slice(0, random.integer(0, 4));
  const fps = random.pick([10, 30, 50]);
  const lag = (): number | null => random.pick([null, 0, 20, 50, 100, 500]);
  const config = validateConfig({
    session: 'property',
    fps,
    slack: random.pick([1, 1, 2, 3, 5, 8, 40]),
    tolerance: random.pick([0.1, 0.5, 0.9, 1, 1.5, 2, 6]),
    stallBehavior: random.pick(STALL_BEHAVIORS),
    maxLagMs: lag(),
    videos: tracks.map((name) => (random.chance(0.4) ? { name, stallBehavior: random.pick([null, ...STALL_BEHAVIORS]), maxLagMs: lag() } : { name })),
  });
  return { tracks, windows: syncWindows(config), tickUs: Math.trunc(1_000_000 / fps) };
}

/** A session's pushes: streams at one cadence with jitter, loss, frozen tracks, duplicates, and states out of order. Frames come in order, which is what the rules speak of. */
class Session {
  readonly #random: SeededRandom;
  readonly #tickUs: number;
  readonly #clocks: Map<string, number>;
  #stateUs = START_US;
  #id = 0;

  constructor(random: SeededRandom, tracks: readonly string[], tickUs: number) {
    this.#random = random;
    this.#tickUs = tickUs;
    this.#clocks = new Map(tracks.map((track) => [track, START_US]));
  }

  next(): State | VideoFrame {
    const tracks = [...this.#clocks.keys()];
    return tracks.length === 0 || this.#random.chance(1 / (tracks.length + 1)) ? this.#state() : this.#frame(this.#random.pick(tracks));
  }

  #state(): State {
    const us = this.#stateUs;
    if (!this.#random.chance(0.05)) this.#stateUs += this.#tickUs;
    const early = this.#random.chance(0.1) ? this.#random.integer(0, 4 * this.#tickUs) : 0;
    return { values: { id: this.#id++ }, timestampUs: Math.trunc(us - early + this.#jitter()) };
  }

  #frame(track: string): VideoFrame {
    const previousUs = this.#clocks.get(track) as number;
    const ticks = this.#random.chance(0.1) ? this.#random.integer(0, 8) : 1;
    // A track must not run away from the states for good, or nothing ever matches again.
    const behind = previousUs < this.#stateUs - 10 * this.#tickUs && this.#random.chance(0.3);
    const ahead = previousUs > this.#stateUs + 3 * this.#tickUs;
    const us = behind ? this.#stateUs : previousUs + (ahead ? this.#random.integer(0, 1) : ticks * this.#tickUs + this.#jitter());
    const timestampUs = Math.trunc(Math.max(us, previousUs));
    this.#clocks.set(track, timestampUs);
    return { track, width: 0, height: 0, format: 'rgb24', data: new Uint8Array(0), timestampUs };
  }

  #jitter(): number {
    return this.#random.chance(0.5) ? 0 : this.#random.integer(-this.#tickUs / 2, this.#tickUs / 2);
  }
}

/** Frames and states are the same objects on both sides, so that also which of two equal ones was taken is compared. */
function expectSame(got: SyncOutput, want: SyncOutput, where: string): void {
  const same =
    got.drops.length === want.drops.length &&
    got.drops.every((state, index) => state === want.drops[index]) &&
    got.observations.length === want.observations.length &&
    got.observations.every((observation, index) => {
      const other = want.observations[index] as typeof observation;
      const names = Object.keys(other.frames);
      return (
        observation.state === other.state &&
        observation.timestampUs === other.timestampUs &&
        Object.keys(observation.frames).join() === names.join() &&
        names.every((name) => observation.frames[name]?.source === other.frames[name]?.source && observation.frames[name]?.frame === other.frames[name]?.frame)
      );
    });
  if (!same) expect(got, where).toEqual(want);
  expect(same, where).toBe(true);
}

describe('the sync buffer does what the plain rules do', () => {
  it.each(Array.from({ length: 10 }, (_, block) => block))('over random configs and pushes, block %d', (block) => {
    const seen = { observations: 0, drops: 0, sources: new Set<string>() };
    for (let run = 0; run < 100; run++) {
      const seed = block * 1000 + run;
      const random = new SeededRandom(seed);
      const { tracks, windows, tickUs } = randomWindows(random);
      const session = new Session(random, tracks, tickUs);
      const fast = new SyncBuffer(tracks, windows);
      const plain = new PlainSync(tracks, windows);
      for (let push = 0; push < 150; push++) {
        const where = `seed ${seed}, push ${push}`;
        const next = session.next();
        const got = 'track' in next ? fast.pushFrame(next) : fast.pushState(next);
        const want = 'track' in next ? plain.pushFrame(next) : plain.pushState(next);
        expectSame(got, want, where);
        seen.observations += got.observations.length;
        seen.drops += got.drops.length;
        for (const { frames } of got.observations) for (const { source } of Object.values(frames)) seen.sources.add(source);
        if (random.chance(0.003)) expectSame(fast.clear(), plain.clear(), where);
      }
      expect(fast.fill(), `seed ${seed}`).toEqual(plain.fill());
      expect(fast.stats(), `seed ${seed}`).toMatchObject({
        observations_emitted: plain.counts.observations,
        stale_observations_emitted: plain.counts.stale,
        states_dropped: plain.counts.dropped,
        frames_omitted: plain.omitted,
        last_blocker_track: plain.lastBlocker,
      });
    }
    // A generator that only ever drops would prove nothing.
    expect(seen.observations).toBeGreaterThan(1000);
    expect(seen.drops).toBeGreaterThan(500);
    expect([...seen.sources].sort()).toEqual(['live', 'omitted', 'stale']);
  });
});
