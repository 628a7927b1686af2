import { PortalError } from '../../shared/portal/errors.ts';
import { resolveConnection, type Environment } from '../connection.ts';
import { findLocalServer, useLocalServer as useRealServer } from '../server/rendezvous.ts';
import { announceParticipant } from '../transport/announce.ts';
import { fetchToken } from '../transport/token-endpoint.ts';
import { mintToken } from '../transport/token.ts';
import type { Operator } from './operator.ts';
import { Robot } from './robot.ts';

export interface SessionWish {
  session: string;
  identity: string;
  /** Where the server is named; default the process's environment. */
  env?: Environment;
}

/** A LiveKit server on this machine, with the key that mints its tokens. */
export interface LocalServer {
  url: string;
  apiKey: string;
  apiSecret: string;
  /** Ends the server if this process started it. */
  stop(): Promise<void>;
}

/**
 * Connects to the session where it is found: at LIVEKIT_URL with LIVEKIT_API_KEY and LIVEKIT_API_SECRET (a token is minted) or
 * with LIVEKIT_TOKEN (which decides session and identity), or as LIVEKIT_TOKEN_ENDPOINT says, else on the local server that
 * another process of this user runs, the demo for instance. Starts none. Rejects with USAGE for half of an address,
 * SERVER_UNREACHABLE when there is no server, and as `connect` does.
 */
export async function joinSession(side: Robot | Operator, { session, identity, env = process.env }: SessionWish): Promise<void> {
  const nowhere = { url: null, tokenEndpoint: null };
  const connection = resolveConnection(nowhere, env, nowhere);
  if (connection.kind === 'token') return side.connect(connection.url, connection.token);
  const grants = side instanceof Robot ? ('robot' as const) : ('operator' as const);
  if (connection.kind === 'endpoint') {
    const given = await fetchToken({ ...connection, session, identity, grants });
    return side.connect(given.url, given.token);
  }
  const { url, apiKey, apiSecret } = connection.kind === 'key' ? connection : ((await findLocalServer({ ...env })) ?? noServer());
  const request = { apiKey, apiSecret, session, identity, grants };
  await side.connect(url, await mintToken(request));
  // A robot announces itself. An operator whose announcement is lost is seen all the same, up to 3 s later.
  if (grants === 'operator') await announceParticipant({ url, ...request }).catch(() => undefined);
}

/** The local server of this user: the one that runs already, or a new one. Rejects with SERVER_MISSING or SERVER_FAILED. */
export function useLocalServer(): Promise<LocalServer> {
  return useRealServer();
}

function noServer(): never {
  throw new PortalError('SERVER_UNREACHABLE', 'no LiveKit server runs on this machine', {
    expected: 'a server of this user, or LIVEKIT_URL',
    got: 'neither',
    fix: 'Start `npm run demo` or a robot host first, or set LIVEKIT_URL with LIVEKIT_API_KEY and LIVEKIT_API_SECRET.',
  });
}
