import { afterEach, expect, it } from 'vitest';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { until } from '../fakes/until.ts';
import { describeWithPeer } from '../fakes/with-python-peer.ts';
import { InteropRoom } from './both-ways.ts';
import { camYaml, colourOf, FILM_SIZE, flatPicture, startFilm, type PeerObservation } from './film.ts';

const OBSERVATIONS = 10;
/** Off by at most so much a channel: `raw` and `png` are exact, a flat JPEG only rounds. */
const TOLERANCE = { raw: 0, png: 0, mjpeg: 3 };

const WRONG = ['decode-failed', 'bad-payload', 'codec-mismatch', 'unknown-track'];

describeWithServer('a stream of byte-stream video with the Python peer', (server) => {
  describeWithPeer('both ways', () => {
    let room: InteropRoom | null = null;
    let stop = (): void => undefined;
    afterEach(async () => {
      stop();
      await room?.close();
    });

    it.each(['raw', 'png', 'mjpeg'] as const)('%s: the peer observes our robot', { timeout: 60_000 }, async (codec) => {
      room = new InteropRoom(server(), camYaml(`codec: ${codec}`));
      const [{ robot }, desk] = await Promise.all([room.ours.robot(), room.peerOperator('desk')]);
      const film = startFilm(robot);
      stop = () => { film.stop(); };
      await desk.until('observations', () => desk.eventsOf('observation').length >= OBSERVATIONS, 30_000);
      for (const { frames } of desk.eventsOf('observation') as unknown as PeerObservation[]) {
        const cam = frames['cam'];
        expect(cam).toMatchObject({ source: 'live', ...FILM_SIZE });
        const step = film.stepOf(cam?.timestamp_us ?? 0);
        expect(step).not.toBeNull();
        for (const [channel, value] of colourOf(step ?? -1).entries()) expect(Math.abs((cam?.mean[channel] ?? -1) - value)).toBeLessThanOrEqual(TOLERANCE[codec]);
      }
    });

    it.each(['raw', 'png', 'mjpeg'] as const)("%s: we observe the peer's robot", { timeout: 60_000 }, async (codec) => {
      room = new InteropRoom(server(), camYaml(`codec: ${codec}`));
      const [arm, desk] = await Promise.all([room.peerRobot(), room.ours.operator('desk')]);
      await arm.tell('start');
      await until('observations', () => desk.observations.length >= OBSERVATIONS, { deadlineMs: 30_000, seen: () => desk.warnings });
      await arm.tell('stop');
      for (const { frames } of desk.observations) {
        const frame = frames['cam']?.frame;
        expect(frame).toMatchObject({ ...FILM_SIZE, format: 'rgb24' });
        const data = frame?.data ?? new Uint8Array();
        // The colour of the first pixel tells the step; every other one must agree.
        const step = Math.round(((data[0] ?? 0) - 40) / 10);
        const wanted = flatPicture(colourOf(step));
        let worst = 0;
        for (let at = 0; at < wanted.length; at += 1) worst = Math.max(worst, Math.abs((data[at] ?? -1) - (wanted[at] ?? 0)));
        expect(worst).toBeLessThanOrEqual(TOLERANCE[codec]);
      }
      // A busy machine may leave out a frame, late or too many at a time; it may never take one for another.
      expect(desk.warnings.filter((tag) => WRONG.includes(tag))).toEqual([]);
    });
  });
});
