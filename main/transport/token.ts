import { AccessToken, TrackSource, type VideoGrant } from 'livekit-server-sdk';
import { PortalError } from '../../shared/portal/errors.ts';
import { ATTRIBUTE } from '../../shared/portal/names.ts';

/** What the holder of a token is in the session. `viewer`: sees and hears everything, is seen by nobody, sends nothing. */
export type TokenGrants = 'robot' | 'operator' | 'viewer';

export interface TokenRequest {
  apiKey: string;
  apiSecret: string;
  /** The room; the token is good for this one alone. */
  session: string;
  identity: string;
  grants: TokenGrants;
  /** Attributes from the first moment; the role is among them for robot and operator unless given otherwise. */
  attributes?: Readonly<Record<string, string>>;
  /** Default ten minutes. The server renews the token of a session that lasts, and every connect gets a new one. */
  ttlS?: number;
}

export interface TokenClaims {
  identity: string;
  room: string;
  attributes: Record<string, string>;
  /** Seconds since the epoch; null = never. */
  expiresAtS: number | null;
}

/** Long enough for two clocks that differ and a slow start, short enough that a copied token is soon worth nothing. */
const DEFAULT_TTL_S = 10 * 60;

/** A signed access token for one room. Throws CONFIG_INVALID when key, secret, session or identity is empty. */
export async function mintToken(request: TokenRequest): Promise<string> {
  for (const field of ['apiKey', 'apiSecret', 'session', 'identity'] as const) {
    if (request[field] === '') throw new PortalError('CONFIG_INVALID', `a token needs ${field}`, { expected: 'a text', got: "''", fix: `Give ${field}.` });
  }
  const attributes = request.grants === 'viewer' ? { ...request.attributes } : { [ATTRIBUTE.role]: request.grants, ...request.attributes };
  const token = new AccessToken(request.apiKey, request.apiSecret, { identity: request.identity, ttl: request.ttlS ?? DEFAULT_TTL_S, attributes });
  token.addGrant({ roomJoin: true, room: request.session, ...PERMISSIONS[request.grants] });
  return token.toJwt();
}

/**
 * What each needs and no more. The robot writes attributes (who drives, what it does); an operator's role is in its token, so
 * that it cannot call itself a robot later.
 */
const PERMISSIONS: Readonly<Record<TokenGrants, VideoGrant>> = {
  robot: { canSubscribe: true, canPublish: true, canPublishSources: [TrackSource.CAMERA], canPublishData: true, canUpdateOwnMetadata: true, hidden: false },
  operator: { canSubscribe: true, canPublish: false, canPublishData: true, canUpdateOwnMetadata: false, hidden: false },
  viewer: { canSubscribe: true, canPublish: false, canPublishData: false, canUpdateOwnMetadata: false, hidden: true },
};

/** What a token says, without checking its signature: for display and for its expiry only. Null when it is no token. */
export function readTokenClaims(token: string): TokenClaims | null {
  const payload = token.split('.')[1];
  if (payload === undefined) return null;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    if (!isRecord(claims)) return null;
    const { sub, video, attributes, exp } = claims;
    return {
      identity: typeof sub === 'string' ? sub : '',
      room: isRecord(video) && typeof video.room === 'string' ? video.room : '',
      attributes: isRecord(attributes) ? textEntries(attributes) : {},
      expiresAtS: typeof exp === 'number' ? exp : null,
    };
  } catch {
    // Not base64url JSON: no token, which is what null says.
    return null;
  }
}

function textEntries(record: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
