import { type ClaimPolicy, mayClaim } from './claim-policy.ts';
import { PortalError, toPortalError } from './errors.ts';
import { CLAIM_TIMEOUT_MS, RPC_CODE, RPC_METHOD } from './names.ts';
import type { Roster } from './roster.ts';
import { robotAbsent } from './session-errors.ts';
import type { RpcRequest } from './transport.ts';

/** What a robot needs to judge a claim. */
export interface ClaimDesk {
  policy: ClaimPolicy;
  /** Null without a session. */
  localIdentity: () => string | null;
  roster: () => Roster;
  holder: () => string | null;
  /** Rejects when the room could not be told. */
  give: (identity: string | null) => Promise<void>;
  onRefused: (caller: string, reason: string) => void;
}

/** The robot's side of a claim. Replies '' or rejects with the code that crosses: 2001, 2002 or 2003. */
export async function answerClaim(desk: ClaimDesk, { callerIdentity, payload }: Pick<RpcRequest, 'callerIdentity' | 'payload'>): Promise<string> {
  const localIdentity = desk.localIdentity();
  if (localIdentity === null) throw new PortalError('NOT_CONNECTED', 'the robot is not connected yet', { rpcCode: RPC_CODE.notConnected });
  const target = payload === '' ? null : payload;
  const roster = desk.roster();
  const verdict = mayClaim(desk.policy, {
    caller: callerIdentity,
    target,
    holder: desk.holder(),
    roster: { has: (identity) => roster.has(identity), robot: { identity: localIdentity } },
  });
  if (!verdict.allowed) {
    desk.onRefused(callerIdentity, verdict.reason);
    throw new PortalError('NOT_AUTHORISED', verdict.reason, { rpcCode: RPC_CODE.notAuthorised });
  }
  try {
    await desk.give(target);
  } catch (thrown) {
    throw new PortalError('RPC_FAILED', `the robot could not publish who is in control: ${toPortalError(thrown).message}`, { rpcCode: RPC_CODE.attributeWriteFailed, cause: thrown });
  }
  return '';
}

/** Checks what is to be claimed for. Throws VALUE_INVALID. */
export function checkTarget(identity: string | null): void {
  if (identity === null || (typeof identity === 'string' && identity !== '')) return;
  throw new PortalError('VALUE_INVALID', 'the active operator must be named', {
    expected: 'an identity, or null for nobody', got: identity === '' ? "''" : typeof identity, fix: 'Pass null to take control away from everybody.',
  });
}

/** The call behind a claim. */
export function claimRequest(robot: string, identity: string | null) {
  return { destination: robot, method: RPC_METHOD.setActiveOperator, payload: identity ?? '', responseTimeoutMs: CLAIM_TIMEOUT_MS };
}

/** What a failed claim means to the one who made it. */
export function claimFailure(thrown: unknown, identity: string | null): PortalError {
  const error = toPortalError(thrown, 'RPC_FAILED');
  const { rpcCode } = error.details;
  const what = identity === null ? 'taking control away' : `control for '${identity}'`;
  switch (rpcCode) {
    case RPC_CODE.notAuthorised:
      return new PortalError('NOT_AUTHORISED', `the robot refuses ${what}: ${error.details.got ?? error.message}`, {
        rpcCode, cause: error, fix: 'Ask whoever runs the robot to change its claim policy, or claim from an identity that it allows.',
      });
    case RPC_CODE.recipientNotFound:
    case RPC_CODE.recipientDisconnected:
    case RPC_CODE.notConnected:
      return robotAbsent(error.message);
    case RPC_CODE.unsupportedMethod:
      return new PortalError('RPC_FAILED', 'the robot does not take claims', { rpcCode, cause: error, fix: 'Check that it runs Portal and has finished connecting.' });
    default:
      return error;
  }
}
