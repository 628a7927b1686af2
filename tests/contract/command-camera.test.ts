import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as passed } from 'node:timers/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { JpegCodec } from '../../main/codecs/jpeg.ts';
import { startCameraProgram } from '../../main/devices/camera-program.ts';
import { commandCamera } from '../../main/devices/command-camera.ts';
import type { Camera } from '../../main/devices/device.ts';
import { systemClock } from '../../main/system-clock.ts';
import type { Clock } from '../../shared/portal/clock.ts';
import type { PortalError } from '../../shared/portal/errors.ts';
import type { VideoFrame } from '../../shared/portal/types.ts';
import type { CommandFormat } from '../../shared/station-config-cameras.ts';
import { makeFilm, type FilmFolder } from '../fakes/film-pictures.ts';
import { until } from '../fakes/until.ts';
import { cameraContract } from './camera-suite.ts';

/** Real programs behind real pipes. */
const WIDTH = 160;
const HEIGHT = 120;
const FPS = 20;
/** Most bytes that a pipe hands over at once. */
const LARGEST_CHUNK = 64 * 1024;

let film: FilmFolder;
const open: Camera[] = [];
beforeAll(async () => {
  film = await makeFilm(WIDTH, HEIGHT);
});
afterAll(() => film.remove());
afterEach(async () => {
  await Promise.all(open.splice(0).map((camera) => camera.close()));
});

interface Settings {
  format?: CommandFormat;
  run?: readonly string[];
  fps?: number;
  width?: number | null;
  latencyMs?: number;
  clock?: Clock;
}

/** What a camera has until its first picture. */
const OPENING_MS = 10_000;
const SLICE_MS = 10;

/** Gives a camera up whose program was heard three times without a picture: not earlier however slow it starts, and not only after 10 s. */
function heardThrice(): Clock {
  let giveUp = (): void => undefined;
  let slices = 0;
  return {
    ...systemClock,
    after(ms, task) {
      if (ms === OPENING_MS) {
        giveUp = task;
        return () => { giveUp = () => undefined; };
      }
      return systemClock.after(ms, () => {
        task();
        // Begun by what the program writes.
        if (ms === SLICE_MS && ++slices === 3) giveUp();
      });
    },
  };
}

function camera({ format = 'mjpeg', run = film.run(format, '--fps', String(FPS)), fps = FPS, width = WIDTH, latencyMs = 0, clock = systemClock }: Settings = {}): Camera {
  const size = width === null ? { width: null, height: null } : { width, height: HEIGHT };
  const made = commandCamera({ kind: 'command', name: 'wrist', run: [...run], format, ...size, fps, latency_ms: latencyMs, clock, jpeg: new JpegCodec() });
  open.push(made);
  return made;
}

async function failure(opening: Promise<void>): Promise<PortalError> {
  return opening.then(() => expect.fail('it opened'), (thrown: unknown) => thrown as PortalError);
}

for (const format of ['mjpeg', 'rgb24', 'i420'] as const) {
  cameraContract(`a command camera of ${format}`, () => ({
    camera: camera({ format }),
    nowUs: () => systemClock.nowUs(),
    pass: async (ms) => void (await passed(ms)),
    format: format === 'i420' ? 'i420' : 'rgb24',
    isOutside: true,
  }));
}

describe('a command camera', () => {
  it('gives the bytes that the program wrote, picture by picture', async () => {
    const wanted = [40, 90, 140, 190].map((grey) => readFileSync(join(film.path, `${grey}.i420`)));
    const frames: VideoFrame[] = [];
    await camera({ format: 'i420' }).open((frame) => frames.push(frame));
    await until('six pictures', () => frames.length >= 6);
    for (const { data } of frames) expect(wanted.some((bytes) => bytes.equals(data))).toBe(true);
    expect(new Set(frames.map(({ data }) => data[0])).size).toBeGreaterThan(1);
  });

  it('takes its size from the pictures where none is told', async () => {
    const made = camera({ width: null });
    expect(made.width).toBe(0);
    await made.open(() => undefined);
    expect([made.width, made.height]).toEqual([WIDTH, HEIGHT]);
  });

  it('finds its way into a stream that begins in the middle of a picture', async () => {
    let count = 0;
    await camera({ run: film.run('mjpeg', '--offset', '100', '--fps', String(FPS)) }).open(() => (count += 1));
    await until('pictures', () => count > 2);
  });

  it('takes the latency that it is told off the time', async () => {
    const ages: number[] = [];
    await camera({ latencyMs: 2000 }).open(({ timestampUs }) => ages.push(systemClock.nowUs() - timestampUs));
    expect(Math.min(...ages)).toBeGreaterThanOrEqual(2_000_000);
  });

  it('says that the program is not there', async () => {
    const error = await failure(camera({ run: ['/nowhere/ffmpeg', '-i', 'x'] }).open(() => undefined));
    expect(error).toMatchObject({ code: 'CAMERA_FAILED', message: expect.stringContaining('/nowhere/ffmpeg') as string, details: { fix: expect.stringContaining('run') as string } });
  });

  it('says that the program cannot be started with these arguments', async () => {
    const error = await failure(camera({ run: ['cat', 'a\0b'] }).open(() => undefined));
    expect(error).toMatchObject({ code: 'CAMERA_FAILED', message: 'The program of camera wrist could not be started', details: { got: expect.stringContaining('null bytes') as unknown, fix: expect.stringContaining('station.yaml') as unknown } });
  });

  it('says with which words the program ended', async () => {
    const error = await failure(camera({ run: film.run('mjpeg', '--end-after', '0') }).open(() => undefined));
    expect(error).toMatchObject({ code: 'CAMERA_FAILED', message: expect.stringContaining('code 3') as string, details: { got: 'film begins | no such device: /dev/video9' } });
  });

  it('starts the program again when it ends, and says both once', async () => {
    const troubles: (string | null)[] = [];
    let count = 0;
    const end = join(film.path, 'end');
    await camera({ run: film.run('mjpeg', '--end-at', end, '--fps', '50'), fps: 50 }).open(
      () => (count += 1),
      (error) => troubles.push(error?.details.got ?? null),
    );
    for (const times of [1, 2]) {
      writeFileSync(end, '');
      await until('its end', () => troubles.length === 2 * times - 1);
      rmSync(end);
      const before = count;
      await until('it to come back', () => troubles.length === 2 * times && count > before, { deadlineMs: 30_000 });
    }
    expect(troubles).toEqual(['film begins | no such device: /dev/video9', null, 'film begins | no such device: /dev/video9', null]);
  });

  it('notices that the program stalls, and starts it again', async () => {
    const troubles: (PortalError | null)[] = [];
    await camera({ run: film.run('mjpeg', '--stall-after', '3', '--fps', '50', '--deaf') }).open(() => undefined, (error) => troubles.push(error));
    await until('loss and return', () => troubles.length >= 2, { deadlineMs: 30_000 });
    expect(troubles[0]).toMatchObject({ code: 'CAMERA_FAILED', message: expect.stringContaining('no pictures') as string });
    expect(troubles[1]).toBeNull();
  });

  it('refuses pictures of another size, and says so', async () => {
    const error = await failure(camera({ width: 320, clock: heardThrice() }).open(() => undefined));
    expect(error.details.got).toContain(`pictures of ${WIDTH}x${HEIGHT} instead of 320x${HEIGHT}`);
  });

  it('says that what comes is no picture', async () => {
    const noise = join(film.path, 'noise');
    writeFileSync(noise, Buffer.alloc(20_000, 'no picture at all'));
    const [node = '', program = ''] = film.run('mjpeg');
    const error = await failure(camera({ run: [node, program, '--fps', '50', noise], clock: heardThrice() }).open(() => undefined));
    expect(error.details.got).toMatch(/\d+ bytes that are no JPEG picture/u);
  });

  it('ends the program with its children when it is closed, deaf ones too', async () => {
    // `sh` is only this test's way to have a child below the program.
    const pidFile = join(film.path, 'pids');
    const script = `"$@" & echo $$ $! > ${pidFile}; wait`;
    const made = camera({ run: ['/bin/sh', '-c', script, 'sh', ...film.run('mjpeg', '--deaf')] });
    await made.open(() => undefined);
    let pids: number[] = [];
    await until('both to be named', () => {
      pids = existsSync(pidFile) ? (readFileSync(pidFile, 'utf8').match(/\d+/gu) ?? []).map(Number) : [];
      return pids.length === 2;
    });
    await made.close();
    await until('both to be gone', () => pids.every((pid) => !isAlive(pid)));
  });

  it.skipIf(process.platform !== 'linux')('whose program cannot be killed is given up when it is closed, with the number of its process, and not opened again before that has ended', async () => {
    const holder = join(film.path, 'close-holder');
    const made = camera({ run: film.run('mjpeg', '--fps', String(FPS), '--hang', holder) });
    await made.open(() => undefined);
    const error = await failure(made.close());
    expect(error).toMatchObject({ code: 'CAMERA_FAILED', message: expect.stringContaining('does not end') as string, details: { got: expect.stringMatching(/^process \d+, /u) as string } });
    expect(isAlive(Number(/\d+/u.exec(error.details.got ?? '')?.[0]))).toBe(false);
    expect(await failure(made.open(() => undefined))).toBe(error);
    expect(await failure(made.close())).toBe(error);
    process.kill(Number(readFileSync(holder, 'utf8')), 'SIGKILL');
    await expect.poll(() => made.close().then(() => 'free', () => 'hangs'), { timeout: 30_000 }).toBe('free');
    await made.open(() => undefined);
  });

  it.skipIf(process.platform !== 'linux')('whose program stalls and cannot be killed is not started a second time beside it, says why, and is back once that has ended', async () => {
    const [holder, begun] = [join(film.path, 'stall-holder'), join(film.path, 'begun')];
    const script = `echo begun >> ${begun}; exec "$@"`;
    const troubles: (string | null)[] = [];
    await camera({ run: ['/bin/sh', '-c', script, 'sh', ...film.run('mjpeg', '--stall-after', '3', '--fps', '50', '--hang', holder)] }).open(
      () => undefined,
      (error) => troubles.push(error?.message ?? null),
    );
    await until('both troubles', () => troubles.length === 2, { deadlineMs: 30_000 });
    expect(troubles).toEqual(['The camera wrist gives no pictures', 'The program of camera wrist was killed and does not end']);
    expect(readFileSync(begun, 'utf8')).toBe('begun\n');
    process.kill(Number(readFileSync(holder, 'utf8')), 'SIGKILL');
    await until('its return', () => troubles.length === 3, { deadlineMs: 30_000 });
    expect(troubles[2]).toBeNull();
  });

  it('keeps keys and tokens from the program', async () => {
    process.env['LIVEKIT_API_SECRET'] = 'top-secret';
    try {
      const error = await failure(camera({ run: [process.execPath, '-e', 'console.error(`secret ${process.env.LIVEKIT_API_SECRET}`)'] }).open(() => undefined));
      expect(error.details.got).toBe('secret undefined');
    } finally {
      delete process.env['LIVEKIT_API_SECRET'];
    }
  });

  describe.each(['mjpeg', 'rgb24'] as const)('whose program floods with %s', (format) => {
    let large: FilmFolder;
    beforeAll(async () => {
      large = await makeFilm(640, 480);
    });
    afterAll(() => large.remove());

    it('takes a slice of it at a time, so that what it costs the loop has a limit', async () => {
      const bytesPerSlice = 1024 * 1024;
      const due: (() => void)[] = [];
      let taken = 0;
      // A slice lasts until it is ended below.
      const clock: Clock = { ...systemClock, after: (ms, task) => (ms === SLICE_MS ? (due.push(task), () => undefined) : systemClock.after(ms, task)) };
      const program = startCameraProgram({ name: 'flood', run: large.run(format, '--fps', '0'), clock, bytesPerSlice }, { onBytes: ({ byteLength }) => (taken += byteLength), onEnd: () => undefined, onStuck: () => undefined });
      try {
        for (let slice = 1; slice <= 5; slice += 1) {
          await until(`slice ${slice}`, () => taken > slice * bytesPerSlice);
          // Many slices' time.
          await passed(100);
          expect(taken).toBeLessThanOrEqual(slice * (bytesPerSlice + LARGEST_CHUNK));
          for (const end of due.splice(0)) end();
        }
      } finally {
        await program.stop();
      }
    });

    it('gives no more pictures than were asked for', async () => {
      const flooding = commandCamera({ kind: 'command', name: 'flood', run: large.run(format, '--fps', '0'), format, width: 640, height: 480, fps: 10, latency_ms: 0, clock: systemClock, jpeg: new JpegCodec() });
      open.push(flooding);
      let count = 0;
      const startUs = systemClock.nowUs();
      await flooding.open(() => (count += 1));
      await passed(2000);
      await flooding.close();
      expect(count).toBeGreaterThan(2);
      // A camera's clock may be a tenth faster, and two may come at once.
      expect(count).toBeLessThanOrEqual(((systemClock.nowUs() - startUs) / 1_000_000) * 11 + 2);
    });
  });
});

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/mu.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
