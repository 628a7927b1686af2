import { describe, expect, it } from 'vitest';
import { Gate } from '../../../../shared/portal/gate.ts';
import type { Peer } from '../../../../shared/portal/transport.ts';

function peer(identity: string, sessionId: string): Peer {
  return { identity, sessionId, attributes: {} };
}

const [alice1, alice2, alice3, bob1] = [peer('alice', 'A1'), peer('alice', 'A2'), peer('alice', 'A3'), peer('bob', 'B1')];

function driving(by: Peer): Gate {
  const gate = new Gate();
  gate.setActive(by.identity, by.sessionId);
  return gate;
}

describe('the gate', () => {
  it('accepts nobody while nobody is in control', () => {
    const gate = new Gate();
    expect([gate.check(alice1), gate.check(null), gate.check(peer('', 'X'))]).toEqual(['sender', 'sender', 'sender']);
    expect(gate.activeOperator).toBeNull();
  });

  it('accepts the active operator and nobody else', () => {
    const gate = driving(alice1);
    expect([gate.check(alice1), gate.check(bob1), gate.check(null)]).toEqual(['accepted', 'sender', 'sender']);
    expect(gate.activeOperator).toBe('alice');
  });

  it('follows each handoff at once', () => {
    const gate = driving(alice1);
    gate.setActive('bob', 'B1');
    expect([gate.check(alice1), gate.check(bob1)]).toEqual(['sender', 'accepted']);
    gate.setActive('alice', 'A1');
    expect([gate.check(alice1), gate.check(bob1)]).toEqual(['accepted', 'sender']);
    gate.setActive(null, null);
    expect([gate.check(alice1), gate.check(bob1)]).toEqual(['sender', 'sender']);
  });

  it('never takes a participant without an identity for the active operator', () => {
    const gate = new Gate();
    gate.setActive('', null);
    expect(gate.check(peer('', 'X'))).toBe('sender');
  });

  it('drops everybody until an operator that a token named has come', () => {
    const gate = new Gate();
    gate.setActive('alice', null);
    expect([gate.check(bob1), gate.joined(bob1)]).toEqual(['sender', false]);
    expect([gate.joined(alice1), gate.check(alice1)]).toEqual([true, 'accepted']);
  });

  it('accepts an action that overtakes the news of its sender\'s arrival', () => {
    const gate = new Gate();
    gate.setActive('alice', null);
    expect([gate.check(alice1), gate.joined(alice1), gate.check(alice2)]).toEqual(['accepted', false, 'session']);
  });
});

describe('an active operator that leaves', () => {
  it('keeps the pointer, and the others stay out', () => {
    const gate = driving(alice1);
    gate.left(alice1);
    expect([gate.activeOperator, gate.check(bob1)]).toEqual(['alice', 'sender']);
  });

  it('drives again when it is back', () => {
    const gate = driving(alice1);
    gate.left(alice1);
    expect([gate.joined(alice2), gate.check(alice2)]).toEqual([true, 'accepted']);
    gate.left(alice2);
    expect([gate.check(alice3), gate.check(alice2)]).toEqual(['accepted', 'session']);
  });

  it('is not taken to be back by a late packet of the session that left', () => {
    const gate = driving(alice1);
    gate.left(alice1);
    expect([gate.check(alice1), gate.joined(alice1), gate.check(alice2), gate.check(alice1)]).toEqual(['session', false, 'accepted', 'session']);
  });

  it('does not steal control back that another one claimed meanwhile', () => {
    const gate = driving(alice1);
    gate.left(alice1);
    gate.setActive('bob', 'B1');
    expect([gate.joined(alice2), gate.check(alice2), gate.check(bob1)]).toEqual([false, 'sender', 'accepted']);
  });

  it('may drive again in the same session when control comes back to it', () => {
    const gate = driving(alice1);
    gate.left(alice1);
    gate.setActive('bob', 'B1');
    gate.setActive('alice', 'A2');
    expect([gate.check(alice2), gate.check(alice1)]).toEqual(['accepted', 'session']);
  });

  it('is not confused by others that leave', () => {
    const gate = driving(alice1);
    gate.left(bob1);
    gate.left(alice2);
    expect(gate.check(alice1)).toBe('accepted');
  });
});

describe('an identity that shows up in a second session', () => {
  it('loses control in both until it claims again', () => {
    const gate = driving(alice1);
    expect(gate.check(alice2)).toBe('session');
    expect([gate.check(alice1), gate.check(alice2)]).toEqual(['session', 'session']);
    gate.setActive('alice', 'A2');
    expect([gate.check(alice2), gate.joined(alice2)]).toEqual(['accepted', false]);
  });

  it('loses control as soon as it has come, before it sends anything', () => {
    const gate = driving(alice1);
    expect(gate.joined(alice2)).toBe(false);
    gate.left(alice1);
    expect([gate.check(alice2), gate.check(alice3), gate.check(alice1)]).toEqual(['session', 'session', 'session']);
    gate.setActive('alice', 'A3');
    expect(gate.check(alice3)).toBe('accepted');
  });

  it('must claim again when the server closed the first session in favour of the second', () => {
    const gate = driving(alice1);
    gate.left(alice1, true);
    expect([gate.joined(alice2), gate.check(alice2)]).toEqual([false, 'session']);
    gate.setActive('alice', 'A2');
    expect(gate.check(alice2)).toBe('accepted');
  });

  it('leaves a handoff to somebody else as it is', () => {
    const gate = driving(alice1);
    gate.left(alice1, true);
    gate.setActive('bob', 'B1');
    expect([gate.check(bob1), gate.check(alice2)]).toEqual(['accepted', 'sender']);
  });

  it('does not bother the gate when it is not the active operator\'s', () => {
    const gate = driving(alice1);
    gate.joined(peer('bob', 'B2'));
    gate.left(bob1, true);
    expect(gate.check(alice1)).toBe('accepted');
  });
});
