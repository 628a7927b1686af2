import { protocol } from 'electron';
import { answerAppRequest } from './app-files.ts';
import { APP_SCHEME } from './content-policy.ts';

/** Must run before the app is ready: rights of a scheme are fixed then. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } }]);
}

/** Serves the built pages under `root` as `app://console/`. */
export function serveAppFiles(root: string): void {
  protocol.handle(APP_SCHEME, (request) => answerAppRequest(request.url, root));
}
