import type { DraftCamera, StationDraft } from '../../shared/station-config-draft.ts';
import type { WebcamOffer } from '../../shared/station-setup.ts';

/** What the form that makes a station.yaml suggests, and what is not right in it yet. */

const USUAL_TRACKS = ['front', 'wrist', 'top', 'side'] as const;
const USUAL_SIZE = { width: 640, height: 480 } as const;

/** A name that no camera has yet. */
export function freeTrack(cameras: readonly DraftCamera[]): string {
  const taken = new Set(cameras.map(({ track }) => track));
  const usual = USUAL_TRACKS.find((name) => !taken.has(name));
  if (usual !== undefined) return usual;
  let number = 1;
  while (taken.has(`camera-${number}`)) number += 1;
  return `camera-${number}`;
}

/** The camera as it would be used: the usual size where the webcam has it, else the largest that is not larger, else its smallest. */
export function webcamFor(offer: WebcamOffer, cameras: readonly DraftCamera[]): DraftCamera {
  const even = offer.sizes.filter(({ width, height }) => width % 2 === 0 && height % 2 === 0);
  const size = even.find(({ width, height }) => width <= USUAL_SIZE.width && height <= USUAL_SIZE.height) ?? even.at(-1) ?? USUAL_SIZE;
  return { kind: 'webcam', track: freeTrack(cameras), device: offer.device, width: size.width, height: size.height, fps: null };
}

/** What a new file begins with, untouched: one test picture, because a robot without any shows nothing. */
export function isStandIn(cameras: readonly DraftCamera[]): boolean {
  const [only] = cameras;
  return cameras.length === 1 && only?.kind === 'test' && only.track === 'front';
}

/** The webcam of a camera: of that name, else one whose name holds it; without a name the first. */
export function offerOf(camera: DraftCamera, offers: readonly WebcamOffer[]): WebcamOffer | null {
  if (camera.kind !== 'webcam') return null;
  if (camera.device === null) return offers[0] ?? null;
  const name = camera.device.toLowerCase();
  return offers.find(({ device }) => device.toLowerCase() === name) ?? offers.find(({ device }) => device.toLowerCase().includes(name)) ?? null;
}

/** `a, b` → the names; empty ones are none, and nobody is named twice. */
export function namesIn(text: string): string[] {
  return [...new Set(text.split(/[,\n]/u).map((name) => name.trim()).filter((name) => name !== ''))];
}

/** What is wrong with the name of a camera; empty = nothing. */
export function trackTrouble(track: string, cameras: readonly DraftCamera[]): string {
  if (track.trim() === '') return 'A camera needs a name';
  if (track.length > 256) return 'At most 256 characters';
  return cameras.filter((camera) => camera.track.trim() === track.trim()).length > 1 ? 'Two cameras have this name' : '';
}

/** The draft as it is written: names without the blanks around them, and nothing of it reactive, because that cannot be sent. */
export function trimmed(draft: StationDraft): StationDraft {
  const { arm, identities, supervisors } = draft;
  return { ...draft, identities: [...identities], supervisors: [...supervisors], arm: { ...arm, port: arm.port.trim(), calibration: arm.calibration.trim() }, cameras: draft.cameras.map((camera) => ({ ...camera, track: camera.track.trim() })) };
}
