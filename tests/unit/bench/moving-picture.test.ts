import { describe, expect, it } from 'vitest';
import { frameOffset } from '../../bench/moving-picture.ts';

describe('the moving picture', () => {
  const video = { file: '', width: 64, height: 48, fps: 30, rowsPerFrame: 4, codec: 'h264', quality: 90 } as const;
  const stride = video.width * 3;
  const fileBytes = stride * (video.height + 24);

  it('slides to the end and back, a whole frame inside the file at every step', () => {
    const rows = Array.from({ length: 14 }, (_, step) => frameOffset(video, fileBytes, step) / stride);
    expect(rows).toEqual([0, 4, 8, 12, 16, 20, 24, 20, 16, 12, 8, 4, 0, 4]);
    for (const row of rows) expect((row + video.height) * stride).toBeLessThanOrEqual(fileBytes);
  });
});
