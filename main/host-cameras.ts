import type { HostCameraView } from '../shared/hosting.ts';
import { Listeners } from '../shared/listeners.ts';
import type { Clock } from '../shared/portal/clock.ts';
import { describeError, toPortalError, type PortalError } from '../shared/portal/errors.ts';
import type { VideoFrame } from '../shared/portal/types.ts';
import type { Camera } from './devices/device.ts';
import { OneATurn } from './one-a-turn.ts';
import type { StationOutput } from './ports.ts';
import { RateMeter } from './rate-meter.ts';
import { startTicker } from './ticker.ts';

/** The first camera may be late by this much before states go without it. */
const LATE_AFTER_MS = 250;
const LATE_PERIODS = 3;

export interface HostCamerasPorts {
  clock: Clock;
  output: StationOutput;
  /** States a second where no camera sets the pace. */
  stateHz: number;
  sendState(timestampUs: number): void;
  sendFrame(frame: VideoFrame): void;
}

/**
 * A robot host's cameras, and the pace of its states: one a picture of the first camera, with its time, because more states
 * than frames would only push each other out of the operator's buffer and shorten the window in which a late frame still finds
 * its state. While that camera is silent, or where there is none, states go by the clock: a lost camera must not blind
 * whoever drives to the arm.
 */
export class HostCameras {
  readonly #cameras: readonly Camera[];
  readonly #ports: HostCamerasPorts;
  readonly #troubles = new Map<string, PortalError>();
  readonly #lateUs: number;
  readonly #rates: ReadonlyMap<string, RateMeter>;
  readonly #frames: OneATurn;
  readonly #watchers = new Listeners<VideoFrame>();
  #leadUs = Number.NEGATIVE_INFINITY;
  #stopStates: () => void = () => undefined;

  constructor(cameras: readonly Camera[], ports: HostCamerasPorts) {
    this.#cameras = cameras;
    this.#ports = ports;
    this.#frames = new OneATurn(ports.sendFrame);
    this.#rates = new Map(cameras.map(({ name }) => [name, new RateMeter(1000)]));
    const [lead] = cameras;
    this.#lateUs = lead === undefined ? 0 : Math.max(LATE_AFTER_MS * 1000, (LATE_PERIODS * 1_000_000) / lead.fps);
  }

  get status(): HostCameraView[] {
    const nowUs = this.#ports.clock.nowUs();
    return this.#cameras.map(({ name, width, height }) => ({ name, width, height, perS: this.#rates.get(name)?.perS(nowUs) ?? 0, trouble: this.#troubles.get(name)?.toJSON() ?? null }));
  }

  /** As a session is told of them, at the rate they are meant to have. */
  describe(): { name: string; width: number; height: number; fps: number }[] {
    return this.#cameras.map(({ name, width, height, fps }) => ({ name, width, height, fps }));
  }

  /** Every picture, borrowed. Returns the unsubscribe. */
  onFrame(listener: (frame: VideoFrame) => void): () => void {
    return this.#watchers.add(listener);
  }

  /** Resolves once every camera has given a picture; rejects with the first one's reason why it does not. */
  async open(): Promise<void> {
    const { clock, stateHz } = this.#ports;
    await Promise.all(this.#cameras.map((camera, index) => camera.open((frame) => this.#frame(frame, index === 0), (error) => this.#trouble(camera.name, error))));
    this.#stopStates = startTicker(clock, stateHz, () => {
      const nowUs = clock.nowUs();
      // A clock that was set back must not look like a picture from the future.
      if (Math.abs(nowUs - this.#leadUs) > this.#lateUs) this.#ports.sendState(nowUs);
    });
  }

  /** Never rejects. */
  async close(): Promise<void> {
    this.#stopStates();
    await Promise.all(
      this.#cameras.map((camera) =>
        camera.close().catch((thrown: unknown) => {
          const message = `camera ${camera.name}: ${describeError(toPortalError(thrown).toJSON())} It is left behind.`;
          this.#ports.output.event({ event: 'warning', tag: 'camera-stuck', message, count: 1 });
        }),
      ),
    );
  }

  #frame(frame: VideoFrame, isLead: boolean): void {
    const nowUs = this.#ports.clock.nowUs();
    this.#rates.get(frame.track)?.add(nowUs);
    this.#watchers.tell(frame);
    if (isLead) {
      this.#leadUs = nowUs;
      this.#ports.sendState(frame.timestampUs);
    }
    this.#frames.push(frame);
  }

  #trouble(name: string, error: PortalError | null): void {
    const { output } = this.#ports;
    if (error === null) {
      this.#troubles.delete(name);
      output.event({ event: 'warning', tag: 'camera-back', message: `camera ${name} gives pictures again`, count: 1 });
      return;
    }
    this.#troubles.set(name, error);
    output.event({ event: 'warning', tag: 'camera-lost', message: `camera ${name}: ${describeError(error.toJSON())} It is tried again.`, count: 1 });
  }
}
