import type { VideoFrame } from '../shared/portal/types.ts';

/** A picture at most `maxWidth` wide, by leaving pixels out: for a glance, not for a model. Even sides; `frame` is borrowed. */
export function thumbOf(frame: VideoFrame, maxWidth: number): VideoFrame {
  const step = Math.max(1, Math.ceil(frame.width / maxWidth));
  const width = Math.max(2, Math.floor(frame.width / step / 2) * 2);
  const height = Math.max(2, Math.floor(frame.height / step / 2) * 2);
  const { data, format } = frame;
  if (format === 'rgb24') {
    const small = new Uint8Array(3 * width * height);
    thin(data, frame.width, small, 0, width, height, step, 3);
    return { ...frame, width, height, data: small };
  }
  const small = new Uint8Array((width * height * 3) / 2);
  const luma = frame.width * frame.height;
  thin(data, frame.width, small, 0, width, height, step, 1);
  for (const plane of [0, 1]) {
    thin(data.subarray(luma + (plane * luma) / 4), frame.width / 2, small, width * height * (1 + plane / 4), width / 2, height / 2, step, 1);
  }
  return { ...frame, width, height, data: small };
}

function thin(from: Uint8Array, fromWidth: number, to: Uint8Array, start: number, width: number, height: number, step: number, bytes: number): void {
  let at = start;
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const source = (row * step * fromWidth + column * step) * bytes;
      for (let byte = 0; byte < bytes; byte += 1) to[at++] = from[source + byte] as number;
    }
  }
}
