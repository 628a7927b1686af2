import { describe, expect, it } from 'vitest';
import { DecodeWatch, type ReceivedMedia } from '../../../../main/transport/decode-watch.ts';
import { ManualClock } from '../manual-clock.ts';

const TRACK = 7n;

/** A watch on one track; `received` is what the engine would say. */
function setUp() {
  const clock = new ManualClock();
  const said: string[] = [];
  const state: { received: ReceivedMedia | null; reads: number } = { received: null, reads: 0 };
  const watch = new DecodeWatch({
    clock,
    read: () => {
      state.reads += 1;
      return Promise.resolve(state.received);
    },
    say: (words) => said.push(words),
  });
  /** Lets time pass and answers arrive. */
  async function wait(ms: number): Promise<void> {
    for (let waited = 0; waited < ms; waited += 500) {
      clock.advance(500);
      await Promise.resolve();
      await Promise.resolve();
    }
  }
  watch.begin(TRACK, "track 'cam' of robot (h265)");
  return { watch, state, said, wait };
}

describe('DecodeWatch', () => {
  it('says which track comes in without a picture, the likely cause and the knob, and again while it lasts', async () => {
    const { state, said, wait } = setUp();
    state.received = { packets: 900, decoded: 0 };
    await wait(4500);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/^track 'cam' of robot \(h265\) comes in.*no decoder.*portal\.yaml/u);
    await wait(4500);
    expect(said).toHaveLength(2);
  });

  it('is silent about a track that sends nothing, for however long, and looks on', async () => {
    const { state, said, wait } = setUp();
    state.received = { packets: 0, decoded: 0 };
    await wait(60_000);
    expect(said).toEqual([]);
    state.received = { packets: 500, decoded: 0 };
    await wait(4500);
    expect(said).toHaveLength(1);
  });

  it('is silent about a first picture that is still on its way, and about a track that is gone', async () => {
    const { state, said, wait } = setUp();
    state.received = { packets: 40, decoded: 0 };
    await wait(4500);
    state.received = null;
    await wait(8500);
    expect(said).toEqual([]);
  });

  it('looks no further once a picture came, wherever it was seen', async () => {
    const first = setUp();
    first.state.received = { packets: 900, decoded: 1 };
    await first.wait(20_000);
    expect(first.state.reads).toBe(1);
    const second = setUp();
    second.watch.end(TRACK);
    await second.wait(20_000);
    expect(second.state.reads).toBe(0);
  });
});
