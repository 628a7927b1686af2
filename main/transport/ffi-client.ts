import { FfiEvent, FfiHandle, livekitFfiRequest, livekitRetrievePtr } from '@livekit/rtc-ffi-bindings';
import type { ByteStreamReaderEvent, FfiRequest, PartialMessage, RoomEvent, RpcMethodInvocationEvent, VideoStreamEvent } from '@livekit/rtc-ffi-bindings';
import type { VideoFrame } from '../../shared/portal/types.ts';
import { captureRequest } from './capture-wire.ts';
import { disposeEngine, engine, receiveFromEngine, tellLog } from './engine.ts';
import { publishDataRequest, readDataPacket, readPublishId, readPublishReply, type EngineData } from './engine-wire.ts';

/**
 * Talking to the engine by its own messages. The package's `Room` on top of it takes a lock and a listener for each event and
 * each packet, leaves out frame timestamps and whole byte streams, and its `participantConnected` of a known identity ends in an
 * unhandled rejection; a session of hours at 200 Hz needs none of that.
 */
type Request = NonNullable<PartialMessage<FfiRequest>['message']>;
type Message = FfiEvent['message'];

interface Routes {
  room: Map<bigint, (event: RoomEvent) => void>;
  /** By room, as `room`. */
  data: Map<bigint, (packet: EngineData) => void>;
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

const routes: Routes = { room: new Map(), data: new Map(), rpc: new Map(), video: new Map(), bytes: new Map(), replies: new Map() };
let onPanic: (message: string) => void = (message) => console.error(`livekit engine panicked: ${message}`);

/** Where events of one handle go; the entry is removed by its owner. */
export const ffiRoutes: Omit<Routes, 'replies'> = routes;

receiveFromEngine((bytes) => {
  const packet = readDataPacket(bytes);
  const take = packet === null ? undefined : routes.data.get(packet.room);
  if (packet !== null && take !== undefined) {
    take(packet);
    return null;
  }
  const reply = readPublishReply(bytes);
  if (reply !== null && settle(reply.asyncId, reply)) return null;
  const event = FfiEvent.fromBinary(bytes);
  dispatch(event.message);
  return event;
});

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
      return tellLog(message.value.records);
    case undefined:
      return;
    default: {
      const reply = message.value as { asyncId?: bigint };
      if (reply.asyncId !== undefined) settle(reply.asyncId, reply);
    }
  }
}

/** False = nobody here waits for it. */
function settle(asyncId: bigint, value: unknown): boolean {
  const waiting = routes.replies.get(asyncId);
  if (waiting === undefined) return false;
  routes.replies.delete(asyncId);
  waiting.group?.pending.delete(asyncId);
  waiting.resolve(value);
  return true;
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
  return answered(message.case ?? '', () => ffiRequest<{ asyncId?: bigint }>(message).asyncId, group);
}

/** Sends `payload` to everybody in the room; the engine copies it before this returns. Settles as `ffiCall`. */
export function ffiPublishData(participant: bigint, topic: string, payload: Uint8Array, reliable: boolean, group: CallGroup): Promise<{ error: string | undefined }> {
  return answered('publishData', () => {
    engine();
    const request = publishDataRequest({ participant, address: livekitRetrievePtr(payload), length: payload.byteLength, reliable, topic });
    return readPublishId(livekitFfiRequest(request)) ?? undefined;
  }, group);
}

/** Hands a frame to a video source; the engine copies it before this returns. Its size and data must agree. Throws what the engine throws. */
export function ffiCapture(source: bigint, { format, width, height, data, timestampUs }: VideoFrame): void {
  engine();
  livekitFfiRequest(captureRequest(source, { format, width, height, address: livekitRetrievePtr(data) }, timestampUs));
}

function answered<T>(what: string, ask: () => bigint | undefined, group: CallGroup | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    try {
      const asyncId = ask();
      if (asyncId === undefined) throw new Error(`the engine gave no id for ${what}`);
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

/** As `disposeEngine`; what still waits for the engine is forgotten. */
export async function disposeLivekit(): Promise<void> {
  for (const route of Object.values(routes)) route.clear();
  await disposeEngine();
}

/** Replaces what happens when the engine panics; the default writes to stderr. */
export function setPanicHandler(handler: (message: string) => void): void {
  onPanic = handler;
}
