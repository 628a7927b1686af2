import { describe, expect, it } from 'vitest';
import { readHostState } from '../../../../shared/portal/read-host-state.ts';

describe('readHostState', () => {
  it('reads what our robot host publishes', () => {
    const state = { word: 'HOLDING', reason: 'no action for 300 ms', sinceUs: 12 } as const;
    expect(readHostState(JSON.stringify(state))).toEqual(state);
  });

  it('cuts a reason that is no short sentence, and leaves out what it does not know', () => {
    const read = readHostState(JSON.stringify({ word: 'ACTIVE', reason: 'x'.repeat(10_000), sinceUs: 1, extra: {} }));
    expect(read?.reason).toHaveLength(300);
    expect(Object.keys(read ?? {})).toEqual(['word', 'reason', 'sinceUs']);
  });

  it('tells the code of a fault, also one that only a newer host has, and nothing else that is called so', () => {
    const read = (fault: unknown) => readHostState(JSON.stringify({ word: 'HOLDING', reason: 'r', sinceUs: 1, fault }));
    expect(read('TORQUE_LOST')?.fault).toBe('TORQUE_LOST');
    expect(read('OF_A_NEWER_HOST')?.fault).toBe('OF_A_NEWER_HOST');
    for (const other of [null, 3, {}, '', 'torque lost', `A${'B'.repeat(64)}`]) expect(read(other)).toEqual({ word: 'HOLDING', reason: 'r', sinceUs: 1 });
  });

  it.each(['', '{', 'null', '3', '[]', '{}', '{"word":"DANCING","reason":"","sinceUs":1}', '{"word":"ACTIVE","sinceUs":1}', '{"word":"ACTIVE","reason":"","sinceUs":"1"}', '{"word":"ACTIVE","reason":"","sinceUs":1e999}'])(
    'takes %j for none', (text) => { expect(readHostState(text)).toBeNull(); },
  );
});
