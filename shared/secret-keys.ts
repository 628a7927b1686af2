/** Names under which people look for a place for their secrets in a file, and where those belong. */
const HOMES: readonly (readonly [RegExp, string])[] = [
  [/e2ee|encrypt|shared_?key/iu, 'PORTAL_E2EE_KEY'],
  [/endpoint_?auth|bearer/iu, 'LIVEKIT_TOKEN_ENDPOINT_AUTH'],
  [/api_?key/iu, 'LIVEKIT_API_KEY'],
  [/secret/iu, 'LIVEKIT_API_SECRET'],
  [/^(access_?)?token$/iu, 'LIVEKIT_TOKEN'],
];

/** What to do instead of writing this key into a file; null for a key that is no secret's. */
export function secretAdvice(key: string): string | null {
  const home = HOMES.find(([pattern]) => pattern.test(key))?.[1];
  return home === undefined ? null : `Secrets are in no file: take it out, and set ${home} in the environment.`;
}
