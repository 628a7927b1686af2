import { Room, RoomEvent, setLogLevel, Track, type RemoteParticipant, type RemoteTrack, type RemoteTrackPublication, type RemoteVideoTrack } from 'livekit-client';
import FrameMetadataWorker from 'livekit-client/frame-metadata-worker?worker';

// What it has to say beyond warnings is for its own developers.
setLogLevel('warn');

export interface LiveViewListener {
  /** A camera came, or went (null). */
  onTrack(name: string, track: MediaStreamTrack | null): void;
  /** The connection ended without being asked to. */
  onLost(): void;
}

/**
 * The window's own eyes: a hidden participant that subscribes to the robot's cameras and does nothing else. Pictures are
 * decoded and presented by Chromium; each one's capture time travels with it.
 */
export class LiveView {
  readonly #room: Room;
  readonly #worker: Worker;
  readonly #robotIdentity: string;
  readonly #listener: LiveViewListener;
  readonly #tracks = new Map<string, RemoteVideoTrack>();
  #isClosed = false;

  /** Pictures of anybody but `robotIdentity` are not even subscribed to. */
  constructor(robotIdentity: string, listener: LiveViewListener) {
    this.#robotIdentity = robotIdentity;
    this.#listener = listener;
    this.#worker = new FrameMetadataWorker();
    this.#room = new Room({ adaptiveStream: false, frameMetadata: { worker: this.#worker } });
    this.#room
      .on(RoomEvent.TrackPublished, (publication, participant) => this.#onPublished(publication, participant))
      .on(RoomEvent.TrackSubscribed, (track, publication, participant) => this.#onSubscribed(track, publication, participant))
      .on(RoomEvent.TrackUnsubscribed, (track, publication) => this.#onUnsubscribed(track, publication))
      .on(RoomEvent.Disconnected, () => {
        if (!this.#isClosed) listener.onLost();
      });
  }

  /** Rejects with livekit-client's error when the server cannot be reached or refuses. */
  async open(url: string, token: string): Promise<void> {
    await this.#room.connect(url, token, { autoSubscribe: false });
    for (const participant of this.#room.remoteParticipants.values()) {
      for (const publication of participant.trackPublications.values()) this.#onPublished(publication, participant);
    }
  }

  /** Capture time of the frame with this RTP timestamp, µs since the epoch; null when the robot does not send it. */
  captureTimeUs(name: string, rtpTimestamp: number): number | null {
    const metadata = this.#tracks.get(name)?.lookupFrameMetadata({ rtpTimestamp });
    return metadata === undefined || metadata.userTimestamp === 0n ? null : Number(metadata.userTimestamp);
  }

  /** Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const name of this.#tracks.keys()) this.#listener.onTrack(name, null);
    this.#tracks.clear();
    await this.#room.disconnect();
    this.#worker.terminate();
  }

  #onPublished(publication: RemoteTrackPublication, participant: RemoteParticipant): void {
    if (participant.identity === this.#robotIdentity && publication.kind === Track.Kind.Video) publication.setSubscribed(true);
  }

  #onSubscribed(track: RemoteTrack, publication: RemoteTrackPublication, participant: RemoteParticipant): void {
    if (participant.identity !== this.#robotIdentity || track.kind !== Track.Kind.Video) return;
    const video = track as RemoteVideoTrack;
    // A smooth picture is worth less than a fresh one.
    video.setPlayoutDelay(0);
    this.#tracks.set(publication.trackName, video);
    this.#listener.onTrack(publication.trackName, video.mediaStreamTrack);
  }

  #onUnsubscribed(track: RemoteTrack, publication: RemoteTrackPublication): void {
    // After a robot's restart its new track may come before the old one goes.
    if (this.#tracks.get(publication.trackName) !== track) return;
    this.#tracks.delete(publication.trackName);
    this.#listener.onTrack(publication.trackName, null);
  }
}
