import { describe, expect, it } from 'vitest';
import { syncWindows, validateConfig } from '../../../../shared/portal/config.ts';
import { SyncBuffer } from '../../../../shared/portal/sync-buffer.ts';
import { SyncHarness } from './sync-harness.ts';

describe('the sync buffer', () => {
  it('joins a state and the frame of a single track', () => {
    const sync = new SyncHarness(['cam1']);
    expect(sync.frame('cam1', 1000)).toEqual([]);
    expect(sync.state(1010)).toEqual(['1010: cam1 live 1000']);
  });

  it('hands the state and the frames over as they came', () => {
    const buffer = new SyncBuffer(['cam1'], syncWindows(validateConfig({ session: 's', videos: [{ name: 'cam1' }] })));
    const frame = { track: 'cam1', width: 2, height: 2, format: 'rgb24' as const, data: new Uint8Array(12), timestampUs: 1000 };
    const state = { values: { j1: 1, j2: true }, timestampUs: 1010 };
    buffer.pushFrame(frame);
    const { observations } = buffer.pushState(state);
    expect(observations[0]?.state).toBe(state);
    expect(observations[0]?.frames['cam1']?.frame).toBe(frame);
  });

  it('waits for every track', () => {
    const sync = new SyncHarness(['cam1', 'cam2']);
    expect(sync.frame('cam1', 1000)).toEqual([]);
    expect(sync.state(1005)).toEqual([]);
    expect(sync.frame('cam2', 1002)).toEqual(['1005: cam1 live 1000, cam2 live 1002']);
  });

  it('emits every state at once when no track is declared', () => {
    const sync = new SyncHarness([]);
    expect(sync.state(1)).toEqual(['1: ']);
    expect(sync.state(0)).toEqual(['0: ']);
  });

  it('drops a state that no coming frame can match', () => {
    const sync = new SyncHarness(['cam1']);
    expect(sync.state(100)).toEqual([]);
    expect(sync.frame('cam1', 200_000)).toEqual(['drop 100']);
  });

  it('waits for a frame in range', () => {
    const sync = new SyncHarness(['cam1']);
    expect(sync.state(50_000)).toEqual([]);
    expect(sync.frame('cam1', 50_010)).toEqual(['50000: cam1 live 50010']);
  });

  it('evicts the oldest frame of a full buffer', () => {
    const sync = new SyncHarness(['cam1'], { slack: 2, rangeUs: 60 });
    for (const timestampUs of [100, 200, 300]) sync.frame('cam1', timestampUs);
    expect(sync.buffer.fill()).toEqual({ video_fill: { cam1: 2 }, state_fill: 0, evictions: { cam1: 1 } });
    expect(sync.state(200)).toEqual(['200: cam1 live 200']);
  });

  it('forgets everything on clear, and tells which states that were', () => {
    const sync = new SyncHarness(['cam1', 'cam2']);
    sync.frame('cam1', 1000);
    sync.state(1000);
    sync.state(1001);
    expect(sync.clear()).toEqual(['drop 1000', 'drop 1001']);
    expect(sync.buffer.fill()).toMatchObject({ video_fill: { cam1: 0, cam2: 0 }, state_fill: 0 });
    expect(sync.buffer.stats().states_dropped).toBe(2);
    expect(sync.frame('cam2', 1000)).toEqual([]);
    expect(sync.clear()).toEqual([]);
  });

  it('goes forward through the frames over many matches', () => {
    const sync = new SyncHarness(['cam1'], { slack: 100 });
    for (let tick = 0; tick < 10; tick++) sync.frame('cam1', 1000 + tick * 1000);
    for (let tick = 0; tick < 10; tick++) expect(sync.state(1010 + tick * 1000)).toEqual([`${1010 + tick * 1000}: cam1 live ${1000 + tick * 1000}`]);
  });

  it('holds back on pushes to a track that does not block, and converges', () => {
    const sync = new SyncHarness(['cam1', 'cam2']);
    expect(sync.state(1000)).toEqual([]);
    expect(sync.frame('cam2', 1005)).toEqual([]);
    expect(sync.buffer.stats().last_blocker_track).toBe('cam1');
    expect(sync.frame('cam2', 1006)).toEqual([]);
    expect(sync.buffer.fill().video_fill).toEqual({ cam1: 0, cam2: 2 });
    expect(sync.frame('cam1', 1008)).toEqual(['1000: cam1 live 1008, cam2 live 1005']);
  });

  it('drops a state whose match is evicted from a track that does not block', () => {
    const sync = new SyncHarness(['cam1', 'cam2'], { slack: 1, rangeUs: 30_000, maxLagUs: 10_000_000 });
    sync.state(1000);
    sync.frame('cam2', 1005);
    expect(sync.frame('cam2', 500_000)).toEqual(['drop 1000']);
  });

  it('finds the frame of a state that comes out of order', () => {
    const sync = new SyncHarness(['cam1'], { rangeUs: 20_000, slack: 8 });
    for (const timestampUs of [1000, 50_000, 100_000, 150_000, 200_000]) sync.frame('cam1', timestampUs);
    sync.frame('cam1', 250_000);
    expect(sync.state(1005)).toEqual(['1005: cam1 live 1000']);
    expect(sync.state(230_000)).toEqual(['drop 230000']);
    expect(sync.state(100_005)).toEqual(['100005: cam1 live 100000']);
    expect(sync.state(60_000)).toEqual(['drop 60000']);
    expect(sync.state(199_999)).toEqual(['199999: cam1 live 200000']);
  });

  it('looks at the next state when the oldest overflows', () => {
    const sync = new SyncHarness(['cam1'], { slack: 1 });
    expect(sync.state(1000)).toEqual([]);
    expect(sync.state(2000)).toEqual(['drop 1000']);
    expect(sync.frame('cam1', 2005)).toEqual(['2000: cam1 live 2005']);
  });

  it('drops when the newest frame is past, even if an older one is still there', () => {
    const sync = new SyncHarness(['cam1'], { rangeUs: 500, slack: 10 });
    sync.frame('cam1', 1000);
    expect(sync.state(3000)).toEqual([]);
    expect(sync.frame('cam1', 5000)).toEqual(['drop 3000']);
  });

  it('drops at the exact boundary, for a match is strictly nearer than the range', () => {
    const past = new SyncHarness(['cam1'], { rangeUs: 500 });
    past.state(1000);
    expect(past.frame('cam1', 1500)).toEqual(['drop 1000']);
    const inside = new SyncHarness(['cam1'], { rangeUs: 500 });
    inside.state(1000);
    expect(inside.frame('cam1', 1499)).toEqual(['1000: cam1 live 1499']);
    const before = new SyncHarness(['cam1'], { rangeUs: 500 });
    before.frame('cam1', 500);
    expect(before.state(1000)).toEqual([]);
  });

  it('reports states that overflow as drops, before those that could not be matched', () => {
    const sync = new SyncHarness(['cam1'], { slack: 2 });
    sync.state(100);
    sync.state(200);
    expect(sync.state(300)).toEqual(['drop 100']);
    expect(sync.buffer.stats().states_dropped).toBe(1);
  });

  it('takes the neighbour within a wide range when the own frame was lost', () => {
    const sync = new SyncHarness(['cam1']);
    sync.frame('cam1', 0);
    expect(sync.state(33_333)).toEqual(['33333: cam1 live 0']);
  });

  it('leaves a frame to the state that is nearer to it', () => {
    const sync = new SyncHarness(['cam1']);
    sync.state(0);
    sync.state(33_333);
    expect(sync.frame('cam1', 33_333)).toEqual([]);
    expect(sync.frame('cam1', 100_000)).toEqual(['33333: cam1 live 33333', 'drop 0']);
  });

  it('lets the earlier state have a frame that is equally near to both', () => {
    const sync = new SyncHarness(['cam1']);
    sync.state(0);
    sync.state(20_000);
    expect(sync.frame('cam1', 10_000)).toEqual(['0: cam1 live 10000']);
  });

  it('takes the older of two equally near frames', () => {
    const sync = new SyncHarness(['cam1']);
    sync.frame('cam1', 900);
    sync.frame('cam1', 1100);
    expect(sync.state(1000)).toEqual(['1000: cam1 live 900']);
  });

  it('drops on loss within a tight range', () => {
    const sync = new SyncHarness(['cam1'], { rangeUs: 16_666 });
    sync.frame('cam1', 0);
    expect(sync.state(33_333)).toEqual([]);
    expect(sync.frame('cam1', 100_000)).toEqual(['drop 33333']);
  });

  it('joins a hundred states and a hundred frames each to its own', () => {
    const sync = new SyncHarness(['cam1', 'cam2'], { slack: 100 });
    const said: string[] = [];
    for (let tick = 0; tick < 100; tick++) {
      const timestampUs = tick * 33_333;
      said.push(...sync.state(timestampUs), ...sync.frame('cam1', timestampUs + 500), ...sync.frame('cam2', timestampUs + 900));
    }
    expect(said).toEqual(Array.from({ length: 100 }, (_, tick) => `${tick * 33_333}: cam1 live ${tick * 33_333 + 500}, cam2 live ${tick * 33_333 + 900}`));
    expect(sync.buffer.stats()).toMatchObject({ observations_emitted: 100, states_dropped: 0 });
  });

  it('drops a state even if an earlier track would still wait', () => {
    const sync = new SyncHarness(['cam1', 'cam2'], { slack: 30, maxLagUs: 10_000_000 });
    sync.state(1000);
    expect(sync.frame('cam2', 51_000)).toEqual(['drop 1000']);
  });

  it('resolves a dead track by the clock of the streams that still come', () => {
    const sync = new SyncHarness(['cam1', 'cam2'], { slack: 30, maxLagUs: 100_000 });
    sync.state(0);
    expect(sync.frame('cam2', 99_999)).toEqual(['drop 0']);
    const waiting = new SyncHarness(['cam1', 'cam2'], { slack: 30, maxLagUs: 100_000, rangeUs: 200_000 });
    waiting.state(0);
    expect(waiting.frame('cam2', 99_999)).toEqual([]);
    expect(waiting.frame('cam2', 100_000)).toEqual(['drop 0']);
    waiting.state(200_000);
    expect(waiting.state(299_999)).toEqual([]);
    expect(waiting.state(300_000)).toEqual(['drop 200000']);
  });

  it('does not take the time from a state that came out of order between others', () => {
    const sync = new SyncHarness(['cam1'], { maxLagUs: 100_000 });
    for (const timestampUs of [100_000, 20_000, 150_000, 60_000]) expect(sync.state(timestampUs)).toEqual([]);
    // 150000 is pending, and 20000 would be lagged by it; but the last one to come was 60000.
    expect(sync.frame('cam1', 100_000)).toEqual(['100000: cam1 live 100000']);
    expect(sync.state(120_000)).toEqual(['drop 20000']);
  });

  it('judges anew when a state out of order takes the time back', () => {
    const sync = new SyncHarness(['cam1', 'cam2'], { stall: 'omit', perTrack: { cam1: { maxLagUs: 100_000 }, cam2: { maxLagUs: 10_000_000 } } });
    sync.frame('cam1', 0);
    sync.frame('cam2', 0);
    for (const timestampUs of [0, 100_000, 150_000, 200_000]) sync.state(timestampUs);
    expect(sync.buffer.stats()).toMatchObject({ last_blocker_track: 'cam2', frames_omitted: { cam1: 1 } });
    sync.state(160_000);
    expect(sync.buffer.stats()).toMatchObject({ last_blocker_track: 'cam1', frames_omitted: { cam1: 1 } });
  });

  it('judges anew when a frame steps back', () => {
    const sync = new SyncHarness(['cam1', 'cam2'], { rangeUs: 500, perTrack: { cam1: { maxLagUs: 10_000_000 }, cam2: { maxLagUs: 0 } } });
    sync.frame('cam2', 2990);
    expect(sync.state(3000)).toEqual([]);
    expect(sync.frame('cam2', 100)).toEqual(['drop 3000']);
  });

  it('keeps a track\'s own stall behaviour and max lag, each on its own', () => {
    const sync = new SyncHarness(['cam1', 'cam2'], { stall: 'freeze', maxLagUs: 1_000_000, perTrack: { cam2: { stall: 'omit', maxLagUs: 0 } } });
    sync.frame('cam1', 1000);
    sync.frame('cam2', 1000);
    sync.state(1000);
    sync.frame('cam1', 101_000);
    expect(sync.state(101_000)).toEqual(['101000: cam1 live 101000, cam2 omitted']);
    sync.frame('cam2', 201_000);
    expect(sync.state(201_000)).toEqual([]);
    expect(sync.state(1_201_000)).toEqual(['201000: cam1 stale 101000, cam2 live 201000']);
  });

  it('ignores frames of undeclared tracks', () => {
    const sync = new SyncHarness(['cam1']);
    sync.state(1000);
    expect(sync.frame('toString', 1000)).toEqual([]);
    expect(sync.frame('__proto__', 9_000_000)).toEqual([]);
    expect(sync.frame('cam1', 1000)).toEqual(['1000: cam1 live 1000']);
  });

  it('counts an omitted frame each time it looks, as the peer does, and not at the tracks that have one', () => {
    const sync = new SyncHarness(['cam1', 'cam2'], { stall: 'omit', slack: 10, perTrack: { cam1: { maxLagUs: 0 }, cam2: { maxLagUs: 10_000_000 } } });
    sync.frame('cam1', 0);
    sync.frame('cam2', 0);
    sync.state(0);
    sync.state(100_000);
    sync.state(200_000);
    sync.state(300_000);
    expect(sync.buffer.stats()).toMatchObject({ frames_omitted: { cam1: 3, cam2: 0 }, last_blocker_track: 'cam2' });
  });

  it('sets the counters back and leaves what is pending', () => {
    const sync = new SyncHarness(['cam1', 'cam2'], { slack: 1 });
    sync.state(1000);
    sync.state(2000);
    sync.frame('cam1', 2000);
    sync.frame('cam1', 2001);
    sync.buffer.resetStats();
    expect(sync.buffer.stats()).toEqual({
      observations_emitted: 0, stale_observations_emitted: 0, states_dropped: 0, frames_omitted: { cam1: 0, cam2: 0 },
      match_delta_us_p50: null, match_delta_us_p95: null, last_blocker_track: null,
    });
    expect(sync.buffer.fill()).toEqual({ video_fill: { cam1: 1, cam2: 0 }, state_fill: 1, evictions: { cam1: 0, cam2: 0 } });
    expect(sync.frame('cam2', 2000)).toEqual(['2000: cam1 live 2001, cam2 live 2000']);
  });

  it('names the blocker again after a reset', () => {
    const sync = new SyncHarness(['cam1', 'cam2']);
    sync.state(1000);
    sync.frame('cam2', 1000);
    sync.buffer.resetStats();
    sync.frame('cam2', 1001);
    expect(sync.buffer.stats().last_blocker_track).toBe('cam1');
  });

  it('measures the match of an observation by its worst track', () => {
    const sync = new SyncHarness(['cam1', 'cam2']);
    sync.frame('cam1', 1000);
    sync.frame('cam2', 1300);
    sync.state(1100);
    expect(sync.buffer.stats()).toMatchObject({ match_delta_us_p50: 200, match_delta_us_p95: 200 });
  });

  it('is itself again after at most as many frames as it holds when a track\'s clock steps back', () => {
    const sync = new SyncHarness(['cam1'], { slack: 3 });
    for (const timestampUs of [9_000_000, 9_033_333, 9_066_666]) sync.frame('cam1', timestampUs);
    const said: string[] = [];
    for (let tick = 0; tick < 6; tick++) said.push(...sync.frame('cam1', tick * 33_333), ...sync.state(tick * 33_333));
    expect(said.slice(-3)).toEqual(['99999: cam1 live 99999', '133332: cam1 live 133332', '166665: cam1 live 166665']);
  });
});

describe('freezing, with a max lag of 0', () => {
  const freeze = { rangeUs: 500, stall: 'freeze', maxLagUs: 0 } as const;

  it('emits with the last frame when the buffer is empty', () => {
    const sync = new SyncHarness(['cam1'], freeze);
    sync.frame('cam1', 1000);
    expect(sync.state(1100)).toEqual(['1100: cam1 live 1000']);
    expect(sync.state(2000)).toEqual(['2000: cam1 stale 1000']);
  });

  it('emits with the last frame when only a newer one is there, and leaves that for later', () => {
    const sync = new SyncHarness(['cam1'], freeze);
    sync.frame('cam1', 0);
    sync.state(10);
    sync.frame('cam1', 900);
    expect(sync.state(100)).toEqual(['100: cam1 stale 0']);
    expect(sync.state(800)).toEqual(['800: cam1 live 900']);
  });

  it('drops like everybody else before the first frame', () => {
    const sync = new SyncHarness(['cam1'], freeze);
    expect(sync.state(1000)).toEqual([]);
    expect(sync.frame('cam1', 100_000)).toEqual(['drop 1000']);
  });

  it('drops states that overflow before the first frame', () => {
    const sync = new SyncHarness(['cam1'], { ...freeze, slack: 2 });
    expect(sync.state(100)).toEqual([]);
    expect(sync.state(200)).toEqual([]);
    expect(sync.state(300)).toEqual(['drop 100']);
  });

  it('keeps one track fresh while another is frozen', () => {
    const sync = new SyncHarness(['cam1', 'cam2'], freeze);
    sync.frame('cam1', 1000);
    sync.frame('cam2', 1000);
    sync.state(1050);
    sync.frame('cam2', 2000);
    expect(sync.state(2050)).toEqual(['2050: cam1 stale 1000, cam2 live 2000']);
  });

  it('prefers a fresh match', () => {
    const sync = new SyncHarness(['cam1'], freeze);
    sync.frame('cam1', 1000);
    sync.state(1050);
    sync.frame('cam1', 2000);
    expect(sync.state(2100)).toEqual(['2100: cam1 live 2000']);
    expect(sync.state(9000)).toEqual(['9000: cam1 stale 2000']);
  });

  it('starts anew after clear', () => {
    const sync = new SyncHarness(['cam1'], freeze);
    sync.frame('cam1', 1000);
    sync.state(1050);
    sync.clear();
    expect(sync.state(2000)).toEqual([]);
    expect(sync.frame('cam1', 100_000)).toEqual(['drop 2000']);
  });

  it('goes on to the newest frame below the range, and uses it up', () => {
    const sync = new SyncHarness(['cam1'], freeze);
    sync.frame('cam1', 0);
    sync.state(10);
    sync.frame('cam1', 100);
    sync.frame('cam1', 200);
    expect(sync.state(5000)).toEqual(['5000: cam1 stale 200']);
    expect(sync.buffer.fill().video_fill).toEqual({ cam1: 0 });
    expect(sync.state(6000)).toEqual(['6000: cam1 stale 200']);
  });

  it('does not give a frame away that is the next state\'s', () => {
    const sync = new SyncHarness(['cam1', 'cam2'], { ...freeze, perTrack: { cam2: { stall: 'drop', maxLagUs: 1_000_000 } } });
    sync.frame('cam1', 0);
    sync.frame('cam2', 0);
    sync.state(0);
    sync.state(1000);
    sync.state(700);
    sync.frame('cam1', 710);
    expect(sync.frame('cam2', 1100)).toEqual(['1000: cam1 stale 0, cam2 live 1100']);
  });

  it('keeps going forward with a track that is always behind', () => {
    const sync = new SyncHarness(['cam1'], { ...freeze, rangeUs: 100 });
    sync.frame('cam1', 0);
    sync.state(50);
    for (let round = 1; round <= 10; round++) {
      sync.frame('cam1', round * 1000);
      expect(sync.state(round * 1000 + 500)).toEqual([`${round * 1000 + 500}: cam1 stale ${round * 1000}`]);
      expect(sync.buffer.fill().video_fill).toEqual({ cam1: 0 });
    }
  });

  it('counts an observation as stale only when a frame in it is', () => {
    const sync = new SyncHarness(['cam1'], freeze);
    for (const timestampUs of [1000, 2000]) {
      sync.frame('cam1', timestampUs);
      sync.state(timestampUs + 50);
    }
    expect(sync.buffer.stats()).toMatchObject({ observations_emitted: 2, stale_observations_emitted: 0 });
    sync.state(3000);
    expect(sync.buffer.stats()).toMatchObject({ observations_emitted: 3, stale_observations_emitted: 1 });
  });

  it('leaves no state pending once every track had a frame', () => {
    const sync = new SyncHarness(['cam1', 'cam2'], freeze);
    sync.frame('cam1', 1000);
    sync.frame('cam2', 1000);
    sync.state(1050);
    for (let round = 1; round < 10; round++) {
      sync.frame('cam2', 1000 + round * 1000);
      expect(sync.state(1050 + round * 1000)).toEqual([`${1050 + round * 1000}: cam1 stale 1000, cam2 live ${1000 + round * 1000}`]);
      expect(sync.buffer.fill().state_fill).toBe(0);
    }
    expect(sync.buffer.stats().states_dropped).toBe(0);
  });

  it('is off unless asked for', () => {
    const windows = syncWindows(validateConfig({ session: 's', videos: [{ name: 'cam1' }] }));
    expect(windows.perTrack['cam1']?.stall).toBe('drop');
    const sync = new SyncHarness(['cam1'], { rangeUs: 500, maxLagUs: windows.perTrack['cam1']?.maxLagUs as number });
    sync.frame('cam1', 1000);
    sync.state(1100);
    expect(sync.state(2000)).toEqual([]);
    expect(sync.frame('cam1', 9000)).toEqual(['drop 2000']);
  });
});
