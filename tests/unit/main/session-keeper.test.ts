import { describe, expect, it } from 'vitest';
import { SessionKeeper, type Keepable } from '../../../main/session-keeper.ts';
import { PortalError } from '../../../shared/portal/errors.ts';
import type { ConnectionState, DisconnectReason } from '../../../shared/portal/transport.ts';
import { ManualClock } from './manual-clock.ts';

/** A role whose connects succeed or fail as told. */
class FakeRole implements Keepable {
  connects = 0;
  failure: PortalError | null = null;
  #listener: ((state: ConnectionState, reason: DisconnectReason | null) => void) | null = null;

  connect(): Promise<void> {
    this.connects += 1;
    return this.failure === null ? Promise.resolve() : Promise.reject(this.failure);
  }
  disconnect(): Promise<void> {
    return Promise.resolve();
  }
  onConnection(listener: (state: ConnectionState, reason: DisconnectReason | null) => void): () => void {
    this.#listener = listener;
    return () => (this.#listener = null);
  }
  say(state: ConnectionState, reason: DisconnectReason | null = null): void {
    this.#listener?.(state, reason);
  }
}

function bench(hasFixedToken = false): { role: FakeRole; clock: ManualClock; said: string[]; keeper: SessionKeeper; opens: () => number } {
  const role = new FakeRole();
  const clock = new ManualClock();
  const said: string[] = [];
  let opens = 0;
  const access = { hasFixedToken, announce: () => Promise.resolve(), open: () => Promise.resolve({ url: 'ws://x', token: `t${(opens += 1)}` }) };
  const keeper = new SessionKeeper(role, access, clock, {
    onConnected: () => said.push('connected'),
    onReconnecting: () => said.push('reconnecting'),
    onLost: (reason, ms) => said.push(`lost ${reason} ${ms}`),
    onEnded: (error) => said.push(`ended ${error.code}`),
  });
  return { role, clock, said, keeper, opens: () => opens };
}

/** Lets promises that are settled run their continuations. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

describe('keeping a session', () => {
  it('says why the first connect failed, and does not retry it', async () => {
    const { role, clock, said, keeper } = bench();
    role.failure = new PortalError('SERVER_UNREACHABLE', 'nobody there');
    await expect(keeper.start()).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
    clock.advance(60_000);
    expect(role.connects).toBe(1);
    expect(said).toEqual([]);
  });

  it('comes back after a loss with growing pauses and a fresh token each time', async () => {
    const { role, clock, said, keeper, opens } = bench();
    await keeper.start();
    role.failure = new PortalError('SERVER_UNREACHABLE', 'down');
    role.say('disconnected', 'connection-lost');
    for (const ms of [500, 1000, 2000]) {
      clock.advance(ms);
      await settle();
    }
    role.failure = null;
    clock.advance(4000);
    await settle();
    expect(said).toEqual(['connected', 'lost connection-lost 500', 'lost down 1000', 'lost down 2000', 'lost down 4000', 'connected']);
    expect(opens()).toBe(5);
  });

  it('says so once when the engine reconnects on its own', async () => {
    const { role, said, keeper } = bench();
    await keeper.start();
    role.say('reconnecting');
    role.say('reconnecting');
    role.say('connected');
    expect(said).toEqual(['connected', 'reconnecting', 'connected']);
  });

  it.each([
    ['duplicate-identity', false, 'DUPLICATE_IDENTITY'],
    ['removed', false, 'DISCONNECTED'],
    ['token-expired', true, 'TOKEN_REFUSED'],
  ] as const)('ends for good when it is %s', async (reason, hasFixedToken, code) => {
    const { role, clock, said, keeper } = bench(hasFixedToken);
    await keeper.start();
    role.say('disconnected', reason);
    clock.advance(60_000);
    expect(said).toEqual(['connected', `ended ${code}`]);
    expect(role.connects).toBe(1);
  });

  it('stays out once it was stopped', async () => {
    const { role, clock, said, keeper } = bench();
    await keeper.start();
    role.say('disconnected', 'connection-lost');
    await keeper.stop();
    clock.advance(60_000);
    await settle();
    expect(role.connects).toBe(1);
    expect(said.at(-1)).toMatch(/^lost/u);
  });
});
