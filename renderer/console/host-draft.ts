import { NAME_FROM_TOKEN } from '../../shared/console-state.ts';
import type { HostingAction } from '../../shared/ipc.ts';
import { checkAccess, EMPTY_ACCESS, type AccessDraft } from './access-draft.ts';

/** The form that starts a robot host, as it is being filled in. */
export interface HostDraft extends AccessDraft {
  session: string;
}

export const EMPTY_HOST: Readonly<HostDraft> = { ...EMPTY_ACCESS, auth: 'configured', session: '' };

export interface HostCheck {
  /** One sentence a field that is not right yet. */
  errors: Partial<Record<keyof HostDraft, string>>;
  /** What to send; null while anything is wrong. */
  action: HostingAction | null;
}

/** Checks what can be checked without asking the server. */
export function checkHost(draft: HostDraft): HostCheck {
  const { errors: accessErrors, access, e2eeKey } = checkAccess(draft);
  const errors: HostCheck['errors'] = { ...accessErrors };
  const session = draft.session.trim();
  if (session === '' && draft.auth !== 'token') errors.session = 'A session needs a name.';
  if (Object.keys(errors).length > 0) return { errors, action: null };
  return { errors, action: { do: 'start', session: session === '' ? NAME_FROM_TOKEN : session, access, e2eeKey } };
}
