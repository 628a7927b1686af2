import { beforeEach, describe, expect, it } from 'vitest';
import { KeyProof } from '../../../../shared/portal/key-proof.ts';
import { encodeRtt } from '../../../../shared/portal/rtt-packet.ts';
import type { Peer } from '../../../../shared/portal/transport.ts';
import { ManualClock } from '../../main/manual-clock.ts';

const PONG = encodeRtt('pong', 1);
const PING = encodeRtt('ping', 1);
const peer = (identity: string, sessionId = identity): Peer => ({ identity, sessionId, attributes: {} });

describe('who has no key', () => {
  let clock: ManualClock;
  let keyless: string[];
  const proof = (pingMs = 1000): KeyProof => new KeyProof(clock, pingMs, ({ identity }) => keyless.push(identity));
  beforeEach(() => {
    clock = new ManualClock();
    keyless = [];
  });

  it('is whoever is heard and leaves two pings unanswered, said once and within 3 s', () => {
    const all = proof();
    all.heard(peer('a'));
    clock.advance(2000);
    all.heard(peer('a'));
    expect(keyless).toEqual([]);
    clock.advance(1000);
    all.heard(peer('a'));
    clock.advance(10_000);
    expect(keyless).toEqual(['a']);
  });

  it('is not who stood still meanwhile, is heard again and then answers', () => {
    const all = proof();
    all.heard(peer('a'));
    clock.advance(5000);
    all.heard(peer('a'));
    clock.advance(300);
    all.rtt(PONG, peer('a'));
    clock.advance(10_000);
    all.heard(peer('a'));
    clock.advance(10_000);
    expect(keyless).toEqual([]);
  });

  it('is found within 3 s also where nothing but its pings is heard', () => {
    const all = proof();
    for (const untilNextMs of [1000, 950, 1000]) {
      all.heard(peer('a'));
      clock.advance(untilNextMs);
    }
    expect(keyless).toEqual(['a']);
  });

  it('is not who answers, though it asks too', () => {
    const all = proof();
    all.heard(peer('a'));
    all.rtt(PING, peer('a'));
    all.rtt(PONG, peer('a'));
    clock.advance(10_000);
    all.heard(peer('a'));
    clock.advance(10_000);
    expect(keyless).toEqual([]);
  });

  it('is judged anew with each session, and not after it left', () => {
    const all = proof();
    all.heard(peer('a', '1'));
    all.left(peer('a', '1'));
    clock.advance(10_000);
    all.heard(peer('a', '2'));
    clock.advance(2000);
    all.heard(peer('a', '2'));
    clock.advance(1000);
    expect(keyless).toEqual(['a']);
    all.heard(peer('b'));
    clock.advance(2000);
    all.heard(peer('b'));
    all.close();
    clock.advance(10_000);
    expect(keyless).toEqual(['a']);
  });

  it('is not known where nobody is pinged', () => {
    proof(0).heard(peer('a'));
    clock.advance(60_000);
    expect(keyless).toEqual([]);
  });
});
