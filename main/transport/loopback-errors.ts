import { PortalError } from '../../shared/portal/errors.ts';
import { RPC_CODE } from '../../shared/portal/names.ts';

export function notConnected(what: string): PortalError {
  return new PortalError('NOT_CONNECTED', `${what} needs a session`, { expected: 'a connected session', got: 'none', fix: 'Connect first.' });
}

export function sessionEnded(what: string): PortalError {
  return new PortalError('DISCONNECTED', `the session ended during ${what}`, { fix: 'Connect again and repeat it.' });
}

/** RPC_TIMEOUT for the two codes that mean waiting in vain, else RPC_FAILED; both with `rpcCode`. */
export function rpcFailure(method: string, destination: string, code: number, message: string): PortalError {
  const timedOut = code === RPC_CODE.connectionTimeout || code === RPC_CODE.responseTimeout;
  return new PortalError(timedOut ? 'RPC_TIMEOUT' : 'RPC_FAILED', `${method} on ${destination}: ${message}`, { rpcCode: code, got: message });
}
