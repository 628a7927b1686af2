import type { WebcamPicture } from '../../shared/camera-messages.ts';

/** The part of a VideoFrame that is read here. */
export interface SourceFrame {
  readonly format: string | null;
  readonly displayWidth: number;
  readonly displayHeight: number;
  /** µs on Chromium's steady clock. */
  readonly timestamp: number;
  allocationSize(options?: { format?: 'RGBX' }): number;
  copyTo(destination: Uint8Array, options?: { format?: 'RGBX' }): Promise<unknown>;
}

/**
 * A captured frame as tightly packed pixels: I420 where the camera's format has it at hand, else RGB24. `drawn` gives RGBA of a
 * frame whose pixels cannot be read directly (grey ones of 16 bits, and those that only the GPU has).
 */
export async function toPicture<Frame extends SourceFrame>(frame: Frame, drawn: (frame: Frame) => Uint8Array | Uint8ClampedArray): Promise<WebcamPicture> {
  const { displayWidth: width, displayHeight: height, timestamp: timestampUs } = frame;
  const luma = width * height;
  if (frame.format === 'I420' || frame.format === 'I420A' || frame.format === 'NV12') {
    const planes = new Uint8Array(frame.allocationSize());
    await frame.copyTo(planes);
    const data = frame.format === 'NV12' ? nv12ToI420(planes, luma) : planes.length === (luma * 3) / 2 ? planes : planes.slice(0, (luma * 3) / 2);
    return { width, height, format: 'i420', data, timestampUs };
  }
  if (frame.format === null) return { width, height, format: 'rgb24', data: withoutFourth(drawn(frame), luma), timestampUs };
  const rgbx = new Uint8Array(frame.allocationSize({ format: 'RGBX' }));
  await frame.copyTo(rgbx, { format: 'RGBX' });
  return { width, height, format: 'rgb24', data: withoutFourth(rgbx, luma), timestampUs };
}

/** NV12 has U and V in turn in one plane, I420 one after the other. `luma`: pixels. */
export function nv12ToI420(nv12: Uint8Array, luma: number): Uint8Array {
  const quarter = luma / 4;
  const i420 = new Uint8Array((luma * 3) / 2);
  i420.set(nv12.subarray(0, luma));
  for (let at = 0; at < quarter; at += 1) {
    i420[luma + at] = nv12[luma + 2 * at] as number;
    i420[luma + quarter + at] = nv12[luma + 2 * at + 1] as number;
  }
  return i420;
}

function withoutFourth(rgbx: Uint8Array | Uint8ClampedArray, pixels: number): Uint8Array {
  const rgb = new Uint8Array(3 * pixels);
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    rgb[to] = rgbx[from] as number;
    rgb[to + 1] = rgbx[from + 1] as number;
    rgb[to + 2] = rgbx[from + 2] as number;
  }
  return rgb;
}
