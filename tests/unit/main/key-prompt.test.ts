import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { withPromptedKey, type Keyboard } from '../../../main/key-prompt.ts';

it('switches the echo off before it asks, so that an answer that comes at once is not shown', async () => {
  const typing = new PassThrough();
  let isRaw = false;
  const shown: string[] = [];
  const keyboard = Object.assign(typing, { isTTY: true, setRawMode: (raw: boolean) => { isRaw = raw; return keyboard; } }) as unknown as Keyboard;
  const env = await withPromptedKey(['robot-host', '--session', 's', '--e2ee'], {}, keyboard, (text) => {
    shown.push(text);
    if (!text.includes('(not shown)')) return;
    expect(isRaw).toBe(true);
    typing.write('sealed\r');
  });
  expect(env).toEqual({ PORTAL_E2EE_KEY: 'sealed' });
  expect(shown.join('')).not.toContain('sealed');
  expect(isRaw, 'the terminal is as it was').toBe(false);
});
