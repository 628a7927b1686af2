import { net, protocol, session, type Session } from 'electron';
import { answerAppRequest } from './app-files.ts';
import { APP_ORIGIN, IS_LATE } from './app-origin.ts';
import { APP_SCHEME, isAppUrl } from './content-policy.ts';

/** Must run before the app is ready: rights of a scheme are fixed then. */
export function registerAppScheme(): void {
  if (IS_LATE) return;
  protocol.registerSchemesAsPrivileged([{ scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } }]);
}

/** Serves the built pages under `root` as `APP_ORIGIN` to the windows of the default session. */
export function serveAppFiles(root: string): void {
  servePagesTo(session.defaultSession, root);
}

/** The same to the windows of another session. */
export function servePagesTo({ protocol: ofSession }: Session, root: string): void {
  if (!IS_LATE) ofSession.handle(APP_SCHEME, (request) => answerAppRequest(request.url, root, APP_ORIGIN));
  // Whatever else the page asks for by http goes its way: the live view asks the LiveKit server why it was refused.
  else ofSession.handle('http', (request) => (isAppUrl(request.url, APP_ORIGIN) ? answerAppRequest(request.url, root, APP_ORIGIN) : net.fetch(request, { bypassCustomProtocolHandlers: true })));
}
