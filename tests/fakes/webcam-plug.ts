import type { WebcamSource } from '../../main/ports.ts';
import type { WebcamPicture } from '../../shared/camera-messages.ts';
import type { Clock } from '../../shared/portal/clock.ts';
import { PortalError } from '../../shared/portal/errors.ts';
import { startTicker } from '../../main/ticker.ts';

/** PORT WebcamSource with one webcam that can be pulled out and plugged in again. */
export class WebcamPlug implements WebcamSource {
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  readonly #unplug = new Set<() => void>();
  isIn = true;
  /** As a driver that hangs: the device is there and gives nothing. */
  isSilent = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  pullOut(): void {
    this.isIn = false;
    for (const unplug of [...this.#unplug]) unplug();
    this.#tell();
  }

  plugIn(): void {
    this.isIn = true;
    this.#tell();
  }

  list(): Promise<[]> {
    return Promise.resolve([]);
  }

  capture({ width, height, fps }: { width: number; height: number; fps: number }, { onPicture, onEnd }: { onPicture(picture: WebcamPicture): void; onEnd(error: PortalError): void }): { stop(): Promise<void> } {
    let stop: () => void = () => undefined;
    const end = (message: string): void => {
      stop();
      this.#unplug.delete(pulled);
      onEnd(new PortalError('CAMERA_MISSING', message));
    };
    const pulled = (): void => end('it was unplugged');
    if (!this.isIn) queueMicrotask(() => end('it is not there'));
    else {
      this.#unplug.add(pulled);
      stop = startTicker(this.#clock, fps, () => {
        if (!this.isSilent) onPicture({ width, height, format: 'i420', data: new Uint8Array((width * height * 3) / 2), timestampUs: this.#clock.nowUs() });
      });
    }
    return {
      stop: () => {
        stop();
        this.#unplug.delete(pulled);
        return Promise.resolve();
      },
    };
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
