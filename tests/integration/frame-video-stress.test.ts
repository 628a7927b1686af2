import { afterEach, expect, it } from 'vitest';
import type { VideoInput } from '../../shared/portal/config.ts';
import { collect, droppedOf, gradient, meanError, noise, receivedOf, sendEach, sentOf, videoConfig } from '../fakes/frame-film.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { PortalSession, type SeenOperator, type SeenRobot } from '../fakes/portal-session.ts';
import { undisturbed } from '../fakes/undisturbed.ts';
import { until } from '../fakes/until.ts';

const T0 = 1_700_000_000_000_000;
const MIB = 1024 * 1024;

describeWithServer('byte-stream video under stress on a real server', (server) => {
  let session: PortalSession;
  afterEach(async () => { await session.close(); });

  async function open(...videos: VideoInput[]): Promise<SeenRobot & SeenOperator> {
    session = new PortalSession(server(), videoConfig(...videos));
    const robot = await session.robot();
    const desk = await session.operator('desk');
    await until('the robot', () => desk.operator.robotIdentity === 'robot');
    return { ...robot, ...desk };
  }

  it.each(['raw', 'png', 'mjpeg'] as const)('carries a 4K frame as %s within 30 s', async (codec) => {
    const { robot, operator } = await open({ name: 'cam', codec });
    const frames = collect(operator, 'cam');
    const picture = gradient(3840, 2160);
    await sendEach(robot, 'cam', [picture], T0);
    await until('the frame', () => frames.length === 1, { deadlineMs: 60_000, seen: () => operator.warnings() });
    expect(frames[0]).toMatchObject({ width: 3840, height: 2160, timestampUs: T0 });
    const data = frames[0]?.data ?? new Uint8Array();
    if (codec === 'mjpeg') expect(meanError(data, picture.rgb)).toBeLessThan(6);
    else expect(Buffer.compare(data, picture.rgb)).toBe(0);
  });

  it('brings three tracks of five frames over whole, each in its order', async () => {
    const tracks = ['a', 'b', 'c'];
    const { robot, operator } = await open(...tracks.map((name): VideoInput => ({ name, codec: 'png' })));
    const seen = tracks.map((track) => collect(operator, track));
    const pictures = Array.from({ length: 5 }, (_, seed) => noise(64, 48, seed + 1));
    await Promise.all(tracks.map((track) => sendEach(robot, track, pictures, T0, operator)));
    await until('all fifteen', () => seen.every((frames) => frames.length === 5));
    for (const frames of seen) {
      expect(frames.map(({ timestampUs }) => timestampUs - T0)).toEqual([0, 1, 2, 3, 4]);
      for (const [index, { data }] of frames.entries()) expect(Buffer.compare(data, pictures[index]?.rgb ?? new Uint8Array())).toBe(0);
    }
  });

  it('gives a late operator every frame after it joined and none from before', async () => {
    const { robot, operator } = await open({ name: 'cam', codec: 'raw' });
    await sendEach(robot, 'cam', [noise(16, 16), noise(16, 16)], T0);
    await until('the first operator to have them', () => receivedOf(operator, 'cam') === 2);
    const late = await session.operator('late');
    const frames = collect(late.operator, 'cam');
    await until('the robot', () => late.operator.robotIdentity === 'robot' && robot.operators.includes('late'));
    await sendEach(robot, 'cam', Array.from({ length: 5 }, () => noise(16, 16)), T0 + 100);
    await until('all five', () => frames.length === 5);
    expect(frames.map(({ timestampUs }) => timestampUs - T0)).toEqual([100, 101, 102, 103, 104]);
  });

  it('at 200 fps of RAW loses some and counts each: sent and dropped make what was offered', async () => {
    const { robot, operator } = await open({ name: 'cam', codec: 'raw' });
    const { rgb, width, height } = noise(320, 240);
    const offered = 200;
    let step = 0;
    await new Promise<void>((resolve) => {
      const film = setInterval(() => {
        robot.sendVideoFrame('cam', rgb, { width, height, timestampUs: T0 + step });
        if ((step += 1) < offered) return;
        clearInterval(film);
        resolve();
      }, 5);
    });
    await until('every frame to be counted', () => sentOf(robot, 'cam') + droppedOf(robot, 'cam') === offered);
    expect(droppedOf(robot, 'cam')).toBeGreaterThan(0);
    await until('those that were sent', () => receivedOf(operator, 'cam') === sentOf(robot, 'cam'), { deadlineMs: 60_000, seen: () => [receivedOf(operator, 'cam'), sentOf(robot, 'cam'), operator.warnings()] });
  });

  it('brings raw frames of 1 to 40 chunks over one by one, each whole and under its time', async () => {
    const { robot, operator } = await open({ name: 'cam', codec: 'raw' });
    const frames = collect(operator, 'cam');
    for (const side of [64, 128, 256, 448]) {
      const picture = noise(side, side);
      for (let count = 0; count < 3; count++) {
        const timestampUs = T0 + frames.length;
        robot.sendVideoFrame('cam', picture.rgb, { width: side, height: side, timestampUs });
        await until('the frame', () => frames.at(-1)?.timestampUs === timestampUs);
        expect(Buffer.compare(frames.at(-1)?.data ?? new Uint8Array(), picture.rgb)).toBe(0);
      }
    }
    expect(droppedOf(robot, 'cam')).toBe(0);
  });

  it('holds its memory over many frames', async () => {
    const { robot, operator } = await open({ name: 'cam', codec: 'png' });
    const picture = gradient(320, 240);
    const run = async (frames: number): Promise<number> => {
      await sendEach(robot, 'cam', Array.from({ length: frames }, () => picture), T0, operator);
      return process.memoryUsage.rss();
    };
    const start = process.memoryUsage.rss();
    let before = await run(60);
    const most = Math.max(25 * MIB, 0.4 * (before - start));
    // What is collected late makes one round grow; what is kept makes every round grow.
    await undisturbed(`120 frames that cost less than ${Math.round(most / MIB)} MiB`, async () => {
      const after = await run(120);
      const grown = after - before;
      before = after;
      return grown < most ? grown : null;
    });
  });

  it('goes through five sessions of three frames', async () => {
    const { robot, operator } = await open({ name: 'cam', codec: 'png' });
    const frames = collect(operator, 'cam');
    for (let cycle = 0; cycle < 5; cycle++) {
      if (cycle > 0) {
        await robot.disconnect();
        await until('the robot to be gone', () => operator.robotIdentity === null);
        await robot.connect(session.url, await session.token('robot'));
        await until('the robot again', () => operator.robotIdentity === 'robot');
      }
      await sendEach(robot, 'cam', [noise(32, 24, 1), noise(32, 24, 2), noise(32, 24, 3)], T0 + 1000 * cycle, operator);
      await until(`cycle ${cycle}`, () => frames.length === 3 * (cycle + 1));
    }
    expect(frames.map(({ timestampUs }) => timestampUs - T0)).toEqual([0, 1, 2, 1000, 1001, 1002, 2000, 2001, 2002, 3000, 3001, 3002, 4000, 4001, 4002]);
  });
});
