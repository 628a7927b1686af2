import { PortalError } from '../../shared/portal/errors.ts';
import { ATTRIBUTE } from '../../shared/portal/names.ts';
import { readTokenClaims, type TokenGrants } from './token.ts';

/** One token asked for; the endpoint decides what is in it. */
export interface EndpointRequest {
  endpoint: string;
  /** Sent as `Authorization: Bearer …`; null = none. */
  bearer: string | null;
  session: string;
  identity: string;
  grants: TokenGrants;
}

const TIMEOUT_MS = 5_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Asks a token endpoint in LiveKit's standard form (a POST with `room_name`, `participant_identity`, `participant_attributes`;
 * the answer has `server_url` and `participant_token`): docs.livekit.io/frontends/build/authentication/endpoint. A role goes along
 * as `lk.portal.role`, a viewer as `portal_console.grants`, for endpoints that give each what it needs. Rejects with
 * TOKEN_ENDPOINT_FAILED, or TOKEN_REFUSED when the token is for somebody or somewhere else; never hangs.
 */
export async function fetchToken(request: EndpointRequest): Promise<{ url: string; token: string }> {
  const { session, identity, grants } = request;
  const answer = readAnswer(await ask(request), request.endpoint);
  const claims = readTokenClaims(answer.token);
  if (claims === null) throw failed(request.endpoint, 'gave something that is no token', 'three parts separated by dots', 'something else');
  if (claims.identity !== identity) throw mismatch('identity', identity, claims.identity);
  if (claims.room !== session) throw mismatch('session', session, claims.room);
  if (grants !== 'viewer' && claims.attributes[ATTRIBUTE.role] !== undefined && claims.attributes[ATTRIBUTE.role] !== grants) throw mismatch('role', grants, claims.attributes[ATTRIBUTE.role] ?? '');
  return answer;
}

/** Throws USAGE unless it is https, or http to this machine: the answer lets its reader into the session. */
export function checkEndpoint(endpoint: string): void {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  const isLoopback = url !== null && /^(localhost|127(\.\d+){3}|\[::1\])$/u.test(url.hostname);
  if (url !== null && url.username === '' && url.password === '' && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback))) return;
  throw new PortalError('USAGE', 'This token endpoint cannot be used', {
    expected: 'an https:// address without a password in it; http:// for this machine alone',
    got: url === null ? endpoint : `${url.protocol}//${url.host}`,
    fix: 'Use the endpoint’s https address; a secret goes into LIVEKIT_TOKEN_ENDPOINT_AUTH.',
  });
}

async function ask({ endpoint, bearer, session, identity, grants }: EndpointRequest): Promise<string> {
  checkEndpoint(endpoint);
  const role = grants === 'viewer' ? { [ATTRIBUTE.grants]: 'viewer' } : { [ATTRIBUTE.role]: grants };
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }) },
      body: JSON.stringify({ room_name: session, participant_identity: identity, participant_attributes: role }),
      // Followed, it would carry the secret to wherever it points.
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.ok) return await readCapped(response, endpoint);
    await response.body?.cancel();
    const isRefusal = response.status === 401 || response.status === 403;
    throw failed(endpoint, `answered ${response.status}`, '200 or 201', `${response.status} ${response.statusText}`.trim(), isRefusal ? 'Set LIVEKIT_TOKEN_ENDPOINT_AUTH, or fill in its bearer token.' : 'Read the endpoint’s log.');
  } catch (thrown) {
    if (thrown instanceof PortalError) throw thrown;
    const isLate = thrown instanceof Error && thrown.name === 'TimeoutError';
    const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause.message : String(thrown);
    throw failed(endpoint, isLate ? 'does not answer' : 'cannot be reached', `an answer within ${TIMEOUT_MS / 1000} s`, isLate ? 'none' : cause, 'Check the address, that it runs, and that no firewall is between.');
  }
}

/** The text, read no further than what an answer can be. */
async function readCapped(response: Response, endpoint: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_ANSWER_BYTES) throw failed(endpoint, 'answers too much', `at most ${MAX_ANSWER_BYTES} bytes`, 'more');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function readAnswer(text: string, endpoint: string): { url: string; token: string } {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw failed(endpoint, 'does not answer JSON', 'an object with server_url and participant_token', 'another text');
  }
  const { server_url: url, participant_token: token } = (typeof answer === 'object' && answer !== null ? answer : {}) as Record<string, unknown>;
  if (typeof token !== 'string' || token === '') throw failed(endpoint, 'gave no token', 'participant_token in its answer', 'none');
  if (typeof url !== 'string' || !/^(wss?|https?):\/\/.+/u.test(url)) throw failed(endpoint, 'names no server', 'server_url, a ws:// or wss:// address', 'none');
  return { url, token };
}

function failed(endpoint: string, what: string, expected: string, got: string, fix = 'Check that it is a LiveKit token endpoint.'): PortalError {
  const { origin, pathname } = new URL(endpoint);
  return new PortalError('TOKEN_ENDPOINT_FAILED', `the token endpoint ${origin}${pathname} ${what}`, { expected, got, fix });
}

function mismatch(what: string, expected: string, got: string): PortalError {
  return new PortalError('TOKEN_REFUSED', `the token endpoint gave a token for another ${what}`, { expected, got: got || 'none', fix: `Let the endpoint give what is asked for, or ask for its ${what}.` });
}
