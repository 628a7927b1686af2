import type { SetLocalAttributesCallback } from '@livekit/rtc-ffi-bindings';
import { PortalError } from '../../shared/portal/errors.ts';
import { pause, withDeadline } from './deadline.ts';
import { ffiCall, type CallGroup } from './ffi-client.ts';
import type { RoomMembers } from './room-members.ts';

/** A busy server now and then answers a signal request late or not at all; the write is repeated with growing pauses. */
const ATTEMPTS = [
  { timeoutMs: 700, pauseMs: 100 },
  { timeoutMs: 1_500, pauseMs: 300 },
  { timeoutMs: 3_000, pauseMs: 500 },
  { timeoutMs: 3_000, pauseMs: 0 },
];
const ECHO_TIMEOUT_MS = 1_000;

type Attributes = Readonly<Record<string, string>>;

export interface AttributeSession {
  /** Native handle of the local participant. */
  participant: bigint;
  calls: CallGroup;
  signal: AbortSignal;
  /** What the token grants. */
  canWrite: boolean;
}

/** Writes attributes of the local participant, one write at a time: two overlapping ones must end with the later one's values. */
export class LocalAttributes {
  readonly #members: RoomMembers;
  readonly #session: AttributeSession;
  #writes: Promise<void> = Promise.resolve();
  #isAnnounced = false;

  constructor(members: RoomMembers, session: AttributeSession) {
    this.#members = members;
    this.#session = session;
  }

  /**
   * The server tells the others of a joiner at once only after it wrote an attribute, else up to 3 s later, and until then
   * our packets reach them without a sender. Writing what the token already holds is enough.
   */
  announce(): Promise<void> {
    const { attributes } = this.#members.local;
    const isPointless = !this.#session.canWrite || Object.keys(attributes).length === 0;
    return isPointless ? Promise.resolve() : this.set(attributes);
  }

  /** Rejects with ROLE_NOT_SET without the grant, PUBLISH_FAILED when the server does not take them. */
  set(attributes: Attributes): Promise<void> {
    const write = this.#writes.then(() => this.#write(attributes));
    this.#writes = write.catch(() => undefined);
    return write;
  }

  async #write(attributes: Attributes): Promise<void> {
    const { canWrite, signal } = this.#session;
    signal.throwIfAborted();
    const isCurrent = this.#isCurrent(attributes);
    if (isCurrent && (this.#isAnnounced || !canWrite)) return;
    if (!canWrite) throw roleNotSet(Object.keys(attributes), 'a token without the grant');
    const echo = this.#watchEcho(attributes);
    const attempts = new AbortController();
    try {
      const answered = this.#request(attributes, AbortSignal.any([signal, attempts.signal]));
      // The engine now and then loses the server's answer to a write that was taken: then the echo is all there is.
      await (isCurrent ? answered : Promise.race([echo, answered.then(() => this.#settle(attributes, echo))]));
    } finally {
      attempts.abort();
      this.#members.watchLocal(null);
    }
    this.#isAnnounced = true;
  }

  async #request(attributes: Attributes, signal: AbortSignal): Promise<void> {
    const { participant, calls } = this.#session;
    const value = { localParticipantHandle: participant, attributes: Object.entries(attributes).map(([key, text]) => ({ key, value: text })) };
    let failure = '';
    for (const { timeoutMs, pauseMs } of ATTEMPTS) {
      const call = ffiCall<SetLocalAttributesCallback>({ case: 'setLocalAttributes', value }, calls);
      failure = await withDeadline(call, timeoutMs, () => new Error(`no answer within ${timeoutMs} ms`)).then(
        (reply) => reply.error ?? '',
        (thrown: unknown) => String(thrown),
      );
      signal.throwIfAborted();
      if (failure === '') return;
      if (/NotAllowed|permission/i.test(failure)) throw roleNotSet(Object.keys(attributes), failure);
      await pause(pauseMs, signal);
    }
    throw notTaken(failure);
  }

  /** Resolves when the local peer has the attributes. */
  #watchEcho(attributes: Attributes): Promise<void> {
    return new Promise((resolve) => {
      this.#members.watchLocal(() => {
        if (this.#isCurrent(attributes)) resolve();
      });
    });
  }

  /** The server's echo usually comes a moment after its answer; callers may read the local peer right away. */
  async #settle(attributes: Attributes, echo: Promise<void>): Promise<void> {
    await withDeadline(echo, ECHO_TIMEOUT_MS, () => new Error('no echo')).catch(() => {
      const { identity, attributes: known } = this.#members.local;
      this.#members.setAttributes(identity, withoutEmpty({ ...known, ...attributes }));
    });
  }

  #isCurrent(attributes: Attributes): boolean {
    return Object.entries(attributes).every(([key, text]) => (this.#members.local.attributes[key] ?? '') === text);
  }
}

function notTaken(got: string): PortalError {
  return new PortalError('PUBLISH_FAILED', 'the server did not take the attributes', { got, fix: 'Check the connection and try again.' });
}

/** `names` = the attributes that could not be written. */
function roleNotSet(names: readonly string[], got: string): PortalError {
  return new PortalError('ROLE_NOT_SET', `the token does not allow setting ${names.join(', ')}`, {
    expected: 'the grant canUpdateOwnMetadata, or the role already among the attributes of the token',
    got,
    fix: 'Mint the token with canUpdateOwnMetadata or with the attribute lk.portal.role.',
  });
}

function withoutEmpty(attributes: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).filter(([, text]) => text !== ''));
}
