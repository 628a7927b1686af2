import { afterEach, describe, expect, it } from 'vitest';
import { JpegCodec } from '../../main/codecs/jpeg.ts';
import { collect, droppedOf, flat, gradient, meanError, noise, receivedOf, sendEach, sentOf, videoConfig } from '../fakes/frame-film.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { PortalSession, type SeenOperator, type SeenRobot } from '../fakes/portal-session.ts';
import { until } from '../fakes/until.ts';

const T0 = 1_700_000_000_000_000;

describe('the JPEG codec', () => {
  const codec = new JpegCodec();

  it.each([[1, 1], [7, 5], [640, 480], [641, 479]])('brings %i×%i pixels back, close', async (width, height) => {
    // A gradient over a few pixels is steeper than halved chroma can follow.
    const { rgb } = width < 64 ? flat(width, height, [200, 60, 90]) : gradient(width, height);
    const jpeg = await codec.encode({ width, height, rgbBorrow: rgb }, 95);
    expect(meanError(await codec.decode(jpeg, width, height), rgb)).toBeLessThan(6);
  });

  it('refuses what is broken with FRAME_INVALID: cut, garbage, another size', async () => {
    const { rgb, width, height } = noise(64, 48);
    const jpeg = await codec.encode({ width, height, rgbBorrow: rgb }, 90);
    const invalid = expect.objectContaining({ code: 'FRAME_INVALID' }) as Error;
    await expect(codec.decode(jpeg.slice(0, jpeg.byteLength >> 1), width, height)).rejects.toThrow(invalid);
    await expect(codec.decode(new Uint8Array(100), width, height)).rejects.toThrow(invalid);
    await expect(codec.decode(jpeg, width, height - 1)).rejects.toThrow(invalid);
    expect((await codec.decode(jpeg, width, height)).byteLength).toBe(rgb.byteLength);
  });
});

describeWithServer('MJPEG video on a real server', (server) => {
  let session: PortalSession;
  afterEach(async () => { await session.close(); });

  async function open(quality: number): Promise<SeenRobot & SeenOperator> {
    session = new PortalSession(server(), videoConfig({ name: 'cam', codec: 'mjpeg', quality }));
    const robot = await session.robot();
    const desk = await session.operator('desk');
    await until('the robot', () => desk.operator.robotIdentity === 'robot');
    return { ...robot, ...desk };
  }

  it('comes close at quality 95: mean error below 6, timestamp as given', async () => {
    const { robot, operator } = await open(95);
    const frames = collect(operator, 'cam');
    const picture = gradient(320, 240);
    await sendEach(robot, 'cam', [picture], T0);
    await until('the frame', () => frames.length === 1);
    expect(frames[0]).toMatchObject({ width: 320, height: 240, format: 'rgb24', timestampUs: T0 });
    expect(meanError(frames[0]?.data ?? new Uint8Array(), picture.rgb)).toBeLessThan(6);
  });

  it('takes quality from the declaration: 1 is far smaller than 100, and both arrive', async () => {
    const sizes: number[] = [];
    for (const quality of [1, 100]) {
      const { robot, operator } = await open(quality);
      await sendEach(robot, 'cam', [noise(160, 120)], T0);
      await until(`the frame at ${quality}`, () => receivedOf(operator, 'cam') === 1);
      sizes.push(operator.metrics().transport.bytes_received['cam'] ?? 0);
      await session.close();
    }
    expect(sizes[0]).toBeLessThan((sizes[1] ?? 0) / 5);
  });

  it('of 30 fps × 5 s at 540p delivers everything it sent, and what a busy machine cost is counted', async () => {
    const { robot, operator } = await open(80);
    const frames = collect(operator, 'cam');
    const { rgb, width, height } = gradient(960, 540);
    let step = 0;
    await new Promise<void>((resolve) => {
      const film = setInterval(() => {
        robot.sendVideoFrame('cam', rgb, { width, height, timestampUs: T0 + step * 33_333 });
        if ((step += 1) < 150) return;
        clearInterval(film);
        resolve();
      }, 33);
    });
    await until('all of it', () => sentOf(robot, 'cam') + droppedOf(robot, 'cam') === 150);
    // The very last frame is never left out: an older one makes way for it.
    await until('the newest', () => frames.at(-1)?.timestampUs === T0 + 149 * 33_333, { seen: () => [frames.length, operator.warnings()] });
    const missing = sentOf(robot, 'cam') - receivedOf(operator, 'cam');
    // After a pause of this machine several come at once, and old ones are left out; or one stays away for too long. Both are said.
    const lossy = (['decode-slow', 'byte-stream-idle'] as const).some((tag) => operator.warnings()[tag] !== undefined);
    if (!lossy) expect(missing).toBe(0);
    else expect(missing).toBeGreaterThan(0);
    expect(operator.warnings()['decode-failed']).toBeUndefined();
    expect(sentOf(robot, 'cam')).toBeGreaterThan(10);
  });
});
