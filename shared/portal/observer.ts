import type { Alarms } from './alarms.ts';
import type { Callback, Callbacks, Unsubscribe } from './callbacks.ts';
import type { Clock } from './clock.ts';
import { type PortalConfig, syncWindows } from './config.ts';
import type { MetricsCollector } from './metrics-collector.ts';
import type { BufferMetrics, SyncMetrics } from './metrics.ts';
import { type PacketLayout, stateLayout } from './packet-layout.ts';
import { RobotClock } from './robot-clock.ts';
import { SyncBuffer, type SyncOutput } from './sync-buffer.ts';
import type { Observation, State, VideoFrame } from './types.ts';
import { unknownTrack } from './video-support.ts';
import { decodeState } from './wire.ts';

export interface ObserverPorts {
  clock: Clock;
  metrics: MetricsCollector;
  alarms: Alarms;
}

/** The operator's view of the robot: states and frames as they come, and joined into observations. */
export class Observer {
  readonly #config: PortalConfig;
  readonly #ports: ObserverPorts;
  readonly #layout: PacketLayout;
  readonly #sync: SyncBuffer;
  readonly #onObservation: Callbacks<Observation>;
  readonly #onState: Callbacks<State>;
  readonly #onDrop: Callbacks<State[]>;
  readonly #onFrame: ReadonlyMap<string, Callbacks<VideoFrame>>;
  readonly #lastFrames = new Map<string, VideoFrame>();
  readonly #robotClock = new RobotClock();
  #lastObservation: Observation | null = null;
  #lastState: State | null = null;

  constructor(config: PortalConfig, ports: ObserverPorts) {
    const tracks = config.videos.map(({ name }) => name);
    this.#config = config;
    this.#ports = ports;
    this.#layout = stateLayout(config.state);
    this.#sync = new SyncBuffer(tracks, syncWindows(config));
    this.#onObservation = ports.alarms.callbacks(true);
    this.#onState = ports.alarms.callbacks();
    this.#onDrop = ports.alarms.callbacks();
    this.#onFrame = new Map(tracks.map((name) => [name, ports.alarms.callbacks(true)]));
  }

  /** A state packet of the robot; one of another schema is dropped and warned about. */
  takeState(bytes: Uint8Array): void {
    const decoded = decodeState(this.#layout, bytes);
    if (!decoded.ok) {
      this.#ports.alarms.warn(decoded.reason === 'fingerprint' ? 'schema-mismatch' : 'bad-payload', 'state',
        `a state of the robot was dropped: ${decoded.reason} expected ${decoded.expected}, got ${decoded.got}. Both sides must declare the same fields, dtypes and order; share one portal.yaml.`);
      return;
    }
    const state: State = { values: decoded.values, timestampUs: decoded.timestampUs };
    const nowUs = this.#ports.clock.nowUs();
    this.#ports.metrics.stateReceived(state.timestampUs, nowUs);
    this.#robotClock.observe(state.timestampUs, nowUs);
    this.#lastState = state;
    this.#onState.push(state);
    const isFull = this.#sync.fill().state_fill >= this.#config.slack;
    this.#dispatch(this.#sync.pushState(state), isFull);
  }

  /** A decoded frame of the robot, or the news that one was presented elsewhere (no pixels). False = the track is not declared. */
  takeFrame(frame: VideoFrame, bytesOnWire: number): boolean {
    const callbacks = this.#onFrame.get(frame.track);
    if (callbacks === undefined) return false;
    this.#ports.metrics.frameReceived(frame.track, bytesOnWire, frame.timestampUs, this.#ports.clock.nowUs());
    if (frame.width > 0) {
      this.#lastFrames.set(frame.track, frame);
      callbacks.push(frame);
    }
    const output = this.#sync.pushFrame(frame);
    this.#dispatch(output, false);
    this.#watchOverflow(frame.track, output);
    return true;
  }

  onObservation(callback: Callback<Observation>): Unsubscribe {
    return this.#onObservation.add(callback);
  }

  onState(callback: Callback<State>): Unsubscribe {
    return this.#onState.add(callback);
  }

  onDrop(callback: Callback<State[]>): Unsubscribe {
    return this.#onDrop.add(callback);
  }

  /** Throws UNKNOWN_TRACK. */
  onVideoFrame(track: string, callback: Callback<VideoFrame>): Unsubscribe {
    return this.#callbacksOf(track).add(callback);
  }

  get lastObservation(): Observation | null {
    return this.#lastObservation;
  }

  get lastState(): State | null {
    return this.#lastState;
  }

  /** Throws UNKNOWN_TRACK. */
  requireTrack(track: string): void {
    this.#callbacksOf(track);
  }

  /** Throws UNKNOWN_TRACK. */
  lastFrame(track: string): VideoFrame | null {
    this.requireTrack(track);
    return this.#lastFrames.get(track) ?? null;
  }

  /** The robot or the session changed: nothing of before belongs to what comes. States that still waited are told as drops. */
  clear(): void {
    const { drops } = this.#sync.clear();
    if (drops.length > 0) this.#onDrop.push([...drops]);
    this.#lastObservation = null;
    this.#lastState = null;
    this.#lastFrames.clear();
    this.#robotClock.clear();
  }

  /** As `RobotClock.at`, now. */
  robotNowUs(smallestRttUs: number | null): number | null {
    return this.#robotClock.at(this.#ports.clock.nowUs(), smallestRttUs);
  }

  stats(): { sync: SyncMetrics; fill: BufferMetrics } {
    return { sync: this.#sync.stats(), fill: this.#sync.fill() };
  }

  resetStats(): void {
    this.#sync.resetStats();
  }

  #dispatch({ observations, drops }: SyncOutput, wasFull: boolean): void {
    for (const observation of observations) {
      this.#lastObservation = observation;
      this.#onObservation.push(observation);
    }
    if (drops.length === 0) return;
    this.#onDrop.push([...drops]);
    const track = this.#sync.stats().last_blocker_track;
    if (wasFull && observations.length === 0) {
      this.#ports.alarms.warn('state-overflow', '', `states are dropped because frames of track '${track ?? '?'}' do not come in time. Raise slack, or check that the robot sends this track and that it is being received.`);
    } else {
      this.#ports.alarms.warn('sync-drop', '', `states are dropped because no frame${track === null ? '' : ` of track '${track}'`} has a near enough timestamp. Give a frame and its state the same timestamp, raise tolerance, or set stall_behavior to freeze.`);
    }
  }

  /** A full frame buffer means that states are missing or late. */
  #watchOverflow(track: string, { observations }: SyncOutput): void {
    if (this.#lastState === null || observations.length > 0) return;
    const { video_fill, state_fill } = this.#sync.fill();
    // With a state waiting, it is another track that holds everything up.
    if (state_fill > 0 || (video_fill[track] ?? 0) < this.#config.slack) return;
    this.#ports.alarms.warn('video-overflow', track, `the frame buffer of track '${track}' is full: frames come without a state that matches. Check that the robot sends states as often as frames, or raise slack.`);
  }

  #callbacksOf(track: string): Callbacks<VideoFrame> {
    const callbacks = this.#onFrame.get(track);
    if (callbacks === undefined) throw unknownTrack(track, [...this.#onFrame.keys()]);
    return callbacks;
  }
}
