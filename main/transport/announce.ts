import { RoomServiceClient } from 'livekit-server-sdk';
import { ATTRIBUTE } from '../../shared/portal/names.ts';
import type { TokenRequest } from './token.ts';

const TIMEOUT_S = 3;

/**
 * Makes the server tell the others of a joiner now: on its own it does so at most every 3 s unless the joiner writes an
 * attribute, which an operator's token does not allow. Writing the role again on its behalf is enough. The key's owner may do
 * it, with a right that is never part of a session's token. Rejects with what the server answers.
 */
export async function announceParticipant(request: Omit<TokenRequest, 'attributes' | 'ttlS'> & { url: string }): Promise<void> {
  const rooms = new RoomServiceClient(request.url.replace(/^ws/u, 'http'), request.apiKey, request.apiSecret, { requestTimeout: TIMEOUT_S });
  await rooms.updateParticipant(request.session, request.identity, { attributes: { [ATTRIBUTE.role]: request.grants } });
}
