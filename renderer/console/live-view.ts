import { ExternalE2EEKeyProvider, Room, RoomEvent, setLogLevel, Track, type RemoteParticipant, type RemoteTrack, type RemoteTrackPublication, type RemoteVideoTrack } from 'livekit-client';
import EncryptionWorker from 'livekit-client/e2ee-worker?worker';
import FrameMetadataWorker from 'livekit-client/frame-metadata-worker?worker';

// What it has to say beyond warnings is for its own developers.
setLogLevel('warn');

export interface LiveViewListener {
  /** A camera came, or went (null). */
  onTrack(name: string, track: MediaStreamTrack | null): void;
  /** The connection ended without being asked to. */
  onLost(): void;
  /** What comes cannot be decrypted here. */
  onUndecryptable(): void;
}

export interface LiveViewPlace {
  url: string;
  token: string;
  /** Null = the session is not encrypted. */
  e2eeKey: string | null;
}

/**
 * The window's own eyes: a hidden participant that subscribes to the robot's cameras and does nothing else. Pictures are
 * decoded and presented by Chromium; each one's capture time travels with it.
 */
export class LiveView {
  readonly #room: Room;
  readonly #workers: Worker[];
  readonly #place: LiveViewPlace;
  /** As text: bytes would be derived in another way than on the other sides. */
  readonly #keys = new ExternalE2EEKeyProvider();
  readonly #robotIdentity: string;
  readonly #listener: LiveViewListener;
  readonly #tracks = new Map<string, RemoteVideoTrack>();
  #isClosed = false;

  /** Pictures of anybody but `robotIdentity` are not even subscribed to. */
  constructor(place: LiveViewPlace, robotIdentity: string, listener: LiveViewListener) {
    this.#place = place;
    this.#robotIdentity = robotIdentity;
    this.#listener = listener;
    const metadata = new FrameMetadataWorker();
    // It decrypts and takes the capture times out of the frames; the other one is then only asked whether it could.
    const encryption = place.e2eeKey === null ? null : new EncryptionWorker();
    this.#workers = encryption === null ? [metadata] : [metadata, encryption];
    this.#room = new Room({
      adaptiveStream: false,
      frameMetadata: { worker: metadata },
      ...(encryption === null ? {} : { encryption: { keyProvider: this.#keys, worker: encryption } }),
    });
    this.#room
      .on(RoomEvent.TrackPublished, (publication, participant) => this.#onPublished(publication, participant))
      .on(RoomEvent.TrackSubscribed, (track, publication, participant) => this.#onSubscribed(track, publication, participant))
      .on(RoomEvent.TrackUnsubscribed, (track, publication) => this.#onUnsubscribed(track, publication))
      .on(RoomEvent.Disconnected, () => {
        if (!this.#isClosed) listener.onLost();
      })
      .on(RoomEvent.EncryptionError, (error: Error | undefined) => {
        // Frames that come before the worker knows their sender are no mistake; those that come after will be.
        if (!this.#isClosed && !(error?.message ?? '').startsWith('InternalError')) listener.onUndecryptable();
      });
  }

  /** Rejects with livekit-client's error when the server cannot be reached or refuses. */
  async open(): Promise<void> {
    const { url, token, e2eeKey } = this.#place;
    if (e2eeKey !== null) await this.#keys.setKey(e2eeKey);
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
    for (const worker of this.#workers) worker.terminate();
  }

  #onPublished(publication: RemoteTrackPublication, participant: RemoteParticipant): void {
    if (participant.identity !== this.#robotIdentity || publication.kind !== Track.Kind.Video) return;
    // An encrypted picture without a key is noise, a plain one in an encrypted session is anybody's.
    if (publication.isEncrypted === (this.#place.e2eeKey !== null)) publication.setSubscribed(true);
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
