import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../main/system-clock.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import type { SeenOperator, SeenRobot } from '../fakes/portal-session.ts';
import type { PythonPeer } from '../fakes/python-peer.ts';
import { until } from '../fakes/until.ts';
import { describeWithPeer } from '../fakes/with-python-peer.ts';
import { InteropRoom } from './both-ways.ts';

/** One track of each behaviour, two of them with a max lag of their own; none so short that video a little behind its states on a busy machine is a stall. */
const YAML = `version: 1
fps: 30
slack: 60
max_lag_ms: 600
stall_behavior: drop
videos:
  - { name: whole, codec: h264 }
  - { name: frozen, codec: h264, stall_behavior: freeze, max_lag_ms: 400 }
  - { name: missing, codec: h264, stall_behavior: omit, max_lag_ms: 800 }
state: [ { name: a, dtype: f32 } ]
`;
const TRACKS = ['whole', 'frozen', 'missing'];
const SIZE = { width: 160, height: 120 };
/** Long enough for every max lag to pass and the buffers to follow. */
const AFTER = 70;
/** In a row; more would ask of a busy machine that it never loses a frame. */
const LIVE = 5;
/** Frames sent before the stall are out of the tolerance of states from here on. */
const SETTLED_US = 100_000;

/** Sends states with pictures on some tracks. */
class Film {
  #only: readonly string[] = TRACKS;
  readonly #timer: NodeJS.Timeout;

  constructor({ robot }: SeenRobot) {
    const picture = new Uint8Array(SIZE.width * SIZE.height * 3).fill(90);
    this.#timer = setInterval(() => {
      const timestampUs = Date.now() * 1000;
      for (const track of this.#only) robot.sendVideoFrame(track, picture, { ...SIZE, timestampUs });
      robot.sendState({ a: 1 }, timestampUs);
    }, 33);
  }

  only(tracks: readonly string[]): void {
    this.#only = tracks;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

type Sources = ReadonlyMap<number, Record<string, string>>;
interface PeerObservation {
  timestamp_us: number;
  frames: Record<string, { source: string }>;
}
const ourSources = ({ observations }: SeenOperator): Sources =>
  new Map(observations.map(({ timestampUs, frames }) => [timestampUs, Object.fromEntries(Object.entries(frames).map(([track, { source }]) => [track, source]))]));
const theirSources = (desk: PythonPeer): Sources =>
  new Map((desk.eventsOf('observation') as unknown as PeerObservation[]).map(({ timestamp_us, frames }) => [timestamp_us, Object.fromEntries(Object.entries(frames).map(([track, { source }]) => [track, source]))]));

describeWithServer('stalled tracks', (server) => {
  describeWithPeer('freeze, omit and drop with a max lag each: our operator and theirs on one robot', () => {
    describe.each(['our robot', 'their robot'])('%s', (whose) => {
      let room: InteropRoom;
      let film: Film | null = null;
      let arm: PythonPeer | null = null;
      let ours: SeenOperator;
      let theirs: PythonPeer;
      beforeAll(async () => {
        room = new InteropRoom(server(), YAML);
        if (whose === 'our robot') film = new Film(await room.ours.robot());
        else arm = await room.peerRobot();
        await arm?.tell('start');
        [ours, theirs] = await Promise.all([room.ours.operator('ours'), room.peerOperator('theirs')]);
      });
      afterAll(async () => {
        film?.stop();
        await room.close();
      });

      const only = async (tracks: readonly string[]): Promise<void> => {
        film?.only(tracks);
        await arm?.tell('start', { only: tracks });
      };
      const bothSee = async (what: string, inARow: number, wanted: Record<string, string>): Promise<void> => {
        const last = (sources: Sources): boolean => {
          const tail = [...sources.values()].slice(-inARow);
          return tail.length === inARow && tail.every((one) => TRACKS.every((track) => one[track] === wanted[track]));
        };
        await until(`${what}, ours`, () => last(ourSources(ours)), { deadlineMs: 60_000, seen: () => [...ourSources(ours).values()].at(-1) });
        await theirs.until(`${what}, theirs`, () => last(theirSources(theirs)), 60_000);
      };

      it('every track live, then frozen and missing stall, then come back: the same sources for the same states', { timeout: 300_000 }, async () => {
        await bothSee('all live', LIVE, { whole: 'live', frozen: 'live', missing: 'live' });
        await only(['whole']);
        const fromUs = systemClock.nowUs() + SETTLED_US;
        await bothSee('one frozen, one omitted', LIVE, { whole: 'live', frozen: 'stale', missing: 'omitted' });
        const stalled = (sources: Sources): number[] => [...sources.keys()].filter((timestampUs) => timestampUs > fromUs);
        await until('ours after the stall', () => stalled(ourSources(ours)).length >= AFTER, { deadlineMs: 60_000 });
        await theirs.until('theirs after the stall', () => stalled(theirSources(theirs)).length >= AFTER, 60_000);
        for (const sources of [ourSources(ours), theirSources(theirs)]) {
          for (const timestampUs of stalled(sources)) expect(sources.get(timestampUs)).toEqual({ whole: 'live', frozen: 'stale', missing: 'omitted' });
        }
        const both = stalled(ourSources(ours)).filter((timestampUs) => theirSources(theirs).has(timestampUs));
        expect(both.length, 'the same states make observations').toBeGreaterThanOrEqual(AFTER / 2);
        await only(TRACKS);
        await bothSee('all live again', LIVE, { whole: 'live', frozen: 'live', missing: 'live' });
        const metrics = (await theirs.tell('metrics')) as { sync: { stale_observations_emitted: number; frames_omitted: Record<string, number> } };
        for (const sync of [ours.operator.metrics().sync, metrics.sync]) {
          expect(sync.stale_observations_emitted).toBeGreaterThanOrEqual(AFTER);
          expect(sync.frames_omitted['missing']).toBeGreaterThanOrEqual(AFTER);
        }
      });

      it('the track without a behaviour of its own stalls: no observation, and each state is told as a drop', { timeout: 240_000 }, async () => {
        await only(['frozen', 'missing']);
        const theirDrops = (): number => theirs.eventsOf('drop').reduce((sum, { count }) => sum + Number(count), 0);
        const [mineBefore, otherBefore] = [ours.drops.length, theirDrops()];
        await until('our drops', () => ours.drops.length >= mineBefore + AFTER, { deadlineMs: 60_000 });
        await theirs.until('their drops', () => theirDrops() >= otherBefore + AFTER, 60_000);
        const seen = [ours.observations.length, theirs.eventsOf('observation').length];
        await until('more of them', () => ours.drops.length >= mineBefore + 2 * AFTER, { deadlineMs: 60_000 });
        expect([ours.observations.length, theirs.eventsOf('observation').length]).toEqual(seen);
        const metrics = (await theirs.tell('metrics')) as { sync: { last_blocker_track: string } };
        expect(ours.operator.metrics().sync.last_blocker_track).toBe('whole');
        expect(metrics.sync.last_blocker_track).toBe('whole');
      });
    });
  });
});
