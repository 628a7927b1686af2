import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { CONTENT_SECURITY_POLICY, isAppUrl } from './content-policy.ts';

const MIME_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.json': 'application/json',
};

const HEADERS = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
};

/** Answers one request of the page with a file under `root`, and with nothing outside of it. Never rejects. */
export async function answerAppRequest(url: string, root: string, origin: string): Promise<Response> {
  const path = pathUnder(root, url, origin);
  const type = path === null ? undefined : MIME_TYPES[extname(path)];
  if (path === null || type === undefined) return new Response('not found', { status: 404, headers: HEADERS });
  try {
    return new Response(new Uint8Array(await readFile(path)), { headers: { ...HEADERS, 'Content-Type': type } });
  } catch {
    // A missing file is the page's mistake and shows there as a 404.
    return new Response('not found', { status: 404, headers: HEADERS });
  }
}

function pathUnder(root: string, url: string, origin: string): string | null {
  if (!isAppUrl(url, origin)) return null;
  try {
    const path = normalize(join(root, decodeURIComponent(new URL(url).pathname)));
    return path.startsWith(root + sep) && !path.includes('\0') ? path : null;
  } catch {
    // Not an address at all.
    return null;
  }
}
