import { FfiHandle, type FfiEvent, type FfiRequest } from '@livekit/rtc-ffi-bindings';
import { VideoSource, dispose } from '@livekit/rtc-node';
import type { ByteStreamReaderEvent, LogRecord, PartialMessage, RoomEvent, RpcMethodInvocationEvent, VideoStreamEvent } from '@livekit/rtc-ffi-bindings';

/**
 * The native engine of @livekit/rtc-node, started by the package and spoken to by its own messages. The package's `Room` on top of it takes a lock
 * and a listener for each event and each packet, leaves out frame timestamps and whole byte streams, and its
 * `participantConnected` of a known identity ends in an unhandled rejection; a session of hours at 200 Hz needs none of that.
 */
type Request = NonNullable<PartialMessage<FfiRequest>['message']>;
type Message = FfiEvent['message'];

/** What this code uses of the package's one client for the engine, which it keeps as a global and does not export. */
interface EngineClient {
  request<T>(request: PartialMessage<FfiRequest>): T;
  copyBuffer(address: bigint, length: number): Uint8Array;
  on(event: 'ffi_event', listener: (event: FfiEvent) => void): void;
}

interface Routes {
  room: Map<bigint, (event: RoomEvent) => void>;
  rpc: Map<bigint, (event: RpcMethodInvocationEvent) => void>;
  video: Map<bigint, (event: VideoStreamEvent) => void>;
  bytes: Map<bigint, (event: ByteStreamReaderEvent) => void>;
  replies: Map<bigint, Reply>;
}

interface Reply {
  resolve(value: unknown): void;
  reject(reason: Error): void;
  group: CallGroup | undefined;
}

/** Calls that end together: those of one session, which the engine may leave unanswered when the session goes. */
export class CallGroup {
  readonly pending = new Set<bigint>();

  /** Rejects what is still open. */
  close(reason: Error): void {
    for (const id of this.pending) {
      const reply = routes.replies.get(id);
      routes.replies.delete(id);
      reply?.reject(reason);
    }
    this.pending.clear();
  }
}

const routes: Routes = { room: new Map(), rpc: new Map(), video: new Map(), bytes: new Map(), replies: new Map() };
let client: EngineClient | null = null;
let onPanic: (message: string) => void = (message) => console.error(`livekit engine panicked: ${message}`);

/** Hears the engine's log; most lines mean nothing to anybody. */
export const ffiLogListeners = new Set<(record: LogRecord) => void>();

/** Where events of one handle go; the entry is removed by its owner. */
export const ffiRoutes: Pick<Routes, 'room' | 'rpc' | 'video' | 'bytes'> = routes;

/** Through the package's own client: a second one in the process would take the engine's events away from the first. */
function engine(): EngineClient {
  if (client !== null) return client;
  // Anything that touches the engine makes the package start it.
  void new VideoSource(2, 2).close();
  const started = (globalThis as { _ffiClientInstance?: EngineClient })._ffiClientInstance;
  if (started === undefined) throw new Error('@livekit/rtc-node no longer keeps its client at _ffiClientInstance');
  started.on('ffi_event', (event) => dispatch(event.message));
  client = started;
  return client;
}

function dispatch(message: Message): void {
  switch (message.case) {
    case 'roomEvent':
      return routes.room.get(message.value.roomHandle ?? 0n)?.(message.value);
    case 'videoStreamEvent':
      return dispatchVideo(message.value);
    case 'byteStreamReaderEvent':
      return routes.bytes.get(message.value.readerHandle ?? 0n)?.(message.value);
    case 'rpcMethodInvocation':
      return routes.rpc.get(message.value.localParticipantHandle ?? 0n)?.(message.value);
    case 'panic':
      return onPanic(message.value.message ?? 'no message');
    case 'logs':
      for (const record of message.value.records) for (const listener of ffiLogListeners) listener(record);
      return;
    case undefined:
      return;
    default: {
      const reply = message.value as { asyncId?: bigint };
      if (reply.asyncId === undefined) return;
      const waiting = routes.replies.get(reply.asyncId);
      routes.replies.delete(reply.asyncId);
      waiting?.group?.pending.delete(reply.asyncId);
      waiting?.resolve(message.value);
    }
  }
}

/** A frame whose stream was just closed still owns its native buffer: unclaimed, it would never be freed. */
function dispatchVideo(event: VideoStreamEvent): void {
  const route = routes.video.get(event.streamHandle ?? 0n);
  if (route !== undefined) return route(event);
  if (event.message.case === 'frameReceived') dropHandle(event.message.value.buffer?.handle?.id);
}

/** One synchronous request; the answer's payload. Throws what the engine throws. */
export function ffiRequest<T>(message: Request): T {
  return engine().request<T>({ message });
}

/** A request that is answered by an event; the reply says whether it failed. Rejects only when its group closes. */
export function ffiCall<T>(message: Request, group?: CallGroup): Promise<T> {
  return new Promise((resolve, reject) => {
    try {
      const { asyncId } = ffiRequest<{ asyncId?: bigint }>(message);
      if (asyncId === undefined) throw new Error(`the engine gave no id for ${message.case}`);
      routes.replies.set(asyncId, { resolve: resolve as (value: unknown) => void, reject, group });
      group?.pending.add(asyncId);
    } catch (thrown) {
      reject(thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
  });
}

/** Copies `length` bytes at a native address; the result is the caller's. */
export function copyNative(address: bigint, length: number): Uint8Array {
  return engine().copyBuffer(address, length);
}

/** Frees what the engine holds under `id`. Unknown and already freed ids are none. */
export function dropHandle(id: bigint | undefined): void {
  if (id === undefined) return;
  new FfiHandle(id).dispose();
}

/** Ends the engine: its threads and its hold on the event loop. Sessions must be disconnected before; a later connect starts it again. */
export async function disposeLivekit(): Promise<void> {
  if (client === null) return;
  client = null;
  for (const route of [routes.room, routes.rpc, routes.video, routes.bytes, routes.replies]) route.clear();
  await dispose();
  // The package would go on using a client whose engine is gone.
  delete (globalThis as { _ffiClientInstance?: EngineClient })._ffiClientInstance;
}

/** Replaces what happens when the engine panics; the default writes to stderr. */
export function setPanicHandler(handler: (message: string) => void): void {
  onPanic = handler;
}
