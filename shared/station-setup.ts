import type { WebcamInfo } from './camera-messages.ts';
import type { ArmOffers } from './leader-choice.ts';
import type { PortalErrorShape } from './portal/errors.ts';
import type { StationDraft } from './station-config-draft.ts';

/** Making a `station.yaml` in the window: what may be chosen on this machine, and what became of it. */

/** A webcam with its picture, which comes over the frame port under its `device`. */
export interface WebcamOffer {
  /** What `station.yaml` calls it: its label, with ` #2` for the second of two that have the same one. */
  device: string;
  /** Largest first; empty while they are still being tried out, or when another program has the camera. */
  sizes: WebcamInfo['sizes'];
  /** Why there is no picture; null = there is one, or it is on its way. */
  trouble: PortalErrorShape | null;
}

export interface StationSetupView {
  isOpen: boolean;
  /** Where it will be written. */
  file: string;
  /** A file that is there already is changed; what the form does not know stays in it. */
  isNew: boolean;
  /** What the form begins with; null = closed, or the file cannot be used. */
  draft: StationDraft | null;
  followers: ArmOffers;
  webcams: WebcamOffer[];
  /** Webcams are being looked for, or their sizes tried out. */
  isLooking: boolean;
  /** Why webcams cannot be listed. */
  webcamError: PortalErrorShape | null;
  /** The last thing that went wrong: a file that cannot be read or written. */
  error: PortalErrorShape | null;
  /** Path of the file that was written; null = nothing was since it was opened. */
  saved: string | null;
}
