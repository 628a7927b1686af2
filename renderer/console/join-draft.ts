import { NAME_FROM_TOKEN } from '../../shared/console-state.ts';
import type { CommandPayload } from '../../shared/ipc.ts';
import { checkAccess, EMPTY_ACCESS, type AccessDraft } from './access-draft.ts';

/** The join form as it is being filled in. */
export interface JoinDraft extends AccessDraft {
  auth: 'key' | 'token' | 'endpoint';
  session: string;
  identity: string;
  portalFile: string | null;
  remember: boolean;
}

export const EMPTY_JOIN: Readonly<JoinDraft> = { ...EMPTY_ACCESS, auth: 'key', session: '', identity: '', portalFile: null, remember: true };

export interface JoinCheck {
  /** One sentence a field that is not right yet. */
  errors: Partial<Record<keyof JoinDraft, string>>;
  /** What to send; null while anything is wrong. */
  payload: CommandPayload<'join'> | null;
}

/** Checks what can be checked without asking the server. White space around what was typed or pasted does not count. */
export function checkJoin(draft: JoinDraft): JoinCheck {
  const { errors: accessErrors, access, e2eeKey } = checkAccess(draft);
  const errors: JoinCheck['errors'] = { ...accessErrors };
  const [session, identity] = [draft.session.trim(), draft.identity.trim()];
  if (draft.auth !== 'token') {
    if (session === '') errors.session = 'Which session?';
    if (identity === '') errors.identity = 'The others see this name.';
  }
  if (access === null || Object.keys(errors).length > 0) return { errors, payload: null };
  // A token brings both names; the contract wants some.
  const names = { session: session === '' ? NAME_FROM_TOKEN : session, identity: identity === '' ? NAME_FROM_TOKEN : identity };
  return { errors, payload: { ...access, ...names, e2eeKey, portalFile: draft.portalFile, remember: draft.remember } };
}
