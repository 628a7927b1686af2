import type { PerformRpcCallback, RpcMethodInvocationEvent } from '@livekit/rtc-ffi-bindings';
import { PortalError } from '../../shared/portal/errors.ts';
import { RPC_CODE } from '../../shared/portal/names.ts';
import type { RpcHandler } from '../../shared/portal/transport.ts';
import { withDeadline } from './deadline.ts';
import { ffiCall, ffiRequest, type CallGroup } from './ffi-client.ts';
import { rpcFailure } from './livekit-errors.ts';

/** The engine has time-outs of its own; this is how much later ours steps in, so that its more exact code wins. */
const DEADLINE_MARGIN_MS = 500;
/** A joiner may be announced up to 3 s late, so an unknown destination may still answer; after this it is taken for absent. */
const UNKNOWN_DESTINATION_MS = 3_500;

/** The wire's limit for payloads and replies, in bytes of UTF-8; this engine would carry more, other SDKs refuse it. */
const MAX_PAYLOAD_BYTES = 15 * 1024;

export interface RpcCall {
  destination: string;
  method: string;
  payload: string;
  responseTimeoutMs: number;
}

/** What a call needs of its session. */
export interface CallingSession {
  participant: bigint;
  calls: CallGroup;
  /** Whether the destination has been announced. */
  isKnown(): boolean;
  /** Hears who leaves. */
  whenGone: Set<(identity: string) => void>;
}

/** Calls a method of another participant. Rejects with RPC_FAILED or RPC_TIMEOUT, both with `rpcCode`. */
export async function performRpc(call: RpcCall, session: CallingSession): Promise<string> {
  const { destination, method, payload, responseTimeoutMs } = call;
  if (Buffer.byteLength(payload) > MAX_PAYLOAD_BYTES) {
    throw rpcFailure(method, destination, RPC_CODE.requestPayloadTooLarge, `Request payload too large (at most ${MAX_PAYLOAD_BYTES} bytes)`);
  }
  const value = {
    localParticipantHandle: session.participant,
    destinationIdentity: destination,
    method,
    payload,
    responseTimeoutMs,
    ...(session.isKnown() ? {} : { maxRoundTripLatencyMs: UNKNOWN_DESTINATION_MS }),
  };
  const answered = withDeadline(ffiCall<PerformRpcCallback>({ case: 'performRpc', value }, session.calls), responseTimeoutMs + DEADLINE_MARGIN_MS, () =>
    rpcFailure(method, destination, session.isKnown() ? RPC_CODE.responseTimeout : RPC_CODE.recipientNotFound, `no reply within ${responseTimeoutMs} ms`),
  );
  const reply = await unlessGone(answered, destination, session.whenGone, () => rpcFailure(method, destination, RPC_CODE.recipientDisconnected, 'the recipient left'));
  if (reply.error === undefined) return reply.payload ?? '';
  const code = reply.error.code ?? RPC_CODE.applicationError;
  const isAbsent = code === RPC_CODE.connectionTimeout && !session.isKnown();
  throw rpcFailure(method, destination, isAbsent ? RPC_CODE.recipientNotFound : code, isAbsent ? 'Recipient not found' : (reply.error.message ?? 'no reason given'));
}

/** The engine lets a call to somebody who left run into its time-out; this ends it when the leaving is known. */
function unlessGone<T>(answered: Promise<T>, destination: string, whenGone: CallingSession['whenGone'], onGone: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const gone = (identity: string): void => {
      if (identity === destination) reject(onGone());
    };
    whenGone.add(gone);
    answered.then(resolve, reject).finally(() => whenGone.delete(gone));
  });
}

/** Announces or withdraws a method of the local participant. */
export function offerRpc(participant: bigint, method: string, isOffered: boolean): void {
  const value = { localParticipantHandle: participant, method };
  ffiRequest(isOffered ? { case: 'registerRpcMethod', value } : { case: 'unregisterRpcMethod', value });
}

/** Runs the handler of a call and sends its outcome. `onFailed` hears what the caller only sees as a code. */
export async function answerRpc(
  participant: bigint,
  event: RpcMethodInvocationEvent,
  handler: RpcHandler | undefined,
  onFailed: (message: string) => void,
): Promise<void> {
  const method = event.method ?? '';
  const outcome = await run(event, handler, (thrown) => onFailed(`RPC ${method} from ${event.callerIdentity || 'an unknown caller'}: ${thrown}`));
  const failure = reply(participant, event.invocationId ?? 0n, outcome);
  if (failure !== null) onFailed(`reply of RPC ${method} was not sent: ${failure}`);
}

/** Null = sent. The session may have ended while the handler ran, and with it the engine's handle of it. */
function reply(participant: bigint, invocationId: bigint, outcome: Outcome): string | null {
  try {
    const { error } = ffiRequest<{ error?: string }>({ case: 'rpcMethodInvocationResponse', value: { localParticipantHandle: participant, invocationId, ...outcome } });
    return error ? error : null;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

type Outcome = { payload: string } | { error: { code: number; message: string } };

async function run(event: RpcMethodInvocationEvent, handler: RpcHandler | undefined, onThrown: (message: string) => void): Promise<Outcome> {
  if (handler === undefined) return { error: { code: RPC_CODE.unsupportedMethod, message: 'Method not supported at destination' } };
  try {
    const payload = await handler({
      method: event.method ?? '',
      payload: event.payload ?? '',
      callerIdentity: event.callerIdentity ?? '',
      responseTimeoutMs: event.responseTimeoutMs ?? 0,
    });
    if (Buffer.byteLength(payload) <= MAX_PAYLOAD_BYTES) return { payload };
    return { error: { code: RPC_CODE.responsePayloadTooLarge, message: 'Response payload too large' } };
  } catch (thrown) {
    if (thrown instanceof PortalError && thrown.details.rpcCode !== undefined) {
      return { error: { code: thrown.details.rpcCode, message: thrown.message } };
    }
    // The text of an unplanned error may hold paths or values; the caller gets the code, our log the text.
    onThrown(thrown instanceof Error ? thrown.message : String(thrown));
    return { error: { code: RPC_CODE.applicationError, message: 'Application error in method handler' } };
  }
}
