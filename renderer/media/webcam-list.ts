import type { WebcamInfo } from '../../shared/camera-messages.ts';
import { PortalError } from '../../shared/portal/errors.ts';
import { deviceNames } from '../../shared/webcam-names.ts';

/** Tried out one by one, because the browser tells only bounds. */
const COMMON_SIZES = [[1920, 1080], [1280, 960], [1280, 720], [1024, 768], [800, 600], [640, 480], [640, 360], [320, 240]] as const;

export type NamedDevice = Pick<MediaDeviceInfo, 'deviceId' | 'label'>;

export async function webcams(): Promise<MediaDeviceInfo[]> {
  return (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput');
}

/**
 * The device that is meant: by id, by label (` #2` behind it is the second that has it), else by part of a label, without regard to
 * case; null = the first one. Throws CAMERA_MISSING with the names of those that are there.
 */
export function chooseDevice(devices: readonly NamedDevice[], wanted: string | null): NamedDevice {
  const name = wanted?.toLowerCase() ?? '';
  const names = deviceNames(devices.map(({ label }) => label));
  const found =
    wanted === null
      ? devices[0]
      : (devices.find(({ deviceId }) => deviceId === wanted) ?? devices.find((_device, index) => names[index]?.toLowerCase() === name) ?? devices.find(({ label }) => label.toLowerCase().includes(name)));
  if (found !== undefined) return found;
  const there = names.join(', ');
  throw new PortalError('CAMERA_MISSING', wanted === null ? 'there is no webcam' : `there is no webcam called ${wanted}`, {
    expected: wanted ?? 'a webcam', got: there === '' ? 'none is plugged in' : there, fix: 'Plug it in, or correct device in station.yaml; --list-cameras shows what is there.',
  });
}

export async function listWebcams(withSizes: boolean): Promise<WebcamInfo[]> {
  const list: WebcamInfo[] = [];
  for (const { deviceId, label } of await webcams()) list.push({ id: deviceId, label, sizes: withSizes ? await sizesOf(deviceId) : [] });
  return list;
}

async function sizesOf(deviceId: string): Promise<WebcamInfo['sizes']> {
  const sizes: WebcamInfo['sizes'] = [];
  for (const [width, height] of COMMON_SIZES) {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { deviceId: { exact: deviceId }, width: { exact: width }, height: { exact: height }, frameRate: { ideal: 120 }, resizeMode: { exact: 'none' } } as MediaTrackConstraints });
      const [track] = stream.getVideoTracks();
      sizes.push({ width, height, maxFps: track?.getSettings().frameRate ?? 0 });
      track?.stop();
    } catch {
      // Not a size of this camera.
    }
  }
  return sizes;
}
