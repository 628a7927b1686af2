import type { LiveViewAccess } from '../shared/ipc.ts';
import { isWebRtcCodec, type VideoSpec } from '../shared/portal/config.ts';
import type { Operator } from '../shared/portal/operator.ts';
import type { SessionAccess } from './session-access.ts';

/**
 * Which way pictures take to the window: its own live view, or through main, which then pulls the pixels. While only the
 * inspector is open, main pulls them for that alone.
 */
export class PictureRoute {
  readonly #operator: Operator;
  readonly #access: Pick<SessionAccess, 'openViewer'>;
  readonly #e2eeKey: string | null;
  readonly #canView: boolean;
  readonly #media: ReadonlySet<string>;
  readonly #onGivenUp: () => void;
  #hasLiveView: boolean;
  #inspectorOpen = false;

  /** `canView`: a second token can be had for the live view. */
  constructor(
    operator: Operator,
    access: Pick<SessionAccess, 'openViewer'>,
    options: { e2eeKey: string | null; canView: boolean; videos: readonly VideoSpec[]; onGivenUp: () => void },
  ) {
    this.#operator = operator;
    this.#access = access;
    this.#e2eeKey = options.e2eeKey;
    // The live view cannot read the capture times of AV1: its pictures would have no age and match no state.
    this.#canView = options.canView && options.videos.every(({ codec }) => codec !== 'av1');
    this.#media = new Set(options.videos.filter(({ codec }) => isWebRtcCodec(codec)).map(({ name }) => name));
    this.#onGivenUp = options.onGivenUp;
    this.#hasLiveView = this.#canView;
  }

  get hasLiveView(): boolean {
    return this.#hasLiveView;
  }

  /** Whether the live view shows this track; byte streams always come through main. */
  isLive(track: string): boolean {
    return this.#hasLiveView && this.#media.has(track);
  }

  get isInspectorOpen(): boolean {
    return this.#inspectorOpen;
  }

  setInspector(open: boolean): void {
    this.#inspectorOpen = open;
    this.#demand();
  }

  /** The live view cannot show the robot; main does from now on. */
  giveUpLiveView(): void {
    this.#hasLiveView = false;
    this.#demand();
    this.#onGivenUp();
  }

  /** The robot came anew: what could not be shown before may be shown now. */
  robotJoined(): void {
    this.#hasLiveView = this.#canView;
    this.#demand();
  }

  /** What the live view needs; null when there is none, and then pictures go through main. */
  async liveView(): Promise<LiveViewAccess | null> {
    const access = this.#hasLiveView ? await this.#access.openViewer() : null;
    if (access === null) this.giveUpLiveView();
    return access === null ? null : { ...access, e2eeKey: this.#e2eeKey };
  }

  /** A frame that the live view presented stands in for its pixels, unless main has those too and would count it twice. */
  presented(track: string, timestampUs: number): void {
    if (this.#hasLiveView && !this.#inspectorOpen) this.#operator.noteFrame(track, timestampUs);
  }

  #demand(): void {
    this.#operator.setVideoDemand(this.#inspectorOpen || !this.#hasLiveView ? 'pixels' : 'byte-streams');
  }
}
