import { setTimeout as passed } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Camera } from '../../main/devices/device.ts';
import { webcam } from '../../main/devices/webcam.ts';
import { systemClock } from '../../main/system-clock.ts';
import type { Clock } from '../../shared/portal/clock.ts';
import type { PortalError } from '../../shared/portal/errors.ts';
import { until } from '../fakes/until.ts';
import { WebcamPlug } from '../fakes/webcam-plug.ts';
import { ManualClock } from '../unit/main/manual-clock.ts';
import { cameraContract } from './camera-suite.ts';

/** The webcam behind a twin of the page that opens it; the page itself, with Chromium's own fake camera, is in tests/e2e/cameras.spec.ts. */
const open: Camera[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((camera) => camera.close()));
});

function bench(latencyMs = 0, clock: Clock = systemClock) {
  const plug = new WebcamPlug(clock);
  const camera = webcam({ kind: 'webcam', name: 'front', device: 'USB', width: 64, height: 48, fps: 50, latency_ms: latencyMs }, plug, clock);
  open.push(camera);
  return { plug, camera };
}

cameraContract('a webcam', () => ({ camera: bench().camera, nowUs: () => systemClock.nowUs(), pass: async (ms) => void (await passed(ms)), isOutside: true }));

describe('a webcam', () => {
  it('that is not there is an error with its name, and no camera', async () => {
    const { plug, camera } = bench();
    plug.isIn = false;
    await expect(camera.open(() => undefined)).rejects.toMatchObject({ code: 'CAMERA_MISSING', message: 'Camera front: it is not there' });
    plug.isIn = true;
    await camera.open(() => undefined);
  });

  it('is lost when it is unplugged, and back as soon as it is plugged in again, each said once', async () => {
    const clock = new ManualClock();
    const pass = async (ms: number): Promise<void> => {
      for (let at = 0; at < ms; at += 10) {
        clock.advance(10);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const { plug, camera } = bench(0, clock);
    const troubles: (PortalError | null)[] = [];
    let count = 0;
    const opening = camera.open(() => (count += 1), (error) => troubles.push(error));
    await pass(100);
    await opening;
    plug.pullOut();
    const atLoss = count;
    // Attempts in vain: the last one after 15.5 s, the next one 10 s after it.
    await pass(20_000);
    expect(count).toBe(atLoss);
    expect(troubles).toMatchObject([{ message: 'Camera front: it was unplugged' }]);
    plug.plugIn();
    await pass(200);
    expect(count).toBeGreaterThan(atLoss + 3);
    expect(troubles.slice(1)).toEqual([null]);
  });

  it('that hangs is opened anew', async () => {
    const { plug, camera } = bench();
    const troubles: (PortalError | null)[] = [];
    await camera.open(() => undefined, (error) => troubles.push(error));
    plug.isSilent = true;
    await until('the loss', () => troubles.length === 1);
    expect(troubles[0]).toMatchObject({ code: 'CAMERA_FAILED', message: expect.stringContaining('no pictures') as string });
    plug.isSilent = false;
    await until('its return', () => troubles.length === 2);
    expect(troubles[1]).toBeNull();
  });

  it('takes the latency that it is told off the time', async () => {
    const ages: number[] = [];
    await bench(500).camera.open(({ timestampUs }) => ages.push(systemClock.nowUs() - timestampUs));
    expect(Math.min(...ages)).toBeGreaterThanOrEqual(500_000);
  });
});
