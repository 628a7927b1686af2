import type { Alarms } from './alarms.ts';
import type { Callbacks } from './callbacks.ts';
import type { PortalConfig } from './config.ts';
import type { HostState } from './host-state.ts';
import type { Link } from './link.ts';
import { Observer } from './observer.ts';
import { readHostState } from './read-host-state.ts';
import type { RemoteTrack, TransportListener } from './transport.ts';
import { VideoPulls } from './video-pulls.ts';

/** Everything an operator sees of the one robot that counts; what others send under its name is ignored. */
export class RobotView {
  readonly observer: Observer;
  readonly pulls: VideoPulls;
  readonly onJoined: Callbacks<string>;
  readonly onLeft: Callbacks<string>;
  readonly onHostState: Callbacks<HostState | null>;
  readonly #config: PortalConfig;
  readonly #link: Link;
  readonly #alarms: Alarms;
  #hostState: HostState | null = null;

  constructor(config: PortalConfig, link: Link, wantsVideo: boolean) {
    const { clock, metrics, transport, alarms } = link;
    this.observer = new Observer(config, { clock, metrics, alarms });
    this.pulls = new VideoPulls(transport, config.videos.map(({ name }) => name), wantsVideo);
    this.onJoined = alarms.callbacks();
    this.onLeft = alarms.callbacks();
    this.onHostState = alarms.callbacks();
    this.#config = config;
    this.#link = link;
    this.#alarms = alarms;
  }

  get hostState(): HostState | null {
    return this.#hostState;
  }

  pinned(identity: string): void {
    this.pulls.setRobot(identity);
    this.onJoined.push(identity);
  }

  left(identity: string): void {
    this.forget();
    this.onLeft.push(identity);
  }

  /** Nothing of the robot that was here belongs to the next one. */
  forget(): void {
    this.observer.clear();
    this.pulls.setRobot(null);
  }

  /** Null = the robot says nothing of itself, or there is none. */
  hostStateChanged(text: string | null): void {
    const state = text === null ? null : readHostState(text);
    if (text !== null && state === null) {
      this.#alarms.warn('bad-payload', 'host state', 'the robot publishes a host state that cannot be read. Check that both sides run matching versions.');
    }
    this.#hostState = state;
    this.onHostState.push(state);
  }

  takeFrame({ peer }: RemoteTrack, frame: Parameters<TransportListener['onVideoFrame']>[1]): void {
    if (!this.#link.roster.isRobot(peer) || !this.pulls.isWanted) return;
    const { timestampUs, track } = frame;
    if (timestampUs === null) {
      this.#alarms.warn('missing-timestamp', track, `frames of track '${track}' come without a timestamp and cannot be matched to states; they are dropped. The robot must publish them with frame timestamps: check its version.`);
    } else {
      this.observer.takeFrame({ ...frame, timestampUs }, 0);
    }
  }

  /** A frame that was presented elsewhere. Throws UNKNOWN_TRACK. */
  noteFrame(track: string, timestampUs: number): void {
    this.observer.requireTrack(track);
    // With pixels coming here too it would count twice.
    if (this.#link.roster.robot === null || this.pulls.isWanted) return;
    this.observer.takeFrame({ track, width: 0, height: 0, format: 'rgb24', data: new Uint8Array(0), timestampUs }, 0);
  }

  checkTrack({ peer, name }: RemoteTrack): void {
    if (!this.#link.roster.isRobot(peer) || this.#config.videos.some((video) => video.name === name)) return;
    this.#alarms.warn('unknown-track', name, `the robot offers a track '${name}' that is not declared here; it is not received. Declare it under videos, or share one portal.yaml.`);
  }
}
