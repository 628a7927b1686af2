import type { Clock } from '../../shared/portal/clock.ts';
import { toPortalError } from '../../shared/portal/errors.ts';
import type { FrameCodec } from '../../shared/portal/frame-codec.ts';
import { readJpegSize } from '../../shared/portal/image-size.ts';
import type { CommandCameraConfig } from '../../shared/station-config-cameras.ts';
import { startCameraProgram } from './camera-program.ts';
import type { Camera } from './device.ts';
import { FramePace } from './frame-pace.ts';
import type { FrameSplitter, SplitPicture } from './frame-splitter.ts';
import { KeptCamera, type CameraRun, type CameraRunEvents } from './kept-camera.ts';
import { MjpegSplitter } from './mjpeg-splitter.ts';
import { RawSplitter } from './raw-splitter.ts';

const MAX_SIDE = 4096;
const MAX_JPEG_BYTES = 16 * 1024 * 1024;
/** Beside the pixels: tables, a thumbnail, what a maker writes into its pictures. */
const JPEG_HEADERS = 256 * 1024;
const MIN_SLICE_BYTES = 1024 * 1024;

export type CommandCameraOptions = CommandCameraConfig & { fps: number; clock: Clock; jpeg: FrameCodec };

/**
 * A camera that is any program's standard output. A picture's time is the arrival of its first byte less `latency_ms`: what the
 * program itself needed before that, it alone knows.
 */
export function commandCamera(options: CommandCameraOptions): Camera {
  const { name, width, height, fps, clock } = options;
  return new KeptCamera({ name, width: width ?? 0, height: height ?? 0, fps, clock, start: (events) => startRun(options, events) });
}

function startRun(options: CommandCameraOptions, events: CameraRunEvents): CameraRun {
  const { name, run, clock, fps, latency_ms: latencyMs } = options;
  const splitter = splitterFor(options);
  const pace = new FramePace(fps);
  const taker = options.format === 'mjpeg' ? new JpegTaker(options, events) : rawTaker(options, events);
  const program = startCameraProgram({ name, run, clock, bytesPerSlice: Math.max(MIN_SLICE_BYTES, (4 * pictureBytes(options) * fps) / 100) }, {
    onBytes(chunk) {
      const arrivedUs = clock.nowUs();
      // Several at once have waited in the pipe: the newest counts.
      const newest = splitter.push(chunk, arrivedUs).at(-1);
      if (newest !== undefined && pace.admits(arrivedUs)) taker.take({ ...newest, startedUs: newest.startedUs - latencyMs * 1000 });
    },
    onEnd: (error) => events.onEnd(error),
    onStuck: (error) => events.onStuck(error),
  });
  return {
    lastWords: () => [taker.refusal, splitter.discardedBytes === 0 ? '' : `${splitter.discardedBytes} bytes that are no JPEG picture`, program.lastWords()].filter((words) => words !== '').join(' | '),
    stop() {
      taker.close();
      return program.stop();
    },
  };
}

function splitterFor(options: CommandCameraOptions): FrameSplitter {
  if (options.format !== 'mjpeg') return new RawSplitter(pictureBytes(options));
  return new MjpegSplitter(options.width === null ? MAX_JPEG_BYTES : pictureBytes(options) + JPEG_HEADERS);
}

/** The most bytes a picture can have; 0 where only the pictures tell. */
function pictureBytes({ format, width, height }: CommandCameraOptions): number {
  return ((width ?? 0) * (height ?? 0) * (format === 'i420' ? 3 : 6)) / 2;
}

interface Taker {
  /** Why the last picture was refused; empty = it was not. */
  readonly refusal: string;
  take(picture: SplitPicture): void;
  close(): void;
}

function rawTaker({ format, width, height }: CommandCameraOptions, events: CameraRunEvents): Taker {
  const picture = { width: width ?? 0, height: height ?? 0, format: format === 'i420' ? ('i420' as const) : ('rgb24' as const) };
  return { refusal: '', take: ({ bytes, startedUs }) => events.onPicture({ ...picture, data: bytes, timestampUs: startedUs }), close: () => undefined };
}

/** Decodes one picture at a time in the runtime's own threads; of those that come meanwhile the newest waits. */
class JpegTaker implements Taker {
  refusal = '';
  readonly #options: CommandCameraOptions;
  readonly #events: CameraRunEvents;
  #isBusy = false;
  #waiting: SplitPicture | null = null;
  #isClosed = false;

  constructor(options: CommandCameraOptions, events: CameraRunEvents) {
    this.#options = options;
    this.#events = events;
  }

  take(picture: SplitPicture): void {
    this.#waiting = picture;
    if (!this.#isBusy) void this.#work();
  }

  close(): void {
    this.#isClosed = true;
    this.#waiting = null;
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    for (let picture = this.#next(); picture !== null; picture = this.#next()) await this.#decode(picture);
    this.#isBusy = false;
  }

  #next(): SplitPicture | null {
    const picture = this.#waiting;
    this.#waiting = null;
    return picture;
  }

  async #decode({ bytes, startedUs }: SplitPicture): Promise<void> {
    const size = readJpegSize(bytes);
    const { width = 0, height = 0 } = size ?? {};
    this.refusal = size === null ? 'a JPEG picture without a size' : this.#sizeRefusal(width, height);
    if (this.refusal !== '') return;
    try {
      const data = await this.#options.jpeg.decode(bytes, width, height);
      if (!this.#isClosed) this.#events.onPicture({ width, height, format: 'rgb24', data, timestampUs: startedUs });
    } catch (thrown) {
      this.refusal = toPortalError(thrown).details.got ?? toPortalError(thrown).message;
    }
  }

  /** Before anything is allocated for it. */
  #sizeRefusal(width: number, height: number): string {
    const wanted = this.#options;
    if (wanted.width !== null && (width !== wanted.width || height !== wanted.height)) return `pictures of ${width}x${height} instead of ${wanted.width}x${String(wanted.height)}`;
    if (width > MAX_SIDE || height > MAX_SIDE) return `pictures of ${width}x${height}, which is more than ${MAX_SIDE}x${MAX_SIDE}`;
    if (width % 2 !== 0 || height % 2 !== 0) return `pictures of ${width}x${height}, and encoders need even sides`;
    return '';
  }
}
