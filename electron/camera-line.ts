import type { WebcamSource } from '../main/ports.ts';
import type { FromCameraPage, ToCameraPage, WebcamInfo, WebcamRequest } from '../shared/camera-messages.ts';
import { Listeners } from '../shared/listeners.ts';
import type { Clock } from '../shared/portal/clock.ts';
import { PortalError, toPortalError } from '../shared/portal/errors.ts';
import { PageWatch } from './page-watch.ts';

/** A camera page that is there. */
export interface CameraPage {
  say(message: ToCameraPage): void;
  /** Does away with it, also when it hangs. */
  destroy(): void;
}

/** Opens a page. `onLost` comes once when it dies. Rejects with what stood in the way. */
export type OpenCameraPage = (onMessage: (message: FromCameraPage) => void, onLost: () => void) => Promise<CameraPage>;

/** How long listing may take: each camera is opened several times. */
const LIST_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 2000;

interface Pending {
  onMessage(message: FromCameraPage & { id: number }): void;
  onLost(error: PortalError): void;
}

/** Webcams behind a page that may die or hang: captures and questions by number, and the page opened again when it is needed. */
export class CameraLine implements WebcamSource {
  readonly #open: OpenCameraPage;
  readonly #clock: Pick<Clock, 'after'>;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Listeners();
  #page: Promise<CameraPage> | null = null;
  #watch: PageWatch | null = null;
  #lastId = 0;

  constructor(open: OpenCameraPage, clock: Pick<Clock, 'after'>) {
    this.#open = open;
    this.#clock = clock;
  }

  list({ withSizes }: { withSizes: boolean }): Promise<WebcamInfo[]> {
    return new Promise((resolve, reject) => {
      const id = this.#nextId();
      const timer = setTimeout(() => settle(() => reject(new PortalError('CAMERA_FAILED', 'the webcams could not be listed in time'))), LIST_WITHIN_MS);
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        this.#pending.delete(id);
        act();
      };
      this.#pending.set(id, {
        onMessage(message) {
          if (message.kind === 'listed') settle(() => resolve(message.webcams));
          if (message.kind === 'ended') settle(() => reject(errorOf(message)));
        },
        onLost: (error) => settle(() => reject(error)),
      });
      this.#say({ kind: 'list', id, withSizes });
    });
  }

  capture(request: WebcamRequest, events: Parameters<WebcamSource['capture']>[1]): { stop(): Promise<void> } {
    const id = this.#nextId();
    let stopped: (() => void) | null = null;
    const over = (): void => {
      this.#pending.delete(id);
      stopped?.();
    };
    this.#pending.set(id, {
      onMessage: (message) => {
        if (message.kind === 'picture') {
          this.#say({ kind: 'credit', id });
          if (stopped === null) events.onPicture(message);
        } else if (message.kind === 'ended') {
          over();
          if (stopped === null) events.onEnd(errorOf(message));
        } else if (message.kind === 'stopped') over();
      },
      onLost: (error) => {
        over();
        if (stopped === null) events.onEnd(error);
      },
    });
    this.#say({ kind: 'start', id, ...request });
    return {
      stop: () =>
        new Promise((resolve) => {
          if (!this.#pending.has(id)) return resolve();
          // A page that hangs keeps the device; there is nothing else to wait for.
          const timer = setTimeout(over, STOP_WITHIN_MS);
          stopped = () => {
            clearTimeout(timer);
            resolve();
          };
          this.#say({ kind: 'stop', id });
        }),
    };
  }

  onChange(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  #say(message: ToCameraPage): void {
    const page = (this.#page ??= this.#opened());
    page.then((there) => there.say(message)).catch((thrown: unknown) => this.#lost(page, toPortalError(thrown, 'CAMERA_FAILED')));
  }

  #opened(): Promise<CameraPage> {
    const page: Promise<CameraPage> = this.#open(
      (message) => this.#receive(message),
      () => this.#lost(page, pageError('died')),
    );
    page.then((there) => this.#watchOver(page, there)).catch(() => undefined);
    return page;
  }

  #watchOver(page: Promise<CameraPage>, there: CameraPage): void {
    if (this.#page !== page) return;
    this.#watch = new PageWatch({
      clock: this.#clock,
      ask: () => there.say({ kind: 'ping' }),
      onHang: () => {
        there.destroy();
        this.#lost(page, pageError('hangs'));
      },
    });
  }

  #lost(page: Promise<CameraPage>, error: PortalError): void {
    if (this.#page !== page) return;
    this.#page = null;
    this.#watch?.end();
    this.#watch = null;
    for (const pending of [...this.#pending.values()]) pending.onLost(error);
  }

  #receive(message: FromCameraPage): void {
    this.#watch?.heard();
    if (message.kind === 'pong') return;
    if (message.kind === 'devices') {
      this.#listeners.tell();
      return;
    }
    this.#pending.get(message.id)?.onMessage(message);
  }
}

function pageError(what: string): PortalError {
  return new PortalError('CAMERA_FAILED', `the page that opens webcams ${what}`, { fix: 'It is opened again by itself.' });
}

function errorOf({ error: { code, message, ...details } }: FromCameraPage & { kind: 'ended' }): PortalError {
  return new PortalError(code, message, details);
}
