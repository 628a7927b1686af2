import { CAMERA_CREDITS, type WebcamPicture, type WebcamRequest } from '../../shared/camera-messages.ts';
import { PortalError } from '../../shared/portal/errors.ts';
import { captureError } from './capture-error.ts';
import { toPicture } from './picture-planes.ts';
import { chooseDevice, webcams } from './webcam-list.ts';

/** Chromium's way from a track to its frames; of what is not read the newest is kept. */
declare class MediaStreamTrackProcessor {
  constructor(init: { track: MediaStreamTrack; maxBufferSize: number });
  readonly readable: ReadableStream<VideoFrame>;
}

export interface CaptureEvents {
  onPicture(picture: WebcamPicture): void;
  /** Once, unless it was stopped. */
  onEnd(error: PortalError): void;
}

/** One webcam while it is open. A picture is read only when main has taken the last ones, so that none waits on the way. */
export class Capture {
  readonly #request: WebcamRequest;
  readonly #events: CaptureEvents;
  #track: MediaStreamTrack | null = null;
  #canvas: OffscreenCanvas | null = null;
  #isOver = false;
  #credits = CAMERA_CREDITS;
  #onCredit: () => void = () => undefined;

  constructor(request: WebcamRequest, events: CaptureEvents) {
    this.#request = request;
    this.#events = events;
    void this.#run();
  }

  credit(): void {
    this.#credits += 1;
    this.#onCredit();
  }

  stop(): void {
    this.#isOver = true;
    this.#track?.stop();
    this.#onCredit();
  }

  async #run(): Promise<void> {
    let name = this.#request.device ?? 'the webcam';
    try {
      const device = chooseDevice(await webcams(), this.#request.device);
      name = device.label;
      const track = await openTrack(device.deviceId, name, this.#request);
      this.#track = track;
      if (this.#isOver) return track.stop();
      track.addEventListener('ended', () => this.#end(new PortalError('CAMERA_FAILED', `${name} was unplugged, or taken by another program`, { fix: 'Plug it in again.' })));
      await this.#pump(new MediaStreamTrackProcessor({ track, maxBufferSize: 1 }).readable.getReader());
      this.#end(new PortalError('CAMERA_FAILED', `${name} gives no more pictures`));
    } catch (thrown) {
      this.#end(captureError(thrown, name));
    }
  }

  async #pump(reader: ReadableStreamDefaultReader<VideoFrame>): Promise<void> {
    while (!this.#isOver) {
      if (this.#credits === 0) {
        await new Promise<void>((resolve) => (this.#onCredit = resolve));
        continue;
      }
      const { value: frame, done } = await reader.read();
      if (done) return;
      try {
        const picture = await toPicture(frame, (one) => this.#drawn(one));
        if (this.#isOver) return;
        this.#credits -= 1;
        this.#events.onPicture(picture);
      } finally {
        frame.close();
      }
    }
  }

  #drawn(frame: VideoFrame): Uint8ClampedArray {
    const { displayWidth: width, displayHeight: height } = frame;
    this.#canvas ??= new OffscreenCanvas(width, height);
    const context = this.#canvas.getContext('2d', { willReadFrequently: true });
    if (context === null) throw new PortalError('CAMERA_FAILED', 'pictures of this format cannot be read here');
    context.drawImage(frame, 0, 0, width, height);
    return context.getImageData(0, 0, width, height).data;
  }

  #end(error: PortalError): void {
    if (this.#isOver) return;
    this.stop();
    this.#events.onEnd(error);
  }
}

/** The size is exact: a model that was trained on another one would see wrong, and silently. */
async function openTrack(deviceId: string, name: string, { width, height, fps }: WebcamRequest): Promise<MediaStreamTrack> {
  try {
    const video = { deviceId: { exact: deviceId }, width: { exact: width }, height: { exact: height }, frameRate: { ideal: fps, max: fps } };
    const [track] = (await navigator.mediaDevices.getUserMedia({ video })).getVideoTracks();
    if (track === undefined) throw new Error('a stream without a track');
    return track;
  } catch (thrown) {
    if (!(thrown instanceof OverconstrainedError)) throw thrown;
    throw new PortalError('CAMERA_FAILED', `${name} cannot give what is asked for`, {
      expected: `${width}x${height} at ${fps} frames a second`, got: `${thrown.constraint} is out of its bounds`, fix: 'Use one of the sizes that --list-cameras shows.',
    });
  }
}
