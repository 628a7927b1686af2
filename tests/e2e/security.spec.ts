import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'playwright/test';
import { PROJECT_ROOT } from './app-process.ts';
import { openConsole, type ConsoleWindow } from './console-window.ts';

/** What holds for the page, judged on the real window: what it can reach, what it may ask for, and what main believes of it. */

let console: ConsoleWindow;
let foreign: ForeignSite;

test.beforeAll(async () => {
  foreign = await startForeignSite();
  console = await openConsole([], {});
  await expect(console.page.getByTestId('try-simulated')).toBeVisible();
});
test.afterAll(async () => {
  await console?.close();
  await foreign?.stop();
});
test.afterEach(async () => {
  // Whatever a test tried: the page is where it was, alone, and alive.
  expect(console.page.url()).toBe('app://console/console/index.html');
  expect(console.app.windows()).toHaveLength(1);
  // Looked up in the page: after a navigation that was refused the test driver waits for its end for ever.
  expect(await console.page.evaluate(() => document.querySelector('[data-testid="try-simulated"]:enabled') !== null)).toBe(true);
});

test('there is no Node in the page, and the bridge is all there is', async () => {
  const found = await console.page.evaluate(() => {
    const names = ['require', 'process', 'module', 'exports', 'global', 'Buffer', '__dirname', 'setImmediate', 'electron', 'ipcRenderer'];
    const bridge = (globalThis as unknown as { portal: Record<string, unknown> }).portal;
    return { there: names.filter((name) => name in globalThis), bridge: Object.entries(bridge).map(([name, value]) => `${name}: ${typeof value}`).sort() };
  });
  expect(found).toEqual({ there: [], bridge: ['call: function', 'on: function', 'report: function'] });
});

test('the page cannot change the bridge, nor reach the preload through it', async () => {
  const outcome = await console.page.evaluate(() => {
    const page = globalThis as unknown as { portal: { call: { constructor: (code: string) => () => unknown } } };
    const before = page.portal;
    let replaced = false;
    try {
      page.portal = { call: { constructor: () => () => undefined } };
      replaced = page.portal !== before;
    } catch {
      // Refused, as it should be.
    }
    let seen: unknown = 'not allowed';
    try {
      seen = before.call.constructor('return typeof require + typeof process')();
    } catch {
      // Nothing is evaluated for it.
    }
    return { replaced, seen };
  });
  expect(outcome.replaced).toBe(false);
  expect(['undefinedundefined', 'not allowed']).toContain(outcome.seen);
});

test('the window is sandboxed and isolated', async () => {
  const preferences = await console.app.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as { getLastWebPreferences(): Record<string, unknown> };
    const { sandbox, contextIsolation, nodeIntegration, nodeIntegrationInSubFrames, webviewTag, webSecurity, allowRunningInsecureContent, experimentalFeatures, enableBlinkFeatures } = contents.getLastWebPreferences();
    return { sandbox, contextIsolation, nodeIntegration, nodeIntegrationInSubFrames, webviewTag, webSecurity, allowRunningInsecureContent, experimentalFeatures, enableBlinkFeatures: enableBlinkFeatures ?? '' };
  });
  expect(preferences).toEqual({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInSubFrames: false,
    webviewTag: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    enableBlinkFeatures: '',
  });
});

test('the page comes with a policy that blocks inline script, eval, frames and foreign code', async () => {
  const headers = await console.page.evaluate(async () => {
    const response = await fetch(location.href);
    return { csp: response.headers.get('content-security-policy') ?? '', sniff: response.headers.get('x-content-type-options') };
  });
  expect(headers.csp).toContain("default-src 'none'");
  expect(headers.csp).toContain("script-src 'self'");
  expect(headers.csp).not.toMatch(/unsafe|\*/u);
  expect(headers.sniff).toBe('nosniff');

  const violations = await console.page.evaluate(async (origin) => {
    const blocked = (part: string, attempt: () => void): Promise<string> =>
      new Promise((resolve) => {
        const timer = setTimeout(() => resolve(`${part}: not blocked`), 3000);
        const listener = (event: SecurityPolicyViolationEvent): void => {
          if (!event.effectiveDirective.startsWith(part)) return;
          clearTimeout(timer);
          document.removeEventListener('securitypolicyviolation', listener);
          resolve(`${part}: blocked`);
        };
        document.addEventListener('securitypolicyviolation', listener);
        attempt();
      });
    const add = (tag: string, attributes: Record<string, string>): (() => void) => () => {
      const element = Object.assign(document.createElement(tag), attributes);
      document.body.append(element);
      setTimeout(() => element.remove(), 500);
    };
    return [
      await blocked('script-src-elem', add('script', { textContent: 'globalThis.inlineRan = true' })),
      await blocked('script-src-elem', add('script', { src: `${origin}/code.js` })),
      await blocked('script-src-attr', () => {
        document.body.setAttribute('onclick', 'globalThis.inlineRan = true');
        document.body.click();
        document.body.removeAttribute('onclick');
      }),
      // Not evaluated here but later, where a debugger's leave to evaluate does not reach.
      await blocked('script-src', () => setTimeout('globalThis.inlineRan = true', 0)),
      await blocked('frame-src', add('iframe', { src: origin })),
      await blocked('object-src', add('object', { data: `${origin}/plugin` })),
      await blocked('img-src', add('img', { src: `${origin}/pixel.png` })),
      await blocked('form-action', () => {
        const form = Object.assign(document.createElement('form'), { action: origin, method: 'post' });
        document.body.append(form);
        form.submit();
        form.remove();
      }),
    ];
  }, foreign.origin);
  expect(violations.filter((one) => !one.endsWith(': blocked'))).toEqual([]);
  expect(await console.page.evaluate(() => 'inlineRan' in globalThis)).toBe(false);
  expect(foreign.requests).toEqual([]);
});

test('nothing leads away from the app: no navigation, no second window, no download, no guest page', async () => {
  const { page, app } = console;
  await page.evaluate((origin) => location.assign(origin), foreign.origin);
  await page.evaluate(() => location.assign('file:///etc/hostname'));
  await page.evaluate((origin) => {
    const link = Object.assign(document.createElement('a'), { href: origin, target: '_blank', rel: 'opener' });
    document.body.append(link);
    link.click();
    link.remove();
  }, foreign.origin);
  expect(await page.evaluate((origin) => window.open(origin) === null, foreign.origin)).toBe(true);
  await page.evaluate((origin) => {
    const link = Object.assign(document.createElement('a'), { href: `${origin}/file.bin`, download: 'file.bin' });
    document.body.append(link);
    link.click();
    link.remove();
  }, foreign.origin);
  const guests = await page.evaluate((origin) => {
    const guest = document.createElement('webview');
    guest.setAttribute('src', origin);
    document.body.append(guest);
    const isPlain = guest.constructor === HTMLElement || !('getWebContentsId' in guest);
    guest.remove();
    return isPlain;
  }, foreign.origin);
  expect(guests).toBe(true);
  expect(await app.evaluate(({ webContents }) => webContents.getAllWebContents().map((contents) => contents.getType()))).toEqual(['window']);
  // The page still answers in between, so what it asked for before has been decided.
  expect(await page.evaluate(() => document.title)).toContain('Portal Console');
  expect(foreign.requests.filter((path) => path !== '/file.bin')).toEqual([]);
});

test('every permission is refused', async () => {
  await console.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.focus());
  const refused = await console.page.evaluate(async () => {
    const refusal = async (ask: () => Promise<unknown>): Promise<string> => ask().then(() => 'granted', (error: Error) => error.name);
    const states: Record<string, string> = {};
    for (const name of ['geolocation', 'notifications', 'camera', 'microphone', 'midi', 'clipboard-read']) {
      states[name] = await navigator.permissions.query({ name: name as PermissionName }).then(({ state }) => state, () => 'unknown');
    }
    return {
      states,
      location: await new Promise((resolve) => navigator.geolocation.getCurrentPosition(() => resolve('granted'), ({ code }) => resolve(code))),
      notifications: await Notification.requestPermission(),
      camera: await refusal(() => navigator.mediaDevices.getUserMedia({ video: true })),
      screen: await refusal(() => navigator.mediaDevices.getDisplayMedia({ video: true })),
      clipboard: await refusal(() => navigator.clipboard.readText()),
      midi: await refusal(() => navigator.requestMIDIAccess({ sysex: true })),
    };
  });
  expect(Object.values(refused.states)).not.toContain('granted');
  expect(Object.values(refused.states)).not.toContain('prompt');
  expect(refused).toMatchObject({ location: 1, notifications: 'denied' });
  expect([refused.camera, refused.screen, refused.clipboard, refused.midi]).not.toContain('granted');
});

test('main refuses what is not in the contract, by name', async () => {
  const replies = await console.page.evaluate(async () => {
    const { portal } = globalThis as unknown as { portal: { call(name: unknown, payload: unknown): Promise<{ ok: boolean; error?: { code: string; message: string } }> } };
    const ask = async (name: unknown, payload: unknown): Promise<string> => {
      const { ok, error } = await portal.call(name, payload);
      return ok ? 'ok' : `${error?.code}: ${error?.message}`;
    };
    return {
      wrongType: await ask('join', { url: 5, session: 's', identity: 'i', auth: { kind: 'token', token: 't' }, portalFile: null, remember: false }),
      missing: await ask('join', {}),
      tooLong: await ask('giveControl', { identity: 'x'.repeat(300) }),
      notFinite: await ask('setLeaderJoint', { joint: 'shoulder_pan.pos', value: Number.NaN }),
      payloadWhereNone: await ask('takeControl', { identity: 'me' }),
      unknown: await ask('openDevTools', undefined),
      inherited: await ask('constructor', undefined),
      prototype: await ask('__proto__', undefined),
      notAName: await ask({ toString: 1 }, undefined),
      noSession: await ask('takeControl', undefined),
    };
  });
  expect(replies).toMatchObject({
    wrongType: expect.stringContaining('VALUE_INVALID: join: url') as unknown,
    missing: expect.stringContaining('VALUE_INVALID: join:') as unknown,
    tooLong: expect.stringContaining('VALUE_INVALID: giveControl: identity') as unknown,
    notFinite: expect.stringContaining('VALUE_INVALID: setLeaderJoint: value') as unknown,
    payloadWhereNone: expect.stringContaining('VALUE_INVALID: takeControl') as unknown,
    unknown: expect.stringContaining('NOT_SUPPORTED') as unknown,
    inherited: expect.stringContaining('NOT_SUPPORTED') as unknown,
    prototype: expect.stringContaining('NOT_SUPPORTED') as unknown,
    notAName: expect.stringContaining('NOT_SUPPORTED') as unknown,
    noSession: expect.stringContaining('NOT_CONNECTED') as unknown,
  });
});

test('main refuses a page that is not ours, even with our preload', async () => {
  const reply = await console.app.evaluate(async ({ BrowserWindow }, { origin, preload }) => {
    const intruder = new BrowserWindow({ show: false, webPreferences: { preload, sandbox: true } });
    try {
      await intruder.loadURL(`${origin}/page`);
      return (await intruder.webContents.executeJavaScript("portal.call('getState')")) as { ok: boolean; error?: { code: string } };
    } finally {
      intruder.destroy();
    }
  }, { origin: foreign.origin, preload: join(PROJECT_ROOT, 'out', 'preload', 'preload.cjs') });
  expect(reply).toMatchObject({ ok: false, error: { code: 'NOT_AUTHORISED' } });
  await expect.poll(() => console.app.windows().length).toBe(1);
});

test('the app’s own address gives out its page’s files and nothing else', async () => {
  const statuses = await console.page.evaluate(async () => {
    const status = async (url: string): Promise<number | string> => fetch(url).then((response) => response.status, () => 'refused');
    return {
      page: await status('app://console/console/index.html'),
      up: await status('app://console/../package.json'),
      encoded: await status('app://console/%2e%2e/%2e%2e/package.json'),
      slashes: await status('app://console/..%2f..%2fpackage.json'),
      main: await status('app://console/..%2fmain%2findex.js'),
      absolute: await status('app://console//etc/hostname'),
      otherHost: await status('app://elsewhere/console/index.html'),
      file: await status('file:///etc/hostname'),
    };
  });
  expect(statuses.page).toBe(200);
  for (const [what, status] of Object.entries(statuses)) if (what !== 'page') expect([404, 'refused'], what).toContain(status);
});

interface ForeignSite {
  origin: string;
  /** Paths that were asked for. */
  requests: string[];
  stop(): Promise<void>;
}

/** A site of somebody else, on this machine so that the test needs no network. */
async function startForeignSite(): Promise<ForeignSite> {
  const requests: string[] = [];
  const server: Server = createServer((request, response) => {
    const path = request.url ?? '';
    if (path !== '/page' && path !== '/favicon.ico') requests.push(path);
    response.setHeader('Content-Type', path.endsWith('.bin') ? 'application/octet-stream' : 'text/html');
    response.end('<title>foreign</title>');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    stop: () =>
      new Promise((closed) => {
        server.closeAllConnections();
        server.close(() => closed());
      }),
  };
}
