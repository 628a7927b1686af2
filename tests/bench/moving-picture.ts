import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchCodec, JobVideo } from './job.ts';

/** Rows beyond one frame's: how far the window slides. */
const EXTRA_ROWS = 240;
const ROWS_PER_FRAME = 4;

export interface PictureSize {
  width: number;
  height: number;
  fps: number;
  /** Default h264. */
  codec?: BenchCodec;
  quality?: number;
  /** Strength of the noise, 0–255: what an encoder cannot shrink. */
  noise?: number;
}

/**
 * Writes the picture that both sides send, so that their encoders have the same work: a camera-like scene (soft light,
 * hard edges, a little sensor noise) over which the frame slides. A frame is a slice of the file: making it costs a
 * copy at most, and nothing is drawn while the clock runs.
 */
export function writeMovingPicture(folder: string, size: PictureSize): JobVideo {
  const { width, height, fps, codec = 'h264', quality = 90, noise: grain = 8 } = size;
  const rows = height + EXTRA_ROWS;
  const pixels = new Uint8Array(width * rows * 3);
  const noise = noiseSource(20_241);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < width; x++) {
      const disc = Math.hypot((x % 160) - 80, (y % 120) - 60) < 34;
      const light = 90 + 60 * Math.sin(x / 90) + 40 * Math.cos(y / 70) + (disc ? 50 : 0) + noise() * grain;
      const at = (y * width + x) * 3;
      pixels[at] = clamp(light);
      pixels[at + 1] = clamp(light * 0.8 + (disc ? 0 : 40));
      pixels[at + 2] = clamp(220 - light * 0.6);
    }
  }
  const file = join(folder, `picture-${width}x${height}-${grain}.rgb`);
  writeFileSync(file, pixels);
  return { file, width, height, fps, rowsPerFrame: ROWS_PER_FRAME, codec, quality };
}

/** Reads the window of frame `step` out of the tall picture; the same sum as the peer's program makes. */
export function frameOffset(video: JobVideo, fileBytes: number, step: number): number {
  const stride = video.width * 3;
  const rows = fileBytes / stride - video.height;
  const turn = (step * video.rowsPerFrame) % (2 * rows);
  return (turn < rows ? turn : 2 * rows - turn) * stride;
}

function clamp(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)));
}

/** The same noise in every run: values from −0.5 to 0.5. */
function noiseSource(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648 - 0.5;
  };
}
