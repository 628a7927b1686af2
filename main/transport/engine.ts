import { FfiEvent, livekitInitialize, type FfiRequest, type LogRecord, type PartialMessage } from '@livekit/rtc-ffi-bindings';
import { VideoSource, dispose } from '@livekit/rtc-node';

/**
 * The native engine of @livekit/rtc-node, started by the package and listened to by us: the package decodes every event on its
 * way to whoever listens, and has the engine send its whole log along, down to a hex dump of each packet. At connect that is
 * 1,700 events, afterwards more log than data.
 */

/** What this code uses of the package's one client for the engine, which it keeps as a global and does not export. */
interface EngineClient {
  request<T>(request: PartialMessage<FfiRequest>): T;
  copyBuffer(address: bigint, length: number): Uint8Array;
  emit(event: 'ffi_event', message: FfiEvent): boolean;
}

/** What the package says to the engine of itself; it does not export it. */
export const SDK_VERSION = '1.1.0';

let client: EngineClient | null = null;
let receive: (bytes: Uint8Array) => FfiEvent | null = (bytes) => FfiEvent.fromBinary(bytes);
const logListeners = new Set<(record: LogRecord) => void>();

/** `receiver` gets every event as the engine made it. What it returns goes on to others in this process who use the package. */
export function receiveFromEngine(receiver: (bytes: Uint8Array) => FfiEvent | null): void {
  receive = receiver;
}

/** Through the package's own client: a second one in the process would take the engine's events away from the first. */
export function engine(): EngineClient {
  if (client !== null) return client;
  quietly(() => {
    // Anything that touches the engine makes the package start it.
    void new VideoSource(2, 2).close();
  });
  const started = (globalThis as { _ffiClientInstance?: EngineClient })._ffiClientInstance;
  if (started === undefined) throw new Error('@livekit/rtc-node no longer keeps its client at _ffiClientInstance');
  client = started;
  listen();
  return client;
}

/** Hears the engine's log until the returned function is called. Costs an event a line, several lines a packet. */
export function hearEngineLog(listener: (record: LogRecord) => void): () => void {
  logListeners.add(listener);
  if (logListeners.size === 1) listen();
  return () => {
    if (logListeners.delete(listener) && logListeners.size === 0) listen();
  };
}

/** Passes lines of the log on. */
export function tellLog(records: readonly LogRecord[]): void {
  for (const record of records) for (const listener of logListeners) listener(record);
}

/** Ends the engine: its threads and its hold on the event loop. Sessions must be disconnected before; a later use starts it again. */
export async function disposeEngine(): Promise<void> {
  if (client === null) return;
  client = null;
  await dispose();
  // The package would go on using a client whose engine is gone.
  delete (globalThis as { _ffiClientInstance?: EngineClient })._ffiClientInstance;
}

/** The engine takes a new listener, and whether to send its log, at any time; events on their way still come, and first. */
function listen(): void {
  if (client === null) return;
  livekitInitialize((bytes) => {
    const event = receive(bytes);
    if (event !== null) client?.emit('ffi_event', event);
  }, logListeners.size > 0, SDK_VERSION);
}

/** An engine that does not send its log prints it, and reads here what of it. Every error in it reaches us as an answer too. */
function quietly(start: () => void): void {
  const isChosen = process.env.RUST_LOG !== undefined;
  if (!isChosen) process.env.RUST_LOG = 'off';
  try {
    start();
  } finally {
    if (!isChosen) delete process.env.RUST_LOG;
  }
}
