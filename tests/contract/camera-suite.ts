import { describe, expect, it } from 'vitest';
import type { Camera } from '../../main/devices/device.ts';
import type { PixelFormat, VideoFrame } from '../../shared/portal/types.ts';
import { until } from '../fakes/until.ts';

export interface CameraBench {
  camera: Camera;
  nowUs(): number;
  /** Lets time pass on the camera's clock. */
  pass(ms: number): Promise<void>;
  /** Default `i420`. */
  format?: PixelFormat;
  /** A camera in the machine's time, on a machine that may be busy: only roughly so many pictures, and those when they come. */
  isOutside?: boolean;
}

/** What every camera must do. */
export function cameraContract(name: string, make: () => CameraBench): void {
  describe(`${name} as a camera`, () => {
    it('gives pictures of its size, at its rate, stamped with the time of capture', async () => {
      const { camera, nowUs, pass, format = 'i420', isOutside = false } = make();
      const frames: VideoFrame[] = [];
      const startUs = nowUs();
      await camera.open((frame) => frames.push(frame));
      await pass(1000);
      if (isOutside) await until('two pictures', () => frames.length >= 2);
      await camera.close();
      const periods = (camera.fps * (nowUs() - startUs)) / 1_000_000;
      if (!isOutside) expect(frames.length).toBeGreaterThanOrEqual(periods - 1);
      expect(frames.length).toBeLessThanOrEqual(isOutside ? 2 * periods : periods + 1);
      let lastUs = startUs;
      for (const frame of frames) {
        expect(frame).toMatchObject({ track: camera.name, width: camera.width, height: camera.height, format });
        expect(frame.data.byteLength).toBe((camera.width * camera.height * (format === 'i420' ? 3 : 6)) / 2);
        expect(frame.timestampUs).toBeGreaterThan(lastUs);
        lastUs = frame.timestampUs;
      }
      expect(lastUs).toBeLessThanOrEqual(nowUs());
    });

    it('gives every receiver a picture of its own', async () => {
      const { camera, pass, isOutside = false } = make();
      const frames: VideoFrame[] = [];
      await camera.open((frame) => frames.push(frame));
      await pass(200);
      if (isOutside) await until('two pictures', () => frames.length >= 2);
      await camera.close();
      const [first = expect.unreachable(), second = expect.unreachable()] = frames;
      const copy = second.data.slice();
      first.data.fill(0);
      expect(Buffer.compare(second.data, copy)).toBe(0);
    });

    it('is silent once it is closed, and can be opened again', async () => {
      const { camera, pass } = make();
      let count = 0;
      await camera.open(() => (count += 1));
      await camera.close();
      await camera.close();
      const atClose = count;
      await pass(200);
      expect(count).toBe(atClose);
      await camera.open(() => (count += 1));
      await pass(200);
      expect(count).toBeGreaterThan(atClose);
      await camera.close();
    });
  });
}
