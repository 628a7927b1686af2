import type { Clock } from '../../shared/portal/clock.ts';
import { PortalError } from '../../shared/portal/errors.ts';
import type { FrameCodec } from '../../shared/portal/frame-codec.ts';
import { TEST_CAMERA_VIEWS, type CameraConfig } from '../../shared/station-config-cameras.ts';
import type { PoseSource, WebcamSource } from '../ports.ts';
import { commandCamera } from './command-camera.ts';
import type { Camera } from './device.ts';
import { TestCamera } from './test-camera.ts';
import { webcam } from './webcam.ts';

/** What cameras need beside a clock; null = this runtime has none. */
export interface CameraParts {
  jpeg: FrameCodec | null;
  webcams: WebcamSource | null;
}

/** The camera of a configuration, closed still. Throws NOT_SUPPORTED, DEVICE_FAILED. */
export function createCamera(config: CameraConfig & { fps: number }, pose: PoseSource, clock: Clock, { jpeg, webcams }: CameraParts): Camera {
  const { name } = config;
  switch (config.kind) {
    case 'test':
      return new TestCamera({ ...config, view: config.view ?? TEST_CAMERA_VIEWS.find((known) => known === name) ?? 'front', clock, pose });
    case 'command':
      if (jpeg === null) throw new PortalError('NOT_SUPPORTED', `The JPEG library cannot be loaded here, and camera ${name} gives JPEG pictures`, { fix: 'Have its program write rgb24 or i420.' });
      return commandCamera({ ...config, clock, jpeg });
    case 'webcam':
      if (webcams !== null) return webcam(config, webcams, clock);
      throw new PortalError('NOT_SUPPORTED', `Camera ${name} is a webcam, which this program cannot open`, { fix: 'Use kind: command with ffmpeg, for instance.' });
  }
}
