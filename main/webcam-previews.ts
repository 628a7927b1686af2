import type { WebcamInfo } from '../shared/camera-messages.ts';
import type { FramePortFrame } from '../shared/console-state.ts';
import { toPortalError, type PortalErrorShape } from '../shared/portal/errors.ts';
import { deviceNames } from '../shared/webcam-names.ts';
import type { WebcamOffer } from '../shared/station-setup.ts';
import type { WebcamSource } from './ports.ts';

/** More at once are too much for one USB bus, even small ones. */
const MAX_PREVIEWS = 4;
const PREVIEW = { width: 320, height: 240, fps: 10 } as const;

export interface WebcamPreviewEvents {
  onChange(): void;
  onFrame(frame: FramePortFrame): void;
}

/** The webcams of this machine while somebody chooses among them: their names first, then their sizes, then small pictures of each. */
export class WebcamPreviews {
  readonly #source: WebcamSource;
  readonly #events: WebcamPreviewEvents;
  readonly #captures = new Map<string, { stop(): Promise<void> }>();
  /** Raised by every opening and closing: a look that was overtaken sees it. */
  #round = 0;
  #stopWatching: () => void = () => undefined;
  offers: WebcamOffer[] = [];
  isLooking = false;
  error: PortalErrorShape | null = null;

  constructor(source: WebcamSource, events: WebcamPreviewEvents) {
    this.#source = source;
    this.#events = events;
  }

  /** Looks now, and whenever something is plugged in or out. */
  open(): void {
    this.#stopWatching();
    this.#stopWatching = this.#source.onChange(() => void this.#look());
    void this.#look();
  }

  /** Resolves when every camera is free for whoever opens it next. Never rejects. */
  async close(): Promise<void> {
    this.#round += 1;
    this.#stopWatching();
    this.#stopWatching = () => undefined;
    this.isLooking = false;
    await this.#stopCaptures();
  }

  async #look(): Promise<void> {
    this.#round += 1;
    const round = this.#round;
    this.#set({ isLooking: true, error: null });
    try {
      await this.#stopCaptures();
      for (const withSizes of [false, true]) {
        const listed = await this.#source.list({ withSizes });
        if (round !== this.#round) return;
        this.#set({ offers: offersOf(listed), isLooking: !withSizes });
      }
      this.#startCaptures();
    } catch (thrown) {
      if (round === this.#round) this.#set({ isLooking: false, error: toPortalError(thrown).toJSON() });
    }
  }

  #startCaptures(): void {
    for (const { device } of this.offers.slice(0, MAX_PREVIEWS)) {
      const capture = this.#source.capture({ device, ...PREVIEW }, {
        onPicture: ({ width, height, format, data, timestampUs }) => this.#events.onFrame({ purpose: 'preview', track: device, width, height, format, data, timestampUs }),
        onEnd: (error) => {
          this.#captures.delete(device);
          this.#set({ offers: this.offers.map((offer) => (offer.device === device ? { ...offer, trouble: error.toJSON() } : offer)) });
        },
      });
      this.#captures.set(device, capture);
    }
  }

  async #stopCaptures(): Promise<void> {
    const captures = [...this.#captures.values()];
    this.#captures.clear();
    await Promise.all(captures.map((capture) => capture.stop()));
  }

  #set(changed: Partial<Pick<WebcamPreviews, 'offers' | 'isLooking' | 'error'>>): void {
    Object.assign(this, changed);
    this.#events.onChange();
  }
}

function offersOf(webcams: readonly WebcamInfo[]): WebcamOffer[] {
  const names = deviceNames(webcams.map(({ label }) => label));
  return webcams.map(({ sizes }, index) => ({ device: names[index] ?? '', sizes, trouble: null }));
}
