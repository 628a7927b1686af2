import { afterEach, expect, it } from 'vitest';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { until } from '../fakes/until.ts';
import { describeWithPeer } from '../fakes/with-python-peer.ts';
import { InteropRoom } from './both-ways.ts';
import { camYaml, FILM_SIZE, startFilm, WINDOW_US, type PeerObservation } from './film.ts';

const OBSERVATIONS = 10;
/** Always the same, so that what a codec makes of it can be compared closely. */
const COLOUR = [120, 60, 90] as const;

describeWithServer('WebRTC codecs with the Python peer', (server) => {
  describeWithPeer('both ways', () => {
    let room: InteropRoom | null = null;
    let stop = (): void => undefined;
    afterEach(async () => {
      stop();
      await room?.close();
    });

    const videos = ['codec: h264', 'codec: vp8', 'codec: vp9', 'codec: h264, max_bitrate_kbps: 500'];

    it.each(videos)('{ %s }: the peer observes our robot', { timeout: 60_000 }, async (video) => {
      room = new InteropRoom(server(), camYaml(video));
      const [{ robot, warnings }, desk] = await Promise.all([room.ours.robot(), room.peerOperator('desk')]);
      const film = startFilm(robot, (step) => ({ n: step }), () => COLOUR);
      stop = () => { film.stop(); };
      await desk.until('observations', () => desk.eventsOf('observation').length >= OBSERVATIONS, 30_000);
      for (const { timestamp_us, frames } of desk.eventsOf('observation') as unknown as PeerObservation[]) {
        const cam = frames['cam'];
        expect(film.stepOf(timestamp_us)).not.toBeNull();
        expect(cam).toMatchObject({ source: 'live', ...FILM_SIZE });
        expect(film.stepOf(cam?.timestamp_us ?? 0)).not.toBeNull();
        expect(Math.abs((cam?.timestamp_us ?? 0) - timestamp_us)).toBeLessThan(WINDOW_US);
        for (const [channel, value] of COLOUR.entries()) expect(Math.abs((cam?.mean[channel] ?? -1) - value)).toBeLessThan(6);
      }
      expect(warnings).not.toContain('publish-failed');
    });

    it.each(videos)('{ %s }: we observe the peer’s robot', { timeout: 60_000 }, async (video) => {
      room = new InteropRoom(server(), camYaml(video));
      const [arm, desk] = await Promise.all([room.peerRobot(), room.ours.operator('desk')]);
      await arm.tell('start');
      await until('observations', () => desk.observations.length >= OBSERVATIONS, { deadlineMs: 30_000, seen: () => desk.warnings });
      await arm.tell('stop');
      for (const { timestampUs, frames } of desk.observations) {
        const cam = frames['cam'];
        expect(cam?.source).toBe('live');
        expect(cam?.frame).toMatchObject({ ...FILM_SIZE, format: 'rgb24' });
        expect(Math.abs((cam?.frame?.timestampUs ?? 0) - timestampUs)).toBeLessThan(WINDOW_US);
      }
      expect(desk.warnings).not.toContain('codec-mismatch');
    });
  });
});
