import { PortalError, type PortalErrorCode, toPortalError } from './errors.ts';
import { ATTRIBUTE, type Role } from './names.ts';
import type { DisconnectReason } from './transport.ts';

const ENDINGS: Record<DisconnectReason, { code: PortalErrorCode; words: string; fix: string }> = {
  left: { code: 'DISCONNECTED', words: 'disconnect was called', fix: 'Connect again when you want to.' },
  'duplicate-identity': {
    code: 'DUPLICATE_IDENTITY', words: 'another connection took the same identity',
    fix: 'Give every participant an identity of its own, and end the other program that uses this one.',
  },
  removed: { code: 'DISCONNECTED', words: 'the server removed this participant', fix: 'Ask who manages the server.' },
  'room-closed': { code: 'DISCONNECTED', words: 'the room was closed', fix: 'Connect again to open a new one.' },
  'connection-lost': { code: 'DISCONNECTED', words: 'the connection was lost', fix: 'Check the network and connect again.' },
  'token-expired': { code: 'TOKEN_REFUSED', words: 'the token ran out', fix: 'Connect with a new token.' },
};

/** Why a session ended, as an error. */
export function disconnectedError(reason: DisconnectReason): PortalError {
  const { code, words, fix } = ENDINGS[reason];
  return new PortalError(code, `the session ended: ${words}`, { got: reason, fix });
}

/** The role attribute could not be written, so nobody would know what this side is. */
export function roleNotSet(role: Role, present: string | undefined, thrown: unknown): PortalError {
  const cause = toPortalError(thrown, 'ROLE_NOT_SET');
  if (cause.code === 'NOT_CONNECTED' || cause.code === 'DISCONNECTED' || cause.code === 'DUPLICATE_IDENTITY') return cause;
  return new PortalError('ROLE_NOT_SET', `the role '${role}' could not be set: ${cause.message}`, {
    expected: `${ATTRIBUTE.role}=${role}`,
    got: present === undefined ? 'no role' : `${ATTRIBUTE.role}=${present}`,
    fix: `Ask for a token with the grant canUpdateOwnMetadata, or with ${ATTRIBUTE.role}=${role} in its attributes.`,
    cause,
  });
}

/** A call by somebody whose token only watches: the server drops it without a word, and the caller would wait in vain. */
export function viewOnly(what: string): PortalError {
  return new PortalError('NOT_AUTHORISED', `${what} is not allowed: this token may only watch`, {
    expected: 'the grant canPublishData', got: 'a token without it', fix: 'Ask for a token that may send data, or watch only.',
  });
}

/** No robot is in the session to be claimed. */
export function robotAbsent(got: string): PortalError {
  return new PortalError('ROBOT_ABSENT', 'no robot is in the session', {
    expected: 'a pinned robot', got, fix: 'Start the robot, check that it uses the same session, and wait for onRobotJoined.',
  });
}

/** A method that Portal itself answers. */
export function reservedMethod(name: string): PortalError {
  return new PortalError('CONFIG_INVALID', `the RPC method ${name} is Portal's own`, { expected: 'another name', got: name, fix: 'Use setActiveOperator, onActiveOperatorChanged and the claim policy instead.' });
}

/** An RPC call that names no destination has no natural one. */
export function noPeer(role: Role, method: string, present: readonly string[]): PortalError {
  return new PortalError('NO_PEER', `there is no natural destination for RPC ${method}`, {
    expected: role === 'robot' ? 'an active operator, or exactly one other participant' : 'a robot, or exactly one other participant',
    got: present.join(', ') || 'an empty room',
    fix: 'Name the destination.',
  });
}
