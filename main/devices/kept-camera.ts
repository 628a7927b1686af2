import type { Clock } from '../../shared/portal/clock.ts';
import { PortalError, toPortalError } from '../../shared/portal/errors.ts';
import type { VideoFrame } from '../../shared/portal/types.ts';
import type { Camera } from './device.ts';

/** A picture as a run of a camera gives it. */
export type RunPicture = Omit<VideoFrame, 'track'>;

/** One attempt at a camera: a run of its program, or one capture. */
export interface CameraRun {
  /** What may be the reason that it is silent; empty = nothing is known. */
  lastWords(): string;
  /** Resolves once the camera is free again, for another run; never rejects. */
  stop(): Promise<void>;
}

export interface CameraRunEvents {
  onPicture(picture: RunPicture): void;
  /** Once: nothing more comes of this run. */
  onEnd(error: PortalError): void;
  /** It was stopped, and cannot be: perhaps `stop` never resolves. */
  onStuck(error: PortalError): void;
}

export interface KeptCameraOptions {
  name: string;
  /** 0 = the first picture tells. */
  width: number;
  height: number;
  fps: number;
  clock: Clock;
  /** May throw: then it has ended before it began. */
  start(events: CameraRunEvents): CameraRun;
  /** Calls back when it may be worth trying at once, something was plugged in for instance. Returns the unsubscribe. */
  onHope?(listener: () => void): () => void;
}

const OPEN_WITHIN_MS = 10_000;
/** Silence after which a camera that was there counts as lost, unless its own rate is slower still. */
const SILENT_AFTER_MS = 2000;
const SILENT_PERIODS = 5;
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 10_000;
/** A run that lasted this long was a good one: the next failure is a new one. */
const GOOD_RUN_US = 5_000_000;

interface Opening {
  onFrame: (frame: VideoFrame) => void;
  onTrouble: (error: PortalError | null) => void;
  /** Null once there was a picture. */
  settle: { resolve: () => void; reject: (error: PortalError) => void } | null;
}

/** A camera that is started again whenever it ends or falls silent, for as long as it is open. */
export class KeptCamera implements Camera {
  readonly name: string;
  readonly fps: number;
  width: number;
  height: number;
  readonly #options: KeptCameraOptions;
  #opening: Opening | null = null;
  #run: CameraRun | null = null;
  #stopping: Promise<void> = Promise.resolve();
  /** Why the camera is not free for another run, and will not be soon. */
  #stuck: PortalError | null = null;
  #onStuck: (error: PortalError) => void = () => undefined;
  #startedUs = 0;
  #isInTrouble = false;
  #lastTimestampUs = 0;
  #hasPictures = false;
  #retryMs = FIRST_RETRY_MS;
  #cancel: () => void = () => undefined;
  #stopHoping: () => void = () => undefined;

  constructor(options: KeptCameraOptions) {
    this.name = options.name;
    this.width = options.width;
    this.height = options.height;
    this.fps = options.fps;
    this.#options = options;
  }

  async open(onFrame: (frame: VideoFrame) => void, onTrouble: (error: PortalError | null) => void = () => undefined): Promise<void> {
    if (this.#opening !== null) throw new PortalError('DEVICE_FAILED', `The camera ${this.name} is open already`);
    if (this.#stuck !== null) throw this.#stuck;
    await new Promise<void>((resolve, reject) => {
      this.#opening = { onFrame, onTrouble, settle: { resolve, reject } };
      this.#isInTrouble = false;
      this.#retryMs = FIRST_RETRY_MS;
      this.#stopHoping = this.#options.onHope?.(() => this.#hope()) ?? (() => undefined);
      this.#restart();
    });
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = null;
    this.#stopHoping();
    this.#endRun();
    opening?.settle?.reject(new PortalError('CAMERA_FAILED', `The camera ${this.name} was closed before its first picture`));
    if (this.#stuck !== null) throw this.#stuck;
    await Promise.race([this.#stopping, new Promise<never>((_resolve, reject) => (this.#onStuck = reject))]);
  }

  #start(): void {
    const { clock } = this.#options;
    this.#cancel();
    this.#startedUs = clock.nowUs();
    this.#hasPictures = false;
    let run: CameraRun | null = null;
    let isOver = false;
    // An end may be told before the run is in our hands.
    const isMine = (): boolean => !isOver && (run === null || this.#run === run);
    const failed = (error: PortalError): void => {
      if (!isMine()) return;
      isOver = true;
      this.#failed(error);
    };
    try {
      run = this.#options.start({
        onPicture: (picture) => {
          if (isMine()) this.#picture(picture);
        },
        onEnd: failed,
        onStuck: (error) => this.#hangs(error),
      });
    } catch (thrown) {
      // What cannot even be started is a failure like any other: it is said, and tried again.
      return failed(toPortalError(thrown, 'CAMERA_FAILED'));
    }
    if (isOver) return;
    this.#run = run;
    this.#watch(OPEN_WITHIN_MS);
  }

  #picture({ timestampUs, ...picture }: RunPicture): void {
    const opening = this.#opening;
    if (opening === null) return;
    this.#hasPictures = true;
    if (this.width === 0) {
      this.width = picture.width;
      this.height = picture.height;
    }
    // Two pictures with one time would be one to whoever matches them with states.
    const atUs = timestampUs === this.#lastTimestampUs ? timestampUs + 1 : timestampUs;
    this.#lastTimestampUs = atUs;
    this.#watch(Math.max(SILENT_AFTER_MS, (SILENT_PERIODS * 1000) / this.fps));
    if (opening.settle !== null) {
      opening.settle.resolve();
      opening.settle = null;
    }
    if (this.#isInTrouble) {
      this.#isInTrouble = false;
      opening.onTrouble(null);
    }
    opening.onFrame({ track: this.name, ...picture, timestampUs: atUs });
  }

  #watch(ms: number): void {
    this.#cancel();
    this.#cancel = this.#options.clock.after(ms, () => {
      const words = this.#run?.lastWords() ?? '';
      this.#failed(
        new PortalError('CAMERA_FAILED', `The camera ${this.name} gives no pictures`, {
          expected: `one within ${(ms / 1000).toFixed(1)} s`, ...(words === '' ? {} : { got: words }), fix: 'Check that it is plugged in and that no other program uses it.',
        }),
      );
    });
  }

  #failed(error: PortalError): void {
    const opening = this.#opening;
    if (opening === null) return;
    const { clock } = this.#options;
    this.#endRun();
    if (opening.settle !== null) return this.#neverOpened(error, opening.settle);
    if (this.#hasPictures && clock.nowUs() - this.#startedUs > GOOD_RUN_US) this.#retryMs = FIRST_RETRY_MS;
    const waitMs = this.#retryMs;
    this.#retryMs = Math.min(MAX_RETRY_MS, 2 * waitMs);
    this.#cancel = clock.after(waitMs, () => this.#restart());
    if (this.#isInTrouble) return;
    this.#isInTrouble = true;
    opening.onTrouble(error);
  }

  #neverOpened(error: PortalError, settle: NonNullable<Opening['settle']>): void {
    this.#opening = null;
    this.#stopHoping();
    settle.reject(error);
  }

  /** It is not tried again before it is free, or one more would hang each time. */
  #hangs(error: PortalError): void {
    this.#stuck = error;
    this.#onStuck(error);
    const opening = this.#opening;
    if (opening === null) return;
    if (opening.settle !== null) return this.#neverOpened(error, opening.settle);
    this.#isInTrouble = true;
    opening.onTrouble(error);
  }

  #hope(): void {
    if (this.#opening === null || this.#run !== null || !this.#isInTrouble) return;
    this.#retryMs = FIRST_RETRY_MS;
    this.#restart();
  }

  /** Never two at once: a camera can be opened by one only. */
  #restart(): void {
    this.#cancel();
    const opening = this.#opening;
    void this.#stopping.then(() => {
      if (this.#opening === opening && opening !== null && this.#run === null) this.#start();
    });
  }

  #endRun(): void {
    this.#cancel();
    const run = this.#run;
    this.#run = null;
    if (run !== null) this.#stopping = Promise.all([this.#stopping, run.stop()]).then(() => { this.#stuck = null; });
  }
}
