import type { FramePortFrame } from '../../shared/console-state.ts';

/** Draws one picture at its own size; the canvas is scaled by its style, so nothing is stretched. */
export function drawPicture(canvas: HTMLCanvasElement, { width, height, format, data, timestampUs }: FramePortFrame): void {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext('2d', { alpha: false, desynchronized: true });
  if (context === null) return;
  if (format === 'rgb24') {
    context.putImageData(new ImageData(toRgba(data), width, height), 0, 0);
    return;
  }
  const frame = new VideoFrame(data, { format: 'I420', codedWidth: width, codedHeight: height, timestamp: timestampUs });
  try {
    context.drawImage(frame, 0, 0);
  } finally {
    frame.close();
  }
}

function toRgba(rgb: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray((rgb.length / 3) * 4);
  for (let from = 0, to = 0; from + 2 < rgb.length; from += 3, to += 4) {
    rgba[to] = rgb[from] ?? 0;
    rgba[to + 1] = rgb[from + 1] ?? 0;
    rgba[to + 2] = rgb[from + 2] ?? 0;
    rgba[to + 3] = 255;
  }
  return rgba;
}
