import { validateConfig, type PortalConfig, type VideoInput } from '../../shared/portal/config.ts';
import type { Operator } from '../../shared/portal/operator.ts';
import type { Robot } from '../../shared/portal/robot.ts';
import type { VideoFrame } from '../../shared/portal/types.ts';
import { SeededRandom } from './seeded-random.ts';
import { until } from './until.ts';

export interface Picture {
  width: number;
  height: number;
  rgb: Uint8Array;
}

/** Pixels that no encoder can guess. */
export function noise(width: number, height: number, seed = 1): Picture {
  const random = new SeededRandom(seed);
  return { width, height, rgb: Uint8Array.from({ length: 3 * width * height }, () => random.integer(0, 255)) };
}

export function flat(width: number, height: number, colour: readonly [number, number, number]): Picture {
  const rgb = new Uint8Array(3 * width * height);
  for (let at = 0; at < rgb.length; at++) rgb[at] = colour[at % 3] as number;
  return { width, height, rgb };
}

/** Soft light in every channel, as a camera sees it. */
export function gradient(width: number, height: number): Picture {
  const rgb = new Uint8Array(3 * width * height);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      rgb[at++] = (255 * x) / Math.max(1, width - 1);
      rgb[at++] = (255 * y) / Math.max(1, height - 1);
      rgb[at++] = 128;
    }
  }
  return { width, height, rgb };
}

/** Mean difference of two pictures of one size, 0–255. */
export function meanError(a: Uint8Array, b: Uint8Array): number {
  if (a.byteLength !== b.byteLength) return 255;
  let sum = 0;
  for (let at = 0; at < a.byteLength; at++) sum += Math.abs((a[at] as number) - (b[at] as number));
  return sum / a.byteLength;
}

/** One state field and these tracks. */
export function videoConfig(...videos: VideoInput[]): PortalConfig {
  return validateConfig({ session: 'frames', fps: 30, state: [{ name: 'pan.pos', dtype: 'f32' }], action: [{ name: 'pan.pos', dtype: 'f32' }], videos });
}

/**
 * Sends one frame after the other, each once the one before is out, so that none replaces another; with `operator`, once it has
 * the one before, so that none waits there for the decoder either.
 */
export async function sendEach(robot: Robot, track: string, pictures: readonly Picture[], firstUs: number, operator?: Operator): Promise<void> {
  for (const [index, { width, height, rgb }] of pictures.entries()) {
    const before = sentOf(robot, track);
    const received = operator === undefined ? 0 : receivedOf(operator, track);
    robot.sendVideoFrame(track, rgb, { width, height, timestampUs: firstUs + index });
    await until(`frame ${index} of ${track} to be sent`, () => sentOf(robot, track) > before, { deadlineMs: 60_000 });
    if (operator !== undefined) await until(`frame ${index} of ${track} to be there`, () => receivedOf(operator, track) > received, { deadlineMs: 60_000, seen: () => operator.warnings() });
  }
}

export function sentOf(robot: Robot, track: string): number {
  return robot.metrics().transport.frames_sent[track] ?? 0;
}

export function droppedOf(robot: Robot, track: string): number {
  return robot.metrics().transport.frames_dropped_publisher_full[track] ?? 0;
}

export function receivedOf(operator: Operator, track: string): number {
  return operator.metrics().transport.frames_received[track] ?? 0;
}

/** Everything that comes on a track, in order. */
export function collect(operator: Operator, track: string): VideoFrame[] {
  const frames: VideoFrame[] = [];
  operator.onVideoFrame(track, (frame) => { frames.push(frame); });
  return frames;
}
