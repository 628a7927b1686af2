import { PortalError } from '../shared/portal/errors.ts';

/** How a session is reached. */
export type Connection =
  | { kind: 'key'; url: string; apiKey: string; apiSecret: string }
  | { kind: 'token'; url: string; token: string }
  /** An HTTP endpoint that gives server and token; asked anew for every connect. */
  | { kind: 'endpoint'; endpoint: string; bearer: string | null }
  /** A server on this machine, started or shared. */
  | { kind: 'local' };

export type Environment = Readonly<Record<string, string | undefined>>;

/** Addresses as one source gives them: flags, or the config file. */
export interface Addresses {
  url: string | null;
  tokenEndpoint: string | null;
}

/** Flag, then environment, then file, then the local server. Throws USAGE where only half of what is needed was given. */
export function resolveConnection(flags: Addresses, env: Environment, file: Addresses): Connection {
  const set = (name: string): string | null => (env[name] === undefined || env[name] === '' ? null : env[name]);
  if (flags.url !== null && flags.tokenEndpoint !== null) {
    throw new PortalError('USAGE', '--url and --token-endpoint exclude each other', { fix: 'Leave --url out: the endpoint names the server.' });
  }
  // The nearest source decides: an endpoint in the file does not count where the environment names a server.
  const endpoint = flags.tokenEndpoint ?? (flags.url !== null ? null : (set('LIVEKIT_TOKEN_ENDPOINT') ?? (set('LIVEKIT_URL') !== null ? null : file.tokenEndpoint)));
  if (endpoint !== null) return { kind: 'endpoint', endpoint, bearer: set('LIVEKIT_TOKEN_ENDPOINT_AUTH') };
  const url = flags.url ?? set('LIVEKIT_URL') ?? file.url;
  const apiKey = set('LIVEKIT_API_KEY');
  const apiSecret = set('LIVEKIT_API_SECRET');
  const token = set('LIVEKIT_TOKEN');
  if (url === null) {
    const orphan = token !== null ? 'LIVEKIT_TOKEN' : apiKey !== null ? 'LIVEKIT_API_KEY' : apiSecret !== null ? 'LIVEKIT_API_SECRET' : null;
    if (orphan === null) return { kind: 'local' };
    throw new PortalError('USAGE', `${orphan} is set, but no server`, { fix: 'Give --url or LIVEKIT_URL, or unset it to use a local server.' });
  }
  if (apiKey !== null && apiSecret !== null) return { kind: 'key', url, apiKey, apiSecret };
  if (token !== null) return { kind: 'token', url, token };
  const missing = apiKey !== null ? 'LIVEKIT_API_SECRET is missing' : apiSecret !== null ? 'LIVEKIT_API_KEY is missing' : 'there is nothing to sign in with';
  throw new PortalError('USAGE', `The server ${url} is given, but ${missing}`, { fix: 'Set LIVEKIT_API_KEY and LIVEKIT_API_SECRET, or LIVEKIT_TOKEN.' });
}
