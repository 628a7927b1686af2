import { describe, expect, it } from 'vitest';
import { checkJoin, EMPTY_JOIN, type JoinDraft } from '../../../../renderer/console/join-draft.ts';
import { COMMANDS } from '../../../../shared/ipc.ts';

const KEY: JoinDraft = { ...EMPTY_JOIN, url: ' wss://portal.example.com ', session: 'lab', identity: 'anna', apiKey: 'key', apiSecret: 'secret' };
const TOKEN: JoinDraft = { ...EMPTY_JOIN, url: 'ws://127.0.0.1:7880', auth: 'token', token: 'a.b.c\n' };

describe('checkJoin', () => {
  it('takes key and secret, without the white space that was pasted along', () => {
    expect(checkJoin(KEY)).toEqual({
      errors: {},
      payload: { url: 'wss://portal.example.com', session: 'lab', identity: 'anna', auth: { kind: 'key', apiKey: 'key', apiSecret: 'secret' }, portalFile: null, remember: true },
    });
  });

  it('takes a token without names: it brings its own', () => {
    expect(checkJoin(TOKEN).payload?.auth).toEqual({ kind: 'token', token: 'a.b.c' });
  });

  it.each([KEY, TOKEN])('sends nothing that main would refuse', (draft) => {
    expect(COMMANDS.join.payload.safeParse(checkJoin(draft).payload).success).toBe(true);
  });

  it.each<[keyof JoinDraft, Partial<JoinDraft>]>([
    ['url', { url: '' }],
    ['url', { url: 'portal.example.com' }],
    ['url', { url: 'ftp://portal.example.com' }],
    ['session', { session: '  ' }],
    ['identity', { identity: '' }],
    ['apiKey', { apiKey: '' }],
    ['apiSecret', { apiSecret: '' }],
    ['token', { auth: 'token', token: '' }],
    ['token', { auth: 'token', token: 'half a token' }],
  ])('complains about %s alone: %j', (field, changes) => {
    const { errors, payload } = checkJoin({ ...KEY, ...changes });
    expect(Object.keys(errors)).toEqual([field]);
    expect(payload).toBeNull();
  });
});
