import { expect, it } from 'vitest';
import { namesOfToken } from '../../../main/token-names.ts';
import { NAME_FROM_TOKEN } from '../../../shared/console-state.ts';

const TYPED = { session: NAME_FROM_TOKEN, identity: NAME_FROM_TOKEN };

it('a token decides both names, and leaves open what it does not name', () => {
  expect(namesOfToken({ room: 'lab', identity: 'ann' }, TYPED)).toEqual({ session: 'lab', identity: 'ann' });
  expect(namesOfToken({ room: 'lab', identity: 'ann' }, { session: 'lab', identity: 'somebody' })).toEqual({ session: 'lab', identity: 'ann' });
  expect(namesOfToken({ room: '', identity: '' }, { session: 'mine', identity: 'me' })).toEqual({ session: 'mine', identity: 'me' });
});

it('one for another session than the one typed, and one that is none, are refused with what to do', () => {
  expect(() => namesOfToken({ room: 'lab', identity: 'ann' }, { session: 'garage', identity: 'ann' })).toThrow(
    expect.objectContaining({ code: 'USAGE', details: expect.objectContaining({ expected: 'garage', got: 'lab', fix: expect.stringContaining('Leave Session empty') as string }) as object }) as Error,
  );
  expect(() => namesOfToken(null, TYPED)).toThrow(expect.objectContaining({ code: 'TOKEN_REFUSED' }) as Error);
});
