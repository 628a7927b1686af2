import { EncryptionType, KeyDerivationFunction } from '@livekit/rtc-ffi-bindings';
import type { ConnectCallback, ConnectCallback_Result } from '@livekit/rtc-ffi-bindings';
import { PortalError, toPortalError } from '../../shared/portal/errors.ts';
import type { ConnectOptions, DisconnectReason, Peer, RpcHandler, Transport, TransportListener, VideoPublication, VideoPublishOptions, VideoPull } from '../../shared/portal/transport.ts';
import { BYTE_STREAM_LIMITS } from './byte-streams.ts';
import { pause, withDeadline } from './deadline.ts';
import { dropHandle, ffiCall } from './ffi-client.ts';
import { connectFailure, connectTimeout, isWorthRetrying, notConnected } from './livekit-errors.ts';
import { LivekitSession } from './livekit-session.ts';
import { bypassProxyFor } from './proxy-bypass.ts';
import { readTokenClaims } from './token.ts';
import { VideoWishes } from './video-intake.ts';

/** One attempt, and the pauses between attempts; together the longest that `connect` takes. */
const ATTEMPT_TIMEOUT_MS = 5_000;
const RETRY_PAUSES_MS = [250, 750];

/** PORT Transport over the engine of @livekit/rtc-node. It knows rooms, packets and tracks, nothing of Portal. */
export class LivekitTransport implements Transport {
  readonly #wishes = new VideoWishes();
  readonly #rpcHandlers = new Map<string, RpcHandler>();
  #session: LivekitSession | null = null;
  #attempt: AbortController | null = null;
  /** The token in use; the server renews it while the session lasts. */
  #token = '';

  async connect(options: ConnectOptions, listener: TransportListener): Promise<Peer> {
    if (this.#session !== null || this.#attempt !== null) {
      throw new PortalError('ALREADY_CONNECTED', 'this transport has a session already', { fix: 'Disconnect first.' });
    }
    if (options.e2eeKey === '') {
      throw new PortalError('CONFIG_INVALID', 'the end-to-end encryption key is empty', { expected: 'a key of at least one character, or none', got: "''", fix: 'Set a key on every side, or remove it.' });
    }
    const attempt = new AbortController();
    this.#attempt = attempt;
    try {
      const result = await connectWithRetries(options, attempt.signal);
      this.#token = options.token;
      return this.#begin(result, listener, options.e2eeKey !== null);
    } finally {
      this.#attempt = null;
    }
  }

  #begin(result: ConnectCallback_Result, listener: TransportListener, isEncrypted: boolean): Peer {
    const session = new LivekitSession(result, {
      listener,
      wishes: this.#wishes,
      rpcHandlers: this.#rpcHandlers,
      isEncrypted,
      onEnded: (reason) => {
        if (this.#session === session) this.#session = null;
        listener.onConnection('disconnected', this.#withExpiry(reason));
      },
      onTokenRefreshed: (token) => (this.#token = token),
    });
    this.#session = session;
    session.begin(result);
    return session.local;
  }

  /** The server says the same for a lost line and for a token that ran out; only the clock tells. */
  #withExpiry(reason: DisconnectReason): DisconnectReason {
    const expiresAtS = readTokenClaims(this.#token)?.expiresAtS;
    return reason === 'connection-lost' && expiresAtS != null && expiresAtS * 1000 <= Date.now() ? 'token-expired' : reason;
  }

  async disconnect(): Promise<void> {
    this.#attempt?.abort(new PortalError('DISCONNECTED', 'connecting was given up'));
    await this.#session?.leave();
  }

  async setAttributes(attributes: Readonly<Record<string, string>>): Promise<void> {
    await this.#requireSession('setting attributes').setAttributes(attributes);
  }

  async publishData(topic: string, payload: Uint8Array, options: { reliable: boolean }): Promise<void> {
    await this.#requireSession(`sending ${topic}`).publishData(topic, payload, options.reliable);
  }

  async sendBytes(topic: string, payload: Uint8Array, options: { compress: boolean }): Promise<void> {
    await this.#requireSession(`sending ${topic}`).sendBytes(topic, payload, options.compress);
  }

  async publishVideo(name: string, options: VideoPublishOptions): Promise<VideoPublication> {
    return this.#requireSession(`publishing ${name}`).publishVideo(name, options);
  }

  pullVideo(identity: string, trackName: string, wanted: VideoPull | null): void {
    this.#wishes.set(identity, trackName, wanted);
    this.#session?.applyWish(identity, trackName);
  }

  registerRpc(method: string, handler: RpcHandler): void {
    const isNew = !this.#rpcHandlers.has(method);
    this.#rpcHandlers.set(method, handler);
    if (isNew) this.#session?.offerRpc(method, true);
  }

  unregisterRpc(method: string): void {
    if (this.#rpcHandlers.delete(method)) this.#session?.offerRpc(method, false);
  }

  async performRpc(request: { destination: string; method: string; payload: string; responseTimeoutMs: number }): Promise<string> {
    return this.#requireSession(`calling ${request.method}`).performRpc(request);
  }

  #requireSession(what: string): LivekitSession {
    if (this.#session === null) throw notConnected(what);
    return this.#session;
  }
}

/** Resolves with the engine's room. Rejects with the last attempt's error; a refused token is not tried again. */
async function connectWithRetries(options: ConnectOptions, signal: AbortSignal): Promise<ConnectCallback_Result> {
  checkUrl(options.url);
  bypassProxyFor(options.url);
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await connectOnce(options, signal);
    } catch (thrown) {
      const error = toPortalError(thrown);
      const pauseMs = RETRY_PAUSES_MS[attempt];
      if (signal.aborted || pauseMs === undefined || !isWorthRetrying(error)) throw error;
      await pause(pauseMs, signal);
    }
  }
}

async function connectOnce(options: ConnectOptions, signal: AbortSignal): Promise<ConnectCallback_Result> {
  let isGivenUp = false;
  const call = ffiCall<ConnectCallback>({ case: 'connect', value: { url: options.url, token: options.token, options: roomOptions(options.e2eeKey) } });
  const guarded = call.then((reply) => {
    if (reply.message.case !== 'result') throw connectFailure(reply.message.value ?? 'no reason given', options.url);
    // Nobody waits for this room any more; left open it would hold the identity.
    if (isGivenUp) leaveUnused(reply.message.value);
    return reply.message.value;
  });
  const givenUp = new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }));
  try {
    const late = (): PortalError => connectTimeout(options.url, `no session after ${(ATTEMPT_TIMEOUT_MS + 1000) / 1000} s`);
    return await withDeadline(Promise.race([guarded, givenUp]), ATTEMPT_TIMEOUT_MS + 1000, late);
  } catch (thrown) {
    isGivenUp = true;
    guarded.catch(() => undefined);
    throw thrown;
  }
}

function leaveUnused(result: ConnectCallback_Result): void {
  const handles = [result.room?.handle?.id, result.localParticipant?.handle?.id];
  for (const { participant, publications } of result.participants) handles.push(participant?.handle?.id, ...publications.map((track) => track.handle?.id));
  const left = ffiCall({ case: 'disconnect', value: { roomHandle: result.room?.handle?.id ?? 0n } });
  void left.catch(() => undefined).then(() => handles.forEach(dropHandle));
}

function roomOptions(e2eeKey: string | null) {
  return {
    autoSubscribe: false,
    dynacast: false,
    // With one connection for both ways the server sends a new subscriber the key frame right after its answer; one that comes
    // before the answer is applied is lost, and the next one is due half a second later.
    singlePeerConnection: false,
    adaptiveStream: false,
    joinRetries: 0,
    connectTimeoutMs: BigInt(ATTEMPT_TIMEOUT_MS),
    dataStream: { maxPayloadByteLength: BigInt(BYTE_STREAM_LIMITS.maxBytes) },
    ...(e2eeKey === null ? {} : { encryption: encryption(e2eeKey) }),
  };
}

/**
 * Salt and derivation are those of every LiveKit SDK. Not so the ratchet: nobody turns keys in a session, and with it each
 * frame of a wrong key costs sixteen derivations, which holds up the engine for seconds. The tolerance makes it say so.
 */
function encryption(key: string) {
  const encoder = new TextEncoder();
  return {
    encryptionType: EncryptionType.GCM,
    keyProviderOptions: {
      sharedKey: encoder.encode(key),
      ratchetSalt: encoder.encode('LKFrameEncryptionKey'),
      ratchetWindowSize: 0,
      failureTolerance: 10,
      keyRingSize: 16,
      keyDerivationFunction: KeyDerivationFunction.PBKDF2,
    },
  };
}

function checkUrl(url: string): void {
  if (/^(wss?|https?):\/\/[^/]/.test(url) && URL.canParse(url)) return;
  throw new PortalError('SERVER_UNREACHABLE', `${url || 'an empty text'} is not the URL of a LiveKit server`, {
    expected: 'ws://host:port or wss://host',
    got: url || "''",
    fix: 'Give the URL as the server prints it, for instance ws://127.0.0.1:7880.',
  });
}
