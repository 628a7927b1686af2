import { EncryptionState, EncryptionType, type E2eeStateChanged, type LogRecord, type TrackPublicationInfo } from '@livekit/rtc-ffi-bindings';
import { hearEngineLog } from './engine.ts';
import { Unheard } from './unheard.ts';

/**
 * Says in words when end-to-end encryption does not fit: otherwise a wrong key looks like a camera that shows nothing and a
 * robot that does not answer. Of data that cannot be decrypted the engine tells its log alone, so that is read.
 */
export class EncryptionWatch {
  readonly #isEncrypted: boolean;
  readonly #isPeer: (identity: string) => boolean;
  readonly #say: (words: string) => void;
  readonly #unheard: Unheard;

  /** `isEncrypted`: a key is set on this side. */
  constructor(isEncrypted: boolean, isPeer: (identity: string) => boolean, say: (words: string) => void) {
    this.#isEncrypted = isEncrypted;
    this.#isPeer = isPeer;
    this.#say = say;
    this.#unheard = new Unheard(() => hearEngineLog((record: LogRecord) => this.#readLog(record.message ?? '')), isEncrypted);
  }

  /** Whether a track may be shown: an encrypted one without a key is noise, a plain one in an encrypted session is anybody's. */
  admitsTrack(identity: string, track: TrackPublicationInfo): boolean {
    const isTrackEncrypted = (track.encryptionType ?? EncryptionType.NONE) !== EncryptionType.NONE;
    if (isTrackEncrypted === this.#isEncrypted) return true;
    this.#say(isTrackEncrypted ? noKeyHere(identity) : `${identity} sends video without end-to-end encryption and is not shown; set the same key there`);
    return false;
  }

  stateChanged({ participantIdentity, state }: E2eeStateChanged): void {
    const identity = participantIdentity ?? 'somebody';
    if (state === EncryptionState.DECRYPTION_FAILED) this.#say(keysDiffer(identity));
    else if (state === EncryptionState.MISSING_KEY) this.#say(noKeyHere(identity));
    else if (state === EncryptionState.ENCRYPTION_FAILED) this.#say('video could not be encrypted and is not sent; set the key again on every side, and join again');
    else if (state === EncryptionState.INTERNAL_ERROR) this.#say('end-to-end encryption failed inside the engine; set the key again on every side, and join again');
  }

  joined(identity: string): void {
    this.#unheard.joined(identity);
  }

  /** A packet of this member was understood, or it left. */
  heard(identity: string): void {
    this.#unheard.heard(identity);
  }

  close(): void {
    this.#unheard.close();
  }

  #readLog(message: string): void {
    const identity = /^Failed to decrypt data packet from (.*)$/.exec(message)?.[1];
    // The log is that of all sessions of this process.
    if (identity !== undefined && this.#isPeer(identity)) this.#say(this.#isEncrypted ? keysDiffer(identity) : noKeyHere(identity));
  }
}

function keysDiffer(identity: string): string {
  return `what ${identity} sends cannot be decrypted: the end-to-end encryption keys differ; set the same key on every side`;
}

function noKeyHere(identity: string): string {
  return `what ${identity} sends is end-to-end encrypted, and no key is set here; set the session's key`;
}
