import { RoomServiceClient, type TrackInfo } from 'livekit-server-sdk';
import { afterEach, expect, it } from 'vitest';
import { validateConfig, type VideoInput } from '../../shared/portal/config.ts';
import type { WebRtcCodec } from '../../shared/portal/transport.ts';
import type { VideoFrame } from '../../shared/portal/types.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { PortalSession, type SeenOperator, type SeenRobot } from '../fakes/portal-session.ts';
import { until } from '../fakes/until.ts';

const SIZE = { width: 640, height: 480 };
/** States wait 2 s for their frames: on a busy machine an encoder brings them that much later. */
const SLACK = 60;
const PERIOD_MS = 33;
const FRAMES = 20;

describeWithServer('WebRTC codecs on a real server', (server) => {
  let session: PortalSession | null = null;
  let stop = (): void => undefined;
  afterEach(async () => {
    stop();
    await session?.close();
  });

  /** A robot that films and an operator that watches; `frames` fills. */
  async function film(video: Omit<VideoInput, 'name'>): Promise<{ robot: SeenRobot; desk: SeenOperator; frames: VideoFrame[]; sentUs: Set<number>; warnings: string[] }> {
    const config = validateConfig({ session: 'codecs', fps: 30, slack: SLACK, state: [{ name: 'n', dtype: 'i32' }], videos: [{ name: 'cam', ...video }] });
    session = new PortalSession(server(), config);
    const [robot, desk] = [await session.robot(), await session.operator('desk')];
    const frames: VideoFrame[] = [];
    const warnings: string[] = [];
    robot.robot.onWarning(({ message }) => { warnings.push(message); });
    desk.operator.onVideoFrame('cam', (frame) => { frames.push(frame); });
    const sentUs = new Set<number>();
    let step = 0;
    const timer = setInterval(() => {
      const timestampUs = Date.now() * 1000;
      sentUs.add(timestampUs);
      robot.robot.sendVideoFrame('cam', pictureOf(step), { ...SIZE, timestampUs });
      robot.robot.sendState({ n: step }, timestampUs);
      step += 1;
    }, PERIOD_MS);
    stop = () => { clearInterval(timer); };
    return { robot, desk, frames, sentUs, warnings };
  }

  async function publishedTrack(): Promise<TrackInfo | undefined> {
    const rooms = new RoomServiceClient(server().url.replace(/^ws/, 'http'), server().apiKey, server().apiSecret);
    const people = await rooms.listParticipants(session?.room ?? '');
    return people.find(({ identity }) => identity === 'robot')?.tracks[0];
  }

  const isAny = (): boolean => true;
  const isFull = ({ width, height }: VideoFrame): boolean => width === SIZE.width && height === SIZE.height;
  const flow = (frames: readonly VideoFrame[], counts: (frame: VideoFrame) => boolean, seen: () => unknown): Promise<void> =>
    until('frames', () => frames.filter(counts).length >= FRAMES, { deadlineMs: 60_000, seen });

  it.each<WebRtcCodec>(['h264', 'vp8', 'vp9', 'av1'])('carries %s under its own name, each frame with the timestamp it was sent with', async (codec) => {
    const { robot, desk, frames, sentUs } = await film({ codec });
    // An engine that is short of time sends smaller pictures for a while, rather than fewer.
    await flow(frames, isAny, () => ({ robot: robot.warnings, desk: desk.warnings, size: frames.at(-1)?.width }));
    await until('one of full size', () => frames.some(isFull), { seen: () => frames.at(-1)?.width });
    for (const { timestampUs, width, height, format } of frames) {
      expect(sentUs).toContain(timestampUs);
      expect([format, (width / height).toFixed(2)]).toEqual(['rgb24', (SIZE.width / SIZE.height).toFixed(2)]);
    }
    expect((await publishedTrack())?.mimeType.toLowerCase()).toBe(`video/${codec}`);
    await until('observations', () => desk.observations.length > 0, { seen: () => desk.drops.length });
    expect(desk.warnings).not.toContain('codec-mismatch');
    expect(robot.warnings).not.toContain('publish-failed');
  });

  it('carries h265, or says that this machine cannot encode it and takes the track back', async () => {
    const { robot, frames, warnings } = await film({ codec: 'h265' });
    await until('frames or a refusal', () => frames.length >= FRAMES || robot.warnings.includes('publish-failed'), { deadlineMs: 60_000 });
    if (!robot.warnings.includes('publish-failed')) return;
    expect(warnings.find((message) => message.includes('h265'))).toMatch(/'cam' \(h265\) was not published: NOT_SUPPORTED.*cannot encode h265.*got \w+.*Declare the track/);
    expect(frames).toEqual([]);
    await expect.poll(publishedTrack, { timeout: 30_000 }).toBeUndefined();
  });

  it('carries h264 under a bitrate cap', async () => {
    const { frames } = await film({ codec: 'h264', maxBitrateKbps: 500 });
    await flow(frames, isAny, () => frames.at(-1)?.width);
    await until('one of full size', () => frames.some(isFull), { seen: () => frames.at(-1)?.width });
  });

  it('offers simulcast in layers, and pulls the best one', async () => {
    const { frames } = await film({ codec: 'vp8', simulcast: true });
    // The lower layer is half as large; the best one may be made smaller for a while, and is never that small.
    await flow(frames, ({ width }) => width > SIZE.width / 2, () => frames.at(-1)?.width);
    const track = await publishedTrack();
    expect(track?.simulcast).toBe(true);
    expect(track?.layers.length).toBeGreaterThan(1);
  });

  it('keeps a screencast at its size', async () => {
    const { frames, sentUs } = await film({ codec: 'h264', screencast: true });
    await flow(frames, isAny, () => null);
    for (const frame of frames) {
      expect(sentUs).toContain(frame.timestampUs);
      expect(frame).toMatchObject(SIZE);
    }
  });

  it('refuses an odd size by name, and goes on with even ones', async () => {
    const { robot, frames } = await film({ codec: 'h264' });
    expect(() => robot.robot.sendVideoFrame('cam', new Uint8Array(3 * 641 * 480), { width: 641, height: 480 })).toThrow(
      expect.objectContaining({ code: 'FRAME_INVALID', details: expect.objectContaining({ expected: 'an even width and height', got: '641×480' }) as object }) as Error,
    );
    await flow(frames, isAny, () => robot.warnings);
  });

  it('says on the operator that a track comes in another codec than declared, and shows it all the same', async () => {
    const { desk, frames } = await film({ codec: 'vp8' });
    const other = await (session as PortalSession).operator('other', { config: { videos: validateConfig({ session: 's', videos: [{ name: 'cam', codec: 'h264' }] }).videos } });
    const seen: VideoFrame[] = [];
    other.operator.onVideoFrame('cam', (frame) => { seen.push(frame); });
    await until('the warning and frames', () => other.warnings.includes('codec-mismatch') && seen.length >= 5, { deadlineMs: 60_000, seen: () => other.warnings });
    await flow(frames, isAny, () => desk.warnings);
    expect(desk.warnings).not.toContain('codec-mismatch');
  });
});

/** A slope with a bar that moves: enough for an encoder to have work, little enough for a busy machine. */
function pictureOf(step: number): Uint8Array {
  const pixels = new Uint8Array(SIZE.width * SIZE.height * 3);
  for (let y = 0; y < SIZE.height; y++) pixels.fill(y % 240, y * SIZE.width * 3, (y + 1) * SIZE.width * 3);
  const bar = (step * 8) % (SIZE.height - 40);
  pixels.fill(250, bar * SIZE.width * 3, (bar + 40) * SIZE.width * 3);
  return pixels;
}
