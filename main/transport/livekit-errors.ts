import { DisconnectReason as NativeReason } from '@livekit/rtc-ffi-bindings';
import { RPC_CODE } from '../../shared/portal/names.ts';
import { PortalError } from '../../shared/portal/errors.ts';
import type { DisconnectReason } from '../../shared/portal/transport.ts';

/** Retrying helps against a busy or starting server, never against a refused token. */
export function isWorthRetrying(error: PortalError): boolean {
  return error.code === 'SERVER_UNREACHABLE' || error.code === 'CONNECT_TIMEOUT';
}

/** The engine's text on a failed connect as a named error. The text of a refusal holds the whole token, so only its end is kept. */
export function connectFailure(text: string, url: string): PortalError {
  const reason = withoutTokens(text);
  if (/\b(401|403)\b|unauthorized|forbidden|permission/i.test(text)) return tokenRefused(reason, url);
  if (/time(d)?[ -]?out|deadline/i.test(text)) return connectTimeout(url, reason);
  return new PortalError('SERVER_UNREACHABLE', `no LiveKit server answers at ${url}`, {
    expected: 'a LiveKit server',
    got: reason,
    fix: 'Check the URL (ws://host:port or wss://host), that the server runs, and that no firewall is in between.',
  });
}

function tokenRefused(reason: string, url: string): PortalError {
  const expired = /expired/i.test(reason);
  return new PortalError('TOKEN_REFUSED', `the server at ${url} refuses the token`, {
    expected: expired ? 'a token that is still valid' : 'a token signed with the key and secret of this server',
    got: reason,
    fix: expired ? 'Ask for a new token.' : 'Check the API key and the API secret, or ask for a token made for this server.',
  });
}

/** `url` did not finish within its time; `got` says how far it came. */
export function connectTimeout(url: string, got: string): PortalError {
  return new PortalError('CONNECT_TIMEOUT', `connecting to ${url} took too long`, {
    expected: 'an answer from the server',
    got,
    fix: 'Check that the host is a LiveKit server, that its WebRTC ports (UDP and TCP) are open, and try again.',
  });
}

function withoutTokens(text: string): string {
  const shortened = text.replace(/\beyJ[\w-]+\.[\w-]*\.?[\w-]*/g, '…').replace(/^engine: /, '');
  return /error: ([^,]+)$/.exec(shortened)?.[1] ?? shortened;
}

/** Why the server or the engine ended a session. */
export function disconnectReason(native: NativeReason | undefined): DisconnectReason {
  switch (native) {
    case NativeReason.CLIENT_INITIATED:
      return 'left';
    case NativeReason.DUPLICATE_IDENTITY:
      return 'duplicate-identity';
    case NativeReason.PARTICIPANT_REMOVED:
      return 'removed';
    case NativeReason.ROOM_DELETED:
    case NativeReason.ROOM_CLOSED:
      return 'room-closed';
    default:
      return 'connection-lost';
  }
}

/** A failed call's code and text, as RPC_TIMEOUT or RPC_FAILED with `rpcCode`. */
export function rpcFailure(method: string, destination: string, code: number, message: string): PortalError {
  const timedOut = code === RPC_CODE.connectionTimeout || code === RPC_CODE.responseTimeout;
  return new PortalError(timedOut ? 'RPC_TIMEOUT' : 'RPC_FAILED', `${method} on ${destination}: ${message}`, { rpcCode: code, got: message, ...rpcFix(code) });
}

function rpcFix(code: number): { fix?: string } {
  if (code === RPC_CODE.unsupportedMethod) return { fix: 'Register the method on the other side, or check its name.' };
  if (code === RPC_CODE.recipientNotFound) return { fix: 'Check the identity; that participant is not in the session.' };
  return {};
}

/** Nothing can be sent because no session is open. */
export function notConnected(what: string): PortalError {
  return new PortalError('NOT_CONNECTED', `${what} needs a session`, { expected: 'a connected session', got: 'none', fix: 'Connect first.' });
}
