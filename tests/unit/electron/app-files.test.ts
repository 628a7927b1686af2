import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerAppRequest } from '../../../electron/app-files.ts';
import { isAppUrl } from '../../../electron/content-policy.ts';

const ORIGIN = 'app://console';
const CONSOLE_PAGE = `${ORIGIN}/console/index.html`;

let folder: string;
let root: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portal-console-pages-'));
  root = join(folder, 'renderer');
  await mkdir(join(root, 'console'), { recursive: true });
  await writeFile(join(root, 'console', 'index.html'), '<p>here</p>');
  await writeFile(join(root, 'notes.txt'), 'not for the page');
  await writeFile(join(folder, 'secrets.json'), '{"a":"secret"}');
});
afterAll(() => rm(folder, { recursive: true }));

describe('answerAppRequest', () => {
  it('serves the page with a policy that lets in no foreign and no inline script', async () => {
    const response = await answerAppRequest(CONSOLE_PAGE, root, ORIGIN);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('<p>here</p>');
    expect(response.headers.get('Content-Type')).toContain('text/html');
    const policy = response.headers.get('Content-Security-Policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('unsafe');
    expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff');
  });

  it.each([
    'app://console/../secrets.json',
    'app://console/%2e%2e/secrets.json',
    'app://console/..%2fsecrets.json',
    'app://console/console/..%5c..%5csecrets.json',
    'app://console/%00.html',
    'app://console/%E0%A4%A.html',
    'app://elsewhere/console/index.html',
    'file:///etc/passwd',
    'not an address',
  ])('gives nothing for %s', async (url) => {
    const response = await answerAppRequest(url, root, ORIGIN);
    expect(response.status).toBe(404);
    expect(await response.text()).not.toContain('secret');
  });

  it('gives no file of a kind that pages are not made of', async () => {
    expect((await answerAppRequest('app://console/notes.txt', root, ORIGIN)).status).toBe(404);
  });
});

describe('isAppUrl', () => {
  it.each(['app://console.evil.example/', 'app://consol/', 'https://console/', 'app:console', ''])('%s is not ours', (url) => expect(isAppUrl(url, ORIGIN)).toBe(false));
  it('knows its own page', () => expect(isAppUrl(CONSOLE_PAGE, ORIGIN)).toBe(true));
});
