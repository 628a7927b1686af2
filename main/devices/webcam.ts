import type { Clock } from '../../shared/portal/clock.ts';
import { PortalError } from '../../shared/portal/errors.ts';
import type { WebcamConfig } from '../../shared/station-config-cameras.ts';
import type { WebcamSource } from '../ports.ts';
import { CaptureClock } from './capture-clock.ts';
import type { Camera } from './device.ts';
import { KeptCamera } from './kept-camera.ts';

/** A webcam, opened again whenever it was lost: at once when something is plugged in, else after a while. */
export function webcam({ name, device, width, height, fps, latency_ms: latencyMs }: WebcamConfig & { fps: number }, source: WebcamSource, clock: Clock): Camera {
  return new KeptCamera({
    name,
    width,
    height,
    fps,
    clock,
    onHope: (listener) => source.onChange(listener),
    start(events) {
      const times = new CaptureClock();
      const capture = source.capture({ device, width, height, fps }, {
        onPicture: ({ timestampUs, ...picture }) => events.onPicture({ ...picture, timestampUs: times.hostUs(timestampUs, clock.nowUs(), steadyUs()) - latencyMs * 1000 }),
        onEnd: ({ code, message, details }) => events.onEnd(new PortalError(code, `Camera ${name}: ${message}`, details)),
      });
      return { lastWords: () => '', stop: () => capture.stop() };
    },
  });
}

function steadyUs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000_000 + nanoseconds / 1000;
}
