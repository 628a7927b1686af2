import type { Clock } from '../../shared/portal/clock.ts';
import { PortalError } from '../../shared/portal/errors.ts';
import { RPC_CODE } from '../../shared/portal/names.ts';
import { viewOnly } from '../../shared/portal/session-errors.ts';
import { rpcFailure, sessionEnded } from './loopback-errors.ts';
import type { LoopbackMember } from './loopback-member.ts';

/** LiveKit's limit of a call's and a reply's text. */
const MAX_PAYLOAD_BYTES = 15 * 1024;
/** How long LiveKit waits for the other side to take a call at all. */
const CONNECTION_TIMEOUT_MS = 7000;

export interface LoopbackCall {
  destination: string;
  method: string;
  payload: string;
  responseTimeoutMs: number;
}

type Reply = { payload: string } | { code: number; message: string };

/** Carries text from one member to another, under the room's conditions. */
export type Carry = (from: LoopbackMember, to: LoopbackMember, run: () => void) => void;

/** One call with LiveKit's codes and time-outs. `target` null = nobody of that identity is there. */
export function callMethod(clock: Clock, carry: Carry, caller: LoopbackMember, target: LoopbackMember | null, call: LoopbackCall): Promise<string> {
  const { destination, method, payload, responseTimeoutMs } = call;
  const fail = (code: number, message: string): PortalError => rpcFailure(method, destination, code, message);
  if (new TextEncoder().encode(payload).length > MAX_PAYLOAD_BYTES) {
    return Promise.reject(fail(RPC_CODE.requestPayloadTooLarge, `the payload is over ${MAX_PAYLOAD_BYTES} bytes`));
  }
  if (!caller.grants.canPublishData) return Promise.reject(viewOnly(`RPC ${method}`));
  return new Promise((resolve, reject) => {
    const settle = (end: () => void): void => {
      stopConnection();
      stopResponse();
      caller.onGone.delete(onGone);
      end();
    };
    const stopConnection = clock.after(Math.min(CONNECTION_TIMEOUT_MS, responseTimeoutMs), () => {
      settle(() => { reject(fail(RPC_CODE.connectionTimeout, 'Connection timeout')); });
    });
    const stopResponse = clock.after(responseTimeoutMs, () => {
      settle(() => { reject(fail(RPC_CODE.responseTimeout, `no reply within ${responseTimeoutMs} ms`)); });
    });
    const onGone = (sessionId: string | null): void => {
      if (sessionId === null) settle(() => { reject(sessionEnded(`RPC ${method}`)); });
      else if (sessionId === target?.sessionId) settle(() => { reject(fail(RPC_CODE.recipientDisconnected, 'the recipient left')); });
    };
    caller.onGone.add(onGone);
    if (target === null) return;
    caller.send(true, () => {
      carry(caller, target, () => {
        if (!target.canRead(caller)) return;
        const callerIdentity = caller.grants.hidden ? '' : caller.identity;
        // An empty address is nobody's: a hidden caller is never answered.
        if (callerIdentity !== '') carry(target, caller, stopConnection);
        void run(target, { method, payload, callerIdentity, responseTimeoutMs }).then((reply) => {
          if (callerIdentity === '' || !target.isPresent) return;
          target.send(true, () => {
            carry(target, caller, () => {
              settle(() => { if ('payload' in reply) resolve(reply.payload); else reject(fail(reply.code, reply.message)); });
            });
          });
        });
      });
    });
  });
}

async function run(target: LoopbackMember, request: { method: string; payload: string; callerIdentity: string; responseTimeoutMs: number }): Promise<Reply> {
  const handler = target.endpoint.rpcHandlers.get(request.method);
  if (handler === undefined) return { code: RPC_CODE.unsupportedMethod, message: 'Method not supported at destination' };
  try {
    const payload = await handler(request);
    if (new TextEncoder().encode(payload).length <= MAX_PAYLOAD_BYTES) return { payload };
    return { code: RPC_CODE.responsePayloadTooLarge, message: 'Response payload too large' };
  } catch (thrown) {
    if (thrown instanceof PortalError && thrown.details.rpcCode !== undefined) return { code: thrown.details.rpcCode, message: thrown.message };
    target.listener.onWarning('rpc-handler-failed', `RPC ${request.method} from ${request.callerIdentity || 'an unknown caller'}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    return { code: RPC_CODE.applicationError, message: 'Application error in method handler' };
  }
}
