import { DataPacketKind } from '@livekit/rtc-ffi-bindings';
import type { ByteStreamOpened, ByteStreamReaderEvent, ByteStreamReaderReadAllCallback, StreamSendBytesCallback } from '@livekit/rtc-ffi-bindings';
import { PortalError } from '../../shared/portal/errors.ts';
import type { ByteStream } from '../../shared/portal/transport.ts';
import type { WarningTag } from '../../shared/portal/warning-tags.ts';
import { dropHandle, ffiCall, ffiRequest, ffiRoutes, type CallGroup } from './ffi-client.ts';
import { IdleClock } from './idle-clock.ts';

/** Bounds of what a sender can make us hold. */
export const BYTE_STREAM_LIMITS = {
  maxBytes: 64 * 1024 * 1024,
  idleMs: 2_000,
  /** A burst of small ones is announced all at once, before the first of them is read. */
  inFlightPerSender: 512,
  /** Read in one answer up to here, which costs less; beyond, piece by piece, so that the idle time counts from the last piece. */
  wholeReadBytes: 64 * 1024,
} as const;

export interface OutgoingBytes {
  senderIdentity: string;
  topic: string;
  payload: Uint8Array;
  compress: boolean;
}

/** Enough to keep the line busy until the next frame follows; a tenth of a second on a line of 2.5 Mbit/s. */
const STORE_BYTES = 32n * 1024n;

/**
 * The engine takes 2 MB before it lets a sender wait, which is seconds on a slow link. With a small store, `sendByteStream`
 * resolves when its bytes are nearly all under way, and who sends one at a time keeps the queue as short as that one.
 */
export function keepQueueShort(participant: bigint): void {
  ffiRequest({ case: 'setDataChannelBufferedAmountLowThreshold', value: { localParticipantHandle: participant, threshold: STORE_BYTES, kind: DataPacketKind.KIND_RELIABLE } });
}

/** Sends one whole payload; resolves once it is under way. Rejects with PUBLISH_FAILED. */
export async function sendByteStream(participant: bigint, outgoing: OutgoingBytes, group: CallGroup): Promise<void> {
  const { senderIdentity, topic, payload, compress } = outgoing;
  const options = { topic, name: topic, mimeType: 'application/octet-stream', totalLength: BigInt(payload.byteLength), compress, senderIdentity };
  const reply = await ffiCall<StreamSendBytesCallback>({ case: 'sendBytes', value: { localParticipantHandle: participant, options, bytes: payload } }, group);
  if (reply.result.case === 'error') {
    throw new PortalError('PUBLISH_FAILED', `byte stream ${topic} was not sent`, { got: reply.result.value.description ?? 'no reason given' });
  }
}

/** What the intake reports. `sender` is an identity, possibly empty. */
export interface ByteIntakeListener {
  onStream(stream: Omit<ByteStream, 'from'>, sender: string): void;
  onWarning(tag: WarningTag, message: string): void;
}

/** Receives byte streams whole, within bounds on size, idle time and number; what breaks them is refused with a warning. */
export class ByteIntake {
  readonly #listener: ByteIntakeListener;
  readonly #inFlight = new Map<string, { streams: number; bytes: number }>();
  /** Delivery of the last small stream of a sender on a topic. */
  readonly #lastTurn = new Map<string, Promise<void>>();
  readonly #open = new Set<() => void>();

  constructor(listener: ByteIntakeListener) {
    this.#listener = listener;
  }

  opened(event: ByteStreamOpened): void {
    const handle = event.reader?.handle?.id;
    const info = event.reader?.info;
    if (handle === undefined || info === undefined) return;
    const sender = event.participantIdentity ?? '';
    const topic = info.topic ?? '';
    const declared = info.totalLength === undefined ? null : Number(info.totalLength);
    const refuse = (tag: WarningTag, why: string): void => {
      dropHandle(handle);
      this.#listener.onWarning(tag, `byte stream ${topic} from ${sender || 'an unknown sender'} refused: ${why}`);
    };
    if (declared !== null && declared > BYTE_STREAM_LIMITS.maxBytes) return refuse('byte-stream-too-large', `${declared} bytes, at most ${BYTE_STREAM_LIMITS.maxBytes}`);
    const inFlight = this.#inFlight.get(sender) ?? { streams: 0, bytes: 0 };
    const bytes = declared ?? BYTE_STREAM_LIMITS.wholeReadBytes;
    if (inFlight.streams >= BYTE_STREAM_LIMITS.inFlightPerSender || inFlight.bytes + bytes > BYTE_STREAM_LIMITS.maxBytes) {
      return refuse('byte-stream-crowded', `already ${inFlight.streams} in flight, ${inFlight.bytes} bytes`);
    }
    this.#inFlight.set(sender, { streams: inFlight.streams + 1, bytes: inFlight.bytes + bytes });
    const isSmall = declared !== null && declared <= BYTE_STREAM_LIMITS.wholeReadBytes;
    const reading = isSmall ? this.#readWhole(handle) : this.#readPieces(handle);
    const deliver = reading
      .then(
        (payload) => () => this.#listener.onStream({ topic, payload }, sender),
        (thrown: Error) => () => this.#reportLoss(thrown, topic, sender),
      )
      .finally(() => this.#release(sender, bytes));
    if (isSmall) this.#inTurn(`${sender} ${topic}`, deliver);
    else void deliver.then((act) => act());
  }

  /** The engine answers whole reads in any order; what was sent in order must not arrive as a new command before an old one. */
  #inTurn(line: string, deliver: Promise<() => void>): void {
    const turn = Promise.all([deliver, this.#lastTurn.get(line)]).then(([act]) => {
      if (this.#lastTurn.get(line) === turn) this.#lastTurn.delete(line);
      act();
    });
    this.#lastTurn.set(line, turn);
  }

  /** Ends all readings without a word: the session is over. */
  close(): void {
    for (const end of [...this.#open]) end();
    this.#inFlight.clear();
  }

  #release(sender: string, bytes: number): void {
    const now = this.#inFlight.get(sender);
    if (now === undefined) return;
    if (now.streams > 1) this.#inFlight.set(sender, { streams: now.streams - 1, bytes: now.bytes - bytes });
    else this.#inFlight.delete(sender);
  }

  #reportLoss(thrown: Error, topic: string, sender: string): void {
    if (thrown instanceof SessionOver) return;
    const tag = thrown instanceof Refusal ? thrown.tag : 'byte-stream-broken';
    this.#listener.onWarning(tag, `byte stream ${topic} from ${sender || 'an unknown sender'} lost: ${thrown.message}`);
  }

  #readWhole(handle: bigint): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const end = this.#startClock(reject);
      ffiCall<ByteStreamReaderReadAllCallback>({ case: 'byteReadAll', value: { readerHandle: handle } }).then((reply) => {
        end.stop();
        if (reply.result.case === 'content') resolve(reply.result.value);
        else reject(new Error(reply.result.value?.description ?? 'ended early'));
      }, reject);
    });
  }

  #readPieces(handle: bigint): Promise<Uint8Array> {
    return new Promise<Uint8Array>((resolve, reject) => {
      const pieces: Uint8Array[] = [];
      let bytes = 0;
      const clock = this.#startClock(reject);
      ffiRoutes.bytes.set(handle, (event: ByteStreamReaderEvent) => {
        const { detail } = event;
        if (detail.case === 'chunkReceived') {
          const piece = detail.value.content ?? new Uint8Array();
          bytes += piece.byteLength;
          pieces.push(piece);
          clock.restart();
          if (bytes > BYTE_STREAM_LIMITS.maxBytes) reject(new Refusal('byte-stream-too-large', `more than ${BYTE_STREAM_LIMITS.maxBytes} bytes`));
        } else if (detail.case === 'eos') {
          clock.stop();
          if (detail.value.error === undefined) resolve(joined(pieces, bytes));
          else reject(new Error(detail.value.error.description ?? 'ended early'));
        }
      });
      ffiRequest({ case: 'byteReadIncremental', value: { readerHandle: handle } });
    }).finally(() => ffiRoutes.bytes.delete(handle));
  }

  /** Rejects after the idle time, or when the session closes. */
  #startClock(reject: (reason: Error) => void): { stop(): void; restart(): void } {
    const clock = new IdleClock(BYTE_STREAM_LIMITS.idleMs, () => {
      this.#open.delete(end);
      reject(new Refusal('byte-stream-idle', `nothing came for ${BYTE_STREAM_LIMITS.idleMs} ms`));
    });
    const stop = (): void => {
      clock.stop();
      this.#open.delete(end);
    };
    const end = (): void => {
      stop();
      reject(new SessionOver());
    };
    this.#open.add(end);
    return { stop, restart: () => { clock.restart(); } };
  }
}

class Refusal extends Error {
  readonly tag: WarningTag;
  constructor(tag: WarningTag, message: string) {
    super(message);
    this.tag = tag;
  }
}

class SessionOver extends Error {}

function joined(pieces: Uint8Array[], bytes: number): Uint8Array {
  const payload = new Uint8Array(bytes);
  let offset = 0;
  for (const piece of pieces) {
    payload.set(piece, offset);
    offset += piece.byteLength;
  }
  return payload;
}
