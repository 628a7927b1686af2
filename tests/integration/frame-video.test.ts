import { afterEach, describe, expect, it } from 'vitest';
import type { VideoInput } from '../../shared/portal/config.ts';
import { collect, droppedOf, flat, gradient, meanError, noise, type Picture, receivedOf, sendEach, sentOf, videoConfig } from '../fakes/frame-film.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { PortalSession, type SeenOperator, type SeenRobot } from '../fakes/portal-session.ts';
import { until } from '../fakes/until.ts';

const T0 = 1_700_000_000_000_000;
/** States wait 2 s for their frames: on a busy machine video comes that much later. */
const SLACK = 60;

describeWithServer('byte-stream video on a real server', (server) => {
  let session: PortalSession;
  afterEach(async () => { await session.close(); });

  async function open(videos: VideoInput[], seenAs: VideoInput[] = videos): Promise<SeenRobot & SeenOperator> {
    session = new PortalSession(server(), { ...videoConfig(...videos), slack: SLACK });
    const robot = await session.robot();
    const desk = await session.operator('desk', { config: { videos: videoConfig(...seenAs).videos } });
    await until('the robot', () => desk.operator.robotIdentity === 'robot');
    return { ...robot, ...desk, warnings: desk.warnings };
  }

  describe.each(['raw', 'png'] as const)('%s', (codec) => {
    it('brings noise over exact, under the timestamp that was given', async () => {
      const { robot, operator } = await open([{ name: 'cam', codec }]);
      const frames = collect(operator, 'cam');
      const pictures = [noise(64, 48, 1), noise(64, 48, 2)];
      await sendEach(robot, 'cam', pictures, T0);
      await until('both frames', () => frames.length === 2);
      for (const [index, { rgb }] of pictures.entries()) {
        expect(frames[index]).toMatchObject({ track: 'cam', width: 64, height: 48, format: 'rgb24', timestampUs: T0 + index });
        expect(Buffer.compare(frames[index]?.data ?? new Uint8Array(), rgb)).toBe(0);
      }
      const [sent, received] = [robot.metrics().transport, operator.metrics().transport];
      expect(sent.frames_sent).toEqual({ cam: 2 });
      expect(received.frames_received).toEqual({ cam: 2 });
      expect(received.bytes_received).toEqual(sent.bytes_sent);
      expect(received.frame_jitter_us['cam']).toBeGreaterThan(0);
    });

    it('keeps uniform fills, 1×1, 2×2, 8×8, odd sizes, very wide and very tall pictures exact', async () => {
      const { robot, operator } = await open([{ name: 'cam', codec }]);
      const frames = collect(operator, 'cam');
      const pictures: Picture[] = [
        flat(16, 16, [0, 0, 0]), flat(16, 16, [255, 255, 255]), flat(16, 16, [255, 0, 127]), noise(1, 1), noise(2, 2), noise(8, 8), noise(7, 5), noise(101, 33), noise(2048, 8), noise(8, 2048),
      ];
      await sendEach(robot, 'cam', pictures, T0, operator);
      await until('every frame', () => frames.length === pictures.length, { seen: () => frames.map(({ width, height }) => [width, height]) });
      for (const [index, { width, height, rgb }] of pictures.entries()) {
        expect(frames[index]).toMatchObject({ width, height });
        expect(Buffer.compare(frames[index]?.data ?? new Uint8Array(), rgb), `${width}×${height}`).toBe(0);
      }
    });
  });

  it('brings MJPEG over closely, at quality 1, 95 and 100, and in odd sizes', async () => {
    const { robot, operator } = await open([{ name: 'low', codec: 'mjpeg', quality: 1 }, { name: 'cam', codec: 'mjpeg', quality: 95 }, { name: 'high', codec: 'mjpeg', quality: 100 }]);
    const pictures = [gradient(64, 48), gradient(101, 33), gradient(1, 1)];
    for (const [track, mostOff] of [['low', 40], ['cam', 6], ['high', 6]] as const) {
      const frames = collect(operator, track);
      await sendEach(robot, track, pictures, T0, operator);
      await until(`every frame of ${track}`, () => frames.length === pictures.length, { seen: () => frames.length });
      for (const [index, { width, height, rgb }] of pictures.entries()) {
        expect(frames[index]).toMatchObject({ width, height, timestampUs: T0 + index });
        expect(meanError(frames[index]?.data ?? new Uint8Array(), rgb)).toBeLessThan(mostOff);
      }
    }
  });

  it('carries a frame of 2.7 MB', async () => {
    const { robot, operator } = await open([{ name: 'cam', codec: 'raw' }]);
    const frames = collect(operator, 'cam');
    const { rgb, ...size } = noise(1280, 720);
    await sendEach(robot, 'cam', [{ rgb, ...size }], T0);
    await until('it', () => frames.length === 1, { deadlineMs: 60_000, seen: () => operator.warnings() });
    expect(frames[0]).toMatchObject(size);
    expect(Buffer.compare(frames[0]?.data ?? new Uint8Array(), rgb)).toBe(0);
  });

  it('drops frames of another codec than declared: none received, warned as codec-mismatch', async () => {
    const { robot, operator, warnings } = await open([{ name: 'cam', codec: 'raw' }], [{ name: 'cam', codec: 'png' }]);
    await sendEach(robot, 'cam', [noise(8, 8), noise(8, 8)], T0);
    await until('a warning', () => warnings.includes('codec-mismatch'));
    expect(receivedOf(operator, 'cam')).toBe(0);
    expect(operator.getVideoFrame('cam')).toBeNull();
  });

  it('leaves out a track that is not declared here and goes on with the others', async () => {
    const { robot, operator, warnings } = await open([{ name: 'cam', codec: 'raw' }, { name: 'extra', codec: 'raw' }], [{ name: 'cam', codec: 'raw' }]);
    await sendEach(robot, 'extra', [noise(8, 8)], T0);
    await sendEach(robot, 'cam', [noise(8, 8)], T0);
    await until('the declared one', () => receivedOf(operator, 'cam') === 1);
    expect(warnings).toContain('unknown-track');
    expect(operator.metrics().transport.frames_received).toEqual({ cam: 1 });
  });

  it('joins a state and its frame into an observation, and the last frame can be asked for', async () => {
    const { robot, operator, observations } = await open([{ name: 'cam', codec: 'png' }]);
    expect(operator.getVideoFrame('cam')).toBeNull();
    const picture = noise(32, 24);
    robot.sendState({ 'pan.pos': 12 }, T0);
    await sendEach(robot, 'cam', [picture], T0);
    await until('an observation', () => observations.length === 1);
    expect(observations[0]).toMatchObject({ timestampUs: T0, state: { values: { 'pan.pos': 12 } }, frames: { cam: { source: 'live', frame: { width: 32, height: 24, timestampUs: T0 } } } });
    expect(operator.getVideoFrame('cam')).toMatchObject({ width: 32, timestampUs: T0 });
    expect(Buffer.compare(operator.getVideoFrame('cam')?.data ?? new Uint8Array(), picture.rgb)).toBe(0);
  });

  it('lets a state wait for its first frame', async () => {
    const { robot, operator, observations } = await open([{ name: 'cam', codec: 'raw' }]);
    robot.sendState({ 'pan.pos': 1 }, T0);
    await until('the state', () => operator.getState()?.timestampUs === T0);
    expect(observations).toEqual([]);
    await sendEach(robot, 'cam', [noise(8, 8)], T0);
    await until('the observation', () => observations.length === 1);
  });

  it('mixes WebRTC and byte-stream tracks in one observation', async () => {
    const { robot, observations } = await open([{ name: 'media', codec: 'h264' }, { name: 'cam', codec: 'raw' }, { name: 'exact', codec: 'png' }]);
    const media = flat(320, 240, [200, 60, 90]);
    const small = noise(16, 16);
    let step = 0;
    const film = setInterval(() => {
      const timestampUs = T0 + (step += 1) * 33_333;
      robot.sendState({ 'pan.pos': step }, timestampUs);
      robot.sendVideoFrame('media', media.rgb, { width: 320, height: 240, timestampUs });
      for (const track of ['cam', 'exact']) robot.sendVideoFrame(track, small.rgb, { width: 16, height: 16, timestampUs });
    }, 33);
    try {
      await until('observations', () => observations.length >= 5, { deadlineMs: 60_000 });
    } finally { clearInterval(film); }
    const { frames } = observations.at(-1) ?? expect.unreachable();
    expect(frames['media']).toMatchObject({ source: 'live', frame: { width: 320, height: 240 } });
    for (const track of ['cam', 'exact']) expect(Buffer.compare(frames[track]?.frame?.data ?? new Uint8Array(), small.rgb)).toBe(0);
  });

  it('takes i420 pictures and sends their colours', async () => {
    const { robot, operator } = await open([{ name: 'cam', codec: 'raw' }]);
    const frames = collect(operator, 'cam');
    const [y, u, v] = [81, 90, 240];
    const i420 = new Uint8Array(16 * 16 * 1.5).fill(y as number, 0, 256).fill(u as number, 256, 320).fill(v as number, 320);
    robot.sendVideoFrame('cam', i420, { width: 16, height: 16, timestampUs: T0, format: 'i420' });
    await until('the frame', () => frames.length === 1);
    // BT.601: this is red.
    const [red, green, blue] = frames[0]?.data ?? [];
    expect(red).toBeGreaterThan(240);
    expect(Math.max(green ?? 255, blue ?? 255)).toBeLessThan(15);
  });

  it('survives a burst of 200 frames: the first and the newest arrive, sent and dropped make 200', async () => {
    const { robot, operator } = await open([{ name: 'cam', codec: 'raw' }]);
    const frames = collect(operator, 'cam');
    const { rgb, width, height } = noise(160, 120);
    for (let step = 0; step < 200; step++) robot.sendVideoFrame('cam', rgb, { width, height, timestampUs: T0 + step });
    await until('the newest', () => frames.at(-1)?.timestampUs === T0 + 199);
    await until('everything counted', () => sentOf(robot, 'cam') + droppedOf(robot, 'cam') === 200);
    expect(frames.map(({ timestampUs }) => timestampUs - T0)).toEqual([0, 199]);
    expect(droppedOf(robot, 'cam')).toBe(198);
  });

  it('ends cleanly in the middle of a stream', async () => {
    const { robot, operator } = await open([{ name: 'cam', codec: 'png' }]);
    const { rgb, width, height } = noise(640, 480);
    for (let step = 0; step < 10; step++) robot.sendVideoFrame('cam', rgb, { width, height, timestampUs: T0 + step });
    await robot.disconnect();
    await until('the robot to be gone', () => operator.robotIdentity === null, { deadlineMs: 15_000 });
    expect(() => robot.sendVideoFrame('cam', rgb, { width, height })).toThrow(expect.objectContaining({ code: 'NOT_CONNECTED' }) as Error);
    expect(operator.getVideoFrame('cam')).toBeNull();
  });

  it('counts frames of the pinned robot alone', async () => {
    const { robot, operator, warnings } = await open([{ name: 'cam', codec: 'raw' }]);
    const impostor = await session.robot('impostor');
    await sendEach(impostor.robot, 'cam', [noise(8, 8, 5)], T0);
    await until('a warning', () => warnings.includes('second-robot'));
    await sendEach(robot, 'cam', [noise(8, 8, 6)], T0 + 1);
    await until('the right one', () => receivedOf(operator, 'cam') === 1);
    expect(operator.getVideoFrame('cam')?.timestampUs).toBe(T0 + 1);
  });

  it('decodes nothing for an operator that wants no video, and streams alone for one whose window shows the rest', async () => {
    const { robot, operator } = await open([{ name: 'cam', codec: 'raw' }]);
    const frames = collect(operator, 'cam');
    const other = await session.operator('other');
    operator.setVideoDemand('none');
    await sendEach(robot, 'cam', Array.from({ length: 5 }, () => noise(8, 8)), T0);
    await until('somebody else to have them', () => receivedOf(other.operator, 'cam') === 5);
    // What comes here by the same way after them: none may still be under way when pictures are wanted again.
    operator.registerRpcMethod('barrier', () => '');
    await other.operator.performRpc('barrier', '', { destination: 'desk', responseTimeoutMs: 15_000 });
    operator.setVideoDemand('byte-streams');
    await sendEach(robot, 'cam', [noise(8, 8)], T0 + 10);
    await until('the last', () => frames.at(-1)?.timestampUs === T0 + 10);
    expect(frames[0]?.timestampUs, 'the first ones were left alone').toBeGreaterThan(T0 + 1);
  });

  it.each([[65_536, 1], [0, 8], [8, 0]])('refuses %i×%i at the send call', async (width, height) => {
    const { robot } = await open([{ name: 'cam', codec: 'raw' }]);
    expect(() => robot.sendVideoFrame('cam', new Uint8Array(3 * width * height), { width, height })).toThrow(expect.objectContaining({ code: 'FRAME_INVALID' }) as Error);
  });
});
