import type { Clock } from '../../shared/portal/clock.ts';
import { PortalError } from '../../shared/portal/errors.ts';
import type { VideoFrame } from '../../shared/portal/types.ts';
import type { TestCameraView } from '../../shared/station-config-cameras.ts';
import type { Pose } from '../motion.ts';
import { startTicker } from '../ticker.ts';
import type { Camera } from './device.ts';
import { TestScene } from './test-scene.ts';

export interface TestCameraOptions {
  name: string;
  width: number;
  height: number;
  fps: number;
  view: TestCameraView;
  clock: Clock;
  /** Where the arm is at this moment. */
  pose: () => Pose;
}

/** A camera that draws what it would see: the follower's real pose, a clock, and the capture time as a strip. */
export class TestCamera implements Camera {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly #options: TestCameraOptions;
  #stop: (() => void) | null = null;

  /** Throws DEVICE_FAILED for sizes that cannot be drawn. */
  constructor(options: TestCameraOptions) {
    if (options.width % 2 !== 0 || options.height % 2 !== 0 || options.width < 160 || options.height < 120) {
      throw new PortalError('DEVICE_FAILED', `The test camera ${options.name} cannot have this size`, { expected: 'even, at least 160x120', got: `${options.width}x${options.height}` });
    }
    this.name = options.name;
    this.width = options.width;
    this.height = options.height;
    this.fps = options.fps;
    this.#options = options;
  }

  open(onFrame: (frame: VideoFrame) => void): Promise<void> {
    if (this.#stop !== null) return Promise.reject(new PortalError('DEVICE_FAILED', `The camera ${this.name} is open already`));
    const { clock, pose, view } = this.#options;
    const scene = new TestScene({ width: this.width, height: this.height, view, label: this.name });
    this.#stop = startTicker(clock, this.fps, () => {
      const timestampUs = clock.nowUs();
      onFrame({ track: this.name, width: this.width, height: this.height, format: 'i420', data: scene.draw(pose(), timestampUs), timestampUs });
    });
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#stop?.();
    this.#stop = null;
    return Promise.resolve();
  }
}
