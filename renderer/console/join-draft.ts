import type { CommandPayload } from '../../shared/ipc.ts';

/** The join form as it is being filled in. */
export interface JoinDraft {
  url: string;
  session: string;
  identity: string;
  auth: 'key' | 'token';
  apiKey: string;
  apiSecret: string;
  token: string;
  portalFile: string | null;
  remember: boolean;
}

export const EMPTY_JOIN: Readonly<JoinDraft> = { url: '', session: '', identity: '', auth: 'key', apiKey: '', apiSecret: '', token: '', portalFile: null, remember: true };

export interface JoinCheck {
  /** One sentence a field that is not right yet. */
  errors: Partial<Record<keyof JoinDraft, string>>;
  /** What to send; null while anything is wrong. */
  payload: CommandPayload<'join'> | null;
}

const SCHEMES = /^(wss?|https?):\/\/[^\s/]+/u;

/** Checks what can be checked without asking the server. White space around what was typed or pasted does not count. */
export function checkJoin(draft: JoinDraft): JoinCheck {
  const [url, session, identity, apiKey, apiSecret, token] = [draft.url, draft.session, draft.identity, draft.apiKey, draft.apiSecret, draft.token].map((text) => text.trim()) as [string, string, string, string, string, string];
  const errors: JoinCheck['errors'] = {};
  if (url === '') errors.url = 'The address of the LiveKit server is missing.';
  else if (!SCHEMES.test(url)) errors.url = 'An address starts with ws://, wss://, http:// or https://.';
  if (draft.auth === 'key') {
    if (session === '') errors.session = 'Which session?';
    if (identity === '') errors.identity = 'The others see this name.';
    if (apiKey === '') errors.apiKey = 'The key is missing.';
    if (apiSecret === '') errors.apiSecret = 'The secret is missing.';
  } else if (token === '') {
    errors.token = 'The token is missing.';
  } else if (token.split('.').length !== 3) {
    errors.token = 'A token has three parts with dots between them. Copy it whole.';
  }
  if (Object.keys(errors).length > 0) return { errors, payload: null };
  const auth = draft.auth === 'key' ? { kind: 'key' as const, apiKey, apiSecret } : { kind: 'token' as const, token };
  // A token brings both names; the contract wants some.
  const names = { session: session === '' ? 'from-token' : session, identity: identity === '' ? 'from-token' : identity };
  return { errors, payload: { url, ...names, auth, portalFile: draft.portalFile, remember: draft.remember } };
}
