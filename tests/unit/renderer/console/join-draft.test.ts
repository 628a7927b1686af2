import { describe, expect, it } from 'vitest';
import { checkJoin, EMPTY_JOIN, type JoinDraft } from '../../../../renderer/console/join-draft.ts';
import { COMMANDS } from '../../../../shared/ipc.ts';

const KEY: JoinDraft = { ...EMPTY_JOIN, url: ' wss://portal.example.com ', session: 'lab', identity: 'anna', apiKey: 'key', apiSecret: 'secret' };
const TOKEN: JoinDraft = { ...EMPTY_JOIN, url: 'ws://127.0.0.1:7880', auth: 'token', token: 'a.b.c\n' };
const ENDPOINT: JoinDraft = { ...EMPTY_JOIN, endpoint: ' https://example.com/token', auth: 'endpoint', session: 'lab', identity: 'anna' };

describe('checkJoin', () => {
  it('takes key and secret, without the white space that was pasted along', () => {
    expect(checkJoin(KEY)).toEqual({
      errors: {},
      payload: { url: 'wss://portal.example.com', session: 'lab', identity: 'anna', auth: { kind: 'key', apiKey: 'key', apiSecret: 'secret' }, e2eeKey: null, portalFile: null, remember: true },
    });
  });

  it('takes a token without names: it brings its own', () => {
    expect(checkJoin(TOKEN).payload?.auth).toEqual({ kind: 'token', token: 'a.b.c' });
  });

  it('takes an endpoint with and without its bearer token', () => {
    expect(checkJoin(ENDPOINT).payload).toMatchObject({ url: 'https://example.com/token', session: 'lab', identity: 'anna', auth: { kind: 'endpoint', bearer: null } });
    expect(checkJoin({ ...ENDPOINT, endpoint: 'http://127.0.0.1:8080/token', bearer: ' b ' }).payload).toMatchObject({ url: 'http://127.0.0.1:8080/token', auth: { bearer: 'b' } });
  });

  it('takes an end-to-end key as it was typed', () => {
    expect(checkJoin({ ...KEY, e2eeKey: ' a key ' }).payload?.e2eeKey).toBe(' a key ');
  });

  it.each([KEY, TOKEN, ENDPOINT, { ...ENDPOINT, bearer: 'b', e2eeKey: 'k' }])('sends nothing that main would refuse', (draft) => {
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
    ['endpoint', { auth: 'endpoint' }],
    ['endpoint', { auth: 'endpoint', endpoint: 'http://example.com/token' }],
    ['token', { auth: 'token', token: 'half a token' }],
  ])('complains about %s alone: %j', (field, changes) => {
    const { errors, payload } = checkJoin({ ...KEY, ...changes });
    expect(Object.keys(errors)).toEqual([field]);
    expect(payload).toBeNull();
  });
});
