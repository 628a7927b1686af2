import { createHash } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { collect, gradient, meanError, noise, type Picture, sendEach } from '../fakes/frame-film.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { until } from '../fakes/until.ts';
import { describeWithPeer } from '../fakes/with-python-peer.ts';
import { InteropRoom } from './both-ways.ts';
import { camYaml, type PeerFrame } from './film.ts';

const T0 = 1_700_000_000_000_000;

const digest = (rgb: Uint8Array): string => createHash('sha256').update(rgb).digest('hex');

describeWithServer('byte-stream video with the Python peer', (server) => {
  describeWithPeer('both ways', () => {
    let room: InteropRoom | null = null;
    afterEach(async () => { await room?.close(); });

    /** Noise, an odd size, and one pixel. */
    const exact: Picture[] = [noise(64, 48, 1), noise(33, 17, 2), noise(1, 1, 3), noise(320, 240, 4)];

    it.each(['raw', 'png'])('%s: the peer observes our robot, pixel by pixel', { timeout: 60_000 }, async (codec) => {
      room = new InteropRoom(server(), camYaml(`codec: ${codec}`));
      const [{ robot }, desk] = await Promise.all([room.ours.robot(), room.peerOperator('desk')]);
      await until('the operator', () => robot.operators.includes('desk'));
      for (const [index, picture] of exact.entries()) {
        robot.sendState({ n: index }, T0 + index * 1_000_000);
        await sendEach(robot, 'cam', [picture], T0 + index * 1_000_000);
        await desk.until(`observation ${index}`, () => desk.eventsOf('observation').length === index + 1);
      }
      const frames = desk.eventsOf('observation').map((event) => (event['frames'] as Record<string, PeerFrame>)['cam']);
      for (const [index, { width, height, rgb }] of exact.entries()) {
        expect(frames[index]).toMatchObject({ source: 'live', width, height, timestamp_us: T0 + index * 1_000_000, sha256: digest(rgb) });
      }
    });

    it('mjpeg: the peer observes our robot, close', { timeout: 60_000 }, async () => {
      room = new InteropRoom(server(), camYaml('codec: mjpeg, quality: 95'));
      const [{ robot }, desk] = await Promise.all([room.ours.robot(), room.peerOperator('desk')]);
      await until('the operator', () => robot.operators.includes('desk'));
      robot.sendState({ n: 1 }, T0);
      await sendEach(robot, 'cam', [gradient(161, 121)], T0);
      await desk.until('the observation', () => desk.eventsOf('observation').length === 1);
      const frame = (desk.eventsOf('observation')[0]?.['frames'] as Record<string, PeerFrame> | undefined)?.['cam'];
      expect(frame).toMatchObject({ width: 161, height: 121, timestamp_us: T0 });
      for (const mean of frame?.mean ?? [0]) expect(Math.abs(mean - 127.5)).toBeLessThan(3);
    });

    it.each(['raw', 'png', 'mjpeg'])('%s: we observe the peer’s robot', { timeout: 60_000 }, async (codec) => {
      room = new InteropRoom(server(), camYaml(codec === 'mjpeg' ? 'codec: mjpeg, quality: 95' : `codec: ${codec}`));
      const [arm, desk] = await Promise.all([room.peerRobot(), room.ours.operator('desk')]);
      await until('the robot', () => desk.operator.robotIdentity === 'arm');
      const frames = collect(desk.operator, 'cam');
      const pictures = codec === 'mjpeg' ? [gradient(161, 121), gradient(320, 240)] : exact;
      for (const [index, { width, height, rgb }] of pictures.entries()) {
        await arm.tell('state', { values: { n: index }, timestamp_us: T0 + index * 1_000_000 });
        await arm.tell('frame', { track: 'cam', pixels: Buffer.from(rgb).toString('base64'), width, height, timestamp_us: T0 + index * 1_000_000 });
        await until(`frame ${index}`, () => frames.length === index + 1, { seen: () => desk.warnings });
      }
      await until('observations', () => desk.observations.length === pictures.length);
      for (const [index, { width, height, rgb }] of pictures.entries()) {
        expect(frames[index]).toMatchObject({ width, height, format: 'rgb24', timestampUs: T0 + index * 1_000_000 });
        const data = frames[index]?.data ?? new Uint8Array();
        if (codec === 'mjpeg') expect(meanError(data, rgb)).toBeLessThan(6);
        else expect(digest(data)).toBe(digest(rgb));
        expect(desk.observations[index]?.frames['cam']?.source).toBe('live');
      }
      expect(desk.operator.metrics().transport.frames_received).toEqual({ cam: pictures.length });
    });
  });
});
