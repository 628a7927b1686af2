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

  it.each(['', '{', 'null', '3', '[]', '{}', '{"word":"DANCING","reason":"","sinceUs":1}', '{"word":"ACTIVE","sinceUs":1}', '{"word":"ACTIVE","reason":"","sinceUs":"1"}', '{"word":"ACTIVE","reason":"","sinceUs":1e999}'])(
    'takes %j for none', (text) => { expect(readHostState(text)).toBeNull(); },
  );
});
