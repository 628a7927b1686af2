import type { CommandPayload } from '../../shared/ipc.ts';

/** How a form says to reach a session. `configured`: as file and environment say, else a server on this computer. `remembered`: as last time, with what main has kept. */
export type AccessWay = 'remembered' | 'configured' | 'key' | 'token' | 'endpoint';

/** The part of a form that signs in, as it is being filled in. */
export interface AccessDraft {
  auth: AccessWay;
  url: string;
  apiKey: string;
  apiSecret: string;
  token: string;
  /** Address of the token endpoint, and what it may want to know. */
  endpoint: string;
  bearer: string;
  e2eeKey: string;
}

export type AccessField = Exclude<keyof AccessDraft, 'auth'>;

export const EMPTY_ACCESS: Readonly<Omit<AccessDraft, 'auth'>> = { url: '', apiKey: '', apiSecret: '', token: '', endpoint: '', bearer: '', e2eeKey: '' };

export type Access = Pick<CommandPayload<'join'>, 'url' | 'auth'>;

export interface AccessCheck {
  /** One sentence a field that is not right yet. */
  errors: Partial<Record<AccessField, string>>;
  /** What to send; null while anything is wrong, and where nothing is typed. */
  access: Access | null;
  e2eeKey: string | null;
}

const ENDPOINTS = /^(https:\/\/[^\s/]+|http:\/\/(localhost|127(\.\d+){3}|\[::1\])([:/]|$))/u;
const SCHEMES = /^(wss?|https?):\/\/[^\s/]+/u;

/** Checks what can be checked without asking the server. White space around what was typed or pasted does not count. */
export function checkAccess(draft: AccessDraft): AccessCheck {
  const text = (field: AccessField): string => draft[field].trim();
  const [url, apiKey, apiSecret, token, endpoint, bearer] = [text('url'), text('apiKey'), text('apiSecret'), text('token'), text('endpoint'), text('bearer')];
  const errors: AccessCheck['errors'] = {};
  if (draft.auth === 'endpoint') {
    if (endpoint === '') errors.endpoint = 'The address of the token endpoint is missing.';
    else if (!ENDPOINTS.test(endpoint)) errors.endpoint = 'It starts with https://; http:// is for this computer alone.';
  } else if (isTyped(draft.auth)) {
    if (url === '') errors.url = 'The address of the LiveKit server is missing.';
    else if (!SCHEMES.test(url)) errors.url = 'An address starts with ws://, wss://, http:// or https://.';
  }
  if (draft.auth === 'key') {
    if (apiKey === '') errors.apiKey = 'The key is missing.';
    if (apiSecret === '') errors.apiSecret = 'The secret is missing.';
  } else if (draft.auth === 'token') {
    if (token === '') errors.token = 'The token is missing.';
    else if (token.split('.').length !== 3) errors.token = 'A token has three parts with dots between them. Copy it whole.';
  }
  const isRight = Object.keys(errors).length === 0;
  // Not trimmed: the key is a text of its owner's choice, and a space in it counts on the other sides.
  const e2eeKey = draft.e2eeKey === '' || draft.auth === 'remembered' ? null : draft.e2eeKey;
  return { errors, access: isRight ? accessOf(draft.auth, { url, endpoint, apiKey, apiSecret, token, bearer }) : null, e2eeKey };
}

/** Server and secrets are asked for. */
export function isTyped(way: AccessWay): way is 'key' | 'token' | 'endpoint' {
  return way !== 'configured' && way !== 'remembered';
}

type Texts = Record<'url' | 'endpoint' | 'apiKey' | 'apiSecret' | 'token' | 'bearer', string>;

function accessOf(way: AccessWay, { url, endpoint, apiKey, apiSecret, token, bearer }: Texts): Access | null {
  switch (way) {
    case 'remembered':
    case 'configured':
      return null;
    case 'key':
      return { url, auth: { kind: way, apiKey, apiSecret } };
    case 'token':
      return { url, auth: { kind: way, token } };
    case 'endpoint':
      return { url: endpoint, auth: { kind: way, bearer: bearer === '' ? null : bearer } };
  }
}
