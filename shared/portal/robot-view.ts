import type { Alarms } from './alarms.ts';
import type { Callbacks } from './callbacks.ts';
import { isWebRtcCodec, type PortalConfig } from './config.ts';
import type { FrameCodecs } from './frame-codec.ts';
import { FrameIntake } from './frame-intake.ts';
import type { HostState } from './host-state.ts';
import type { Link } from './link.ts';
import { Observer } from './observer.ts';
import { readHostState } from './read-host-state.ts';
import type { ByteStream, RemoteTrack, TrackOffer, TransportListener, VideoPull } from './transport.ts';
import { VideoPulls } from './video-pulls.ts';

/**
 * `pixels`: every track · `times`: every track, but only when each picture was taken, which spares turning it into pixels ·
 * `byte-streams`: those alone, for the media tracks are looked at elsewhere · `none`: media is not even received.
 */
export type VideoDemand = 'pixels' | 'times' | 'byte-streams' | 'none';

export interface RobotViewOptions {
  codecs: FrameCodecs;
  demand: VideoDemand;
  maxPixels: number;
}

/** Everything an operator sees of the one robot that counts; what others send under its name is ignored. */
export class RobotView {
  readonly observer: Observer;
  readonly #pulls: VideoPulls;
  readonly #frames: FrameIntake;
  readonly onJoined: Callbacks<string>;
  readonly onLeft: Callbacks<string>;
  readonly onHostState: Callbacks<HostState | null>;
  readonly #config: PortalConfig;
  readonly #link: Link;
  readonly #alarms: Alarms;
  #hostState: HostState | null = null;
  #demand: VideoDemand;

  constructor(config: PortalConfig, link: Link, { codecs, demand, maxPixels }: RobotViewOptions) {
    const { clock, metrics, transport, alarms } = link;
    this.observer = new Observer(config, { clock, metrics, alarms });
    const media = config.videos.filter(({ codec }) => isWebRtcCodec(codec)).map(({ name }) => name);
    this.#pulls = new VideoPulls(transport, media, mediaPull(demand));
    this.#frames = new FrameIntake(config, { codecs, maxPixels, warn: alarms.warn, wantsPixels: () => this.#demand !== 'times', deliver: (frame, bytesOnWire) => { this.observer.takeFrame(frame, bytesOnWire); } });
    this.#demand = demand;
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
    this.#pulls.setRobot(identity);
    this.onJoined.push(identity);
  }

  left(identity: string): void {
    this.forget();
    this.onLeft.push(identity);
  }

  /** Nothing of the robot that was here belongs to the next one. */
  forget(): void {
    this.observer.clear();
    this.#pulls.setRobot(null);
    this.#frames.forget();
  }

  /** What the robot's clock says now, as far as its states and the pings tell; null before its first state. */
  robotNowUs(): number | null {
    return this.observer.robotNowUs(this.#link.pinger.smallestUs);
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
    if (!this.#link.roster.isRobot(peer) || mediaPull(this.#demand) === null) return;
    const { timestampUs, track } = frame;
    if (timestampUs === null) {
      this.#alarms.warn('missing-timestamp', track, `frames of track '${track}' come without a timestamp and cannot be matched to states; they are dropped. The robot must publish them with frame timestamps: check its version.`);
    } else {
      this.observer.takeFrame({ ...frame, timestampUs }, 0);
    }
  }

  setDemand(demand: VideoDemand): void {
    this.#demand = demand;
    this.#pulls.setWanted(mediaPull(demand));
  }

  /** One byte stream a frame. */
  takeStream({ payload, from }: ByteStream): void {
    if (this.#link.roster.isRobot(from)) {
      if (this.#demand !== 'none') this.#frames.take(payload);
    } else if (from !== null) {
      this.#alarms.warn('second-robot', `frame ${from.identity}`, `${from.identity} sends video but is not the robot; it is ignored. End that program, or give its robot a session of its own.`);
    }
  }

  /** A frame that was presented elsewhere. Throws UNKNOWN_TRACK. */
  noteFrame(track: string, timestampUs: number): void {
    this.observer.requireTrack(track);
    // A frame that comes here too would count twice.
    if (this.#link.roster.robot === null || this.#isReceived(track)) return;
    this.observer.takeFrame({ track, width: 0, height: 0, format: 'rgb24', data: new Uint8Array(0), timestampUs }, 0);
  }

  #isReceived(track: string): boolean {
    const isMedia = this.#config.videos.some(({ name, codec }) => name === track && isWebRtcCodec(codec));
    return isMedia ? mediaPull(this.#demand) !== null : this.#demand !== 'none';
  }

  checkTrack({ peer, name, codec }: TrackOffer): void {
    if (!this.#link.roster.isRobot(peer)) return;
    const declared = this.#config.videos.find((video) => video.name === name);
    if (declared !== undefined) {
      // Another WebRTC codec is decoded all the same; what is wrong is that one side has not what it asked for.
      if (codec === null || codec === declared.codec) return;
      this.#alarms.warn('codec-mismatch', name, `track '${name}' comes as ${codec} and is declared ${declared.codec}. Share one portal.yaml; or the robot's machine cannot encode ${declared.codec}, then declare ${codec} on both sides.`);
      return;
    }
    this.#alarms.warn('unknown-track', name, `the robot offers a track '${name}' that is not declared here; it is not received. Declare it under videos, or share one portal.yaml.`);
  }
}

/** What is received of the media tracks. */
function mediaPull(demand: VideoDemand): VideoPull | null {
  return demand === 'pixels' ? 'rgb24' : demand === 'times' ? 'times' : null;
}
