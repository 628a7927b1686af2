import type { SetLocalAttributesCallback } from '@livekit/rtc-ffi-bindings';
import { PortalError } from '../../shared/portal/errors.ts';
import { pause, withDeadline } from './deadline.ts';
import { ffiCall, type CallGroup } from './ffi-client.ts';

/** A busy server now and then answers a signal request late or not at all; the write is repeated with growing pauses. */
const ATTEMPT_TIMEOUT_MS = 3_000;
const RETRY_PAUSES_MS = [200, 400, 800];

export interface AttributeWrite {
  /** Native handle of the local participant. */
  participant: bigint;
  attributes: Readonly<Record<string, string>>;
  calls: CallGroup;
  signal: AbortSignal;
}

/** Writes attributes of the local participant. Rejects with ROLE_NOT_SET without the grant, PUBLISH_FAILED when the server does not take them. */
export async function writeAttributes(write: AttributeWrite): Promise<void> {
  const value = { localParticipantHandle: write.participant, attributes: Object.entries(write.attributes).map(([key, text]) => ({ key, value: text })) };
  let failure = 'no answer';
  for (let attempt = 0; ; attempt += 1) {
    try {
      const call = ffiCall<SetLocalAttributesCallback>({ case: 'setLocalAttributes', value }, write.calls);
      const reply = await withDeadline(call, ATTEMPT_TIMEOUT_MS, () => new Error(`no answer within ${ATTEMPT_TIMEOUT_MS} ms`));
      if (!reply.error) return;
      failure = reply.error;
    } catch (thrown) {
      if (write.signal.aborted) throw write.signal.reason;
      failure = thrown instanceof Error ? thrown.message : String(thrown);
    }
    if (/NotAllowed|permission/i.test(failure)) throw roleNotSet(Object.keys(write.attributes), failure);
    const pauseMs = RETRY_PAUSES_MS[attempt];
    if (pauseMs === undefined) throw new PortalError('PUBLISH_FAILED', 'the server did not take the attributes', { got: failure, fix: 'Check the connection and try again.' });
    await pause(pauseMs, write.signal);
  }
}

/** `names` = the attributes that could not be written. */
export function roleNotSet(names: readonly string[], got: string): PortalError {
  return new PortalError('ROLE_NOT_SET', `the token does not allow setting ${names.join(', ')}`, {
    expected: 'the grant canUpdateOwnMetadata, or the role already among the attributes of the token',
    got,
    fix: 'Mint the token with canUpdateOwnMetadata or with the attribute lk.portal.role.',
  });
}
