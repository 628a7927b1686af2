import { NAME_FROM_TOKEN } from '../shared/console-state.ts';
import { PortalError } from '../shared/portal/errors.ts';

/** What is joined, and as whom. */
interface Names {
  session: string;
  identity: string;
}

/**
 * The names a token decides; what it leaves open is what was typed. Throws TOKEN_REFUSED when it is none, and USAGE when it is
 * for another session than the one typed: whoever meant one robot must not find himself at another.
 */
export function namesOfToken(claims: { identity: string; room: string } | null, typed: Names): Names {
  if (claims === null) throw new PortalError('TOKEN_REFUSED', 'This is no access token', { expected: 'three parts separated by dots', fix: 'Copy it whole.' });
  if (claims.room !== '' && typed.session !== NAME_FROM_TOKEN && typed.session !== claims.room) {
    throw new PortalError('USAGE', `The token is for another session: ${claims.room}`, {
      expected: typed.session, got: claims.room, fix: `Leave Session empty to join ${claims.room}, or ask for a token for ${typed.session}.`,
    });
  }
  return { session: claims.room === '' ? typed.session : claims.room, identity: claims.identity === '' ? typed.identity : claims.identity };
}
