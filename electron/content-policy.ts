/** The one page of the app; a scheme of its own because `file://` would give it the rights of every file on the disk. */
export const APP_SCHEME = 'app';

/**
 * What the page may do. Scripts, styles, fonts and workers come from the app alone, nothing inline; `connect-src` is open
 * because the address of a LiveKit server is the user's choice.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self'",
  "worker-src 'self'",
  "connect-src 'self' ws: wss: http: https:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-src 'none'",
  "frame-ancestors 'none'",
  "object-src 'none'",
].join('; ');

/** True for addresses of our own page; anything else has no business with the app. */
export function isAppUrl(url: string, origin: string): boolean {
  return url.startsWith(`${origin}/`);
}
