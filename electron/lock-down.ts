import { app, session, type WebContents } from 'electron';
import { APP_ORIGIN } from './app-origin.ts';
import { isAppUrl } from './content-policy.ts';

/** What holds for the console's pages: no permission of any kind, because they need none. Call once the app is ready, before the first window. */
export function lockDown(): void {
  const { defaultSession } = session;
  defaultSession.setPermissionRequestHandler((_contents, _permission, decide) => decide(false));
  defaultSession.setPermissionCheckHandler(() => false);
  defaultSession.setDevicePermissionHandler(() => false);
  defaultSession.on('will-download', (event) => event.preventDefault());
}

/** No page of this process leads anywhere else, whatever opens it: no foreign address, no second window, no guest pages. Once, before the first window. */
export function keepPagesAtHome(): void {
  app.on('web-contents-created', (_event, contents) => keepAtHome(contents));
}

function keepAtHome(contents: WebContents): void {
  const onlyOurs = (event: { preventDefault(): void }, url: string): void => {
    if (!isAppUrl(url, APP_ORIGIN)) event.preventDefault();
  };
  contents.on('will-navigate', onlyOurs);
  contents.on('will-redirect', onlyOurs);
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
}
