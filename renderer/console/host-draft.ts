import { NAME_FROM_TOKEN } from '../../shared/console-state.ts';
import type { RememberedAccess } from '../../shared/hosting.ts';
import type { HostingAction } from '../../shared/ipc.ts';
import { checkAccess, EMPTY_ACCESS, type AccessDraft } from './access-draft.ts';

/** The form that starts a robot host, as it is being filled in. */
export interface HostDraft extends AccessDraft {
  session: string;
  remember: boolean;
}

export const EMPTY_HOST: Readonly<HostDraft> = { ...EMPTY_ACCESS, auth: 'configured', session: '', remember: true };

export interface HostCheck {
  /** One sentence a field that is not right yet. */
  errors: Partial<Record<keyof HostDraft, string>>;
  /** What to send; null while anything is wrong. */
  action: HostingAction | null;
}

/** A token brings its own session. */
export function isByToken({ auth }: HostDraft, remembered: RememberedAccess | null): boolean {
  return auth === 'token' || (auth === 'remembered' && remembered?.way === 'token');
}

/** Checks what can be checked without asking the server. */
export function checkHost(draft: HostDraft, remembered: RememberedAccess | null): HostCheck {
  const { errors: accessErrors, access, e2eeKey } = checkAccess(draft);
  const errors: HostCheck['errors'] = { ...accessErrors };
  const session = draft.session.trim();
  if (session === '' && !isByToken(draft, remembered)) errors.session = 'A session needs a name.';
  if (Object.keys(errors).length > 0) return { errors, action: null };
  return { errors, action: { do: 'start', session: session === '' ? NAME_FROM_TOKEN : session, access: draft.auth === 'remembered' ? 'remembered' : access, e2eeKey, remember: draft.remember } };
}

/** What is signed in with again, as a person calls it. */
export function rememberedInWords({ way, url, isEncrypted }: RememberedAccess): string {
  const signIn = { configured: 'As configured', key: 'API key and secret', token: 'Access token', endpoint: 'Token endpoint' }[way];
  return `${signIn}${url === null ? '' : ` for ${url}`}${isEncrypted ? ', with an end-to-end key' : ''}`;
}
