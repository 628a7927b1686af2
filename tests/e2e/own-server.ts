import { test } from 'playwright/test';
import { startLocalServer, type LocalServer } from '../../main/server/local-server.ts';
import { startRole, type AppProcess } from './app-process.ts';
import { makeTestFolder, type TestFolder } from './test-folder.ts';
import { openConsole, type ConsoleWindow } from './console-window.ts';

/** A LiveKit server of the spec's own, and what joins it; every role and window is ended after its test, the server after the last one. */
export interface OwnServer {
  server(): LocalServer;
  /** Where and how to join, for a process. */
  env(): Record<string, string>;
  /** Resolves once the role is connected. */
  join(role: 'robot-host' | 'operator', session: string, ...args: string[]): Promise<AppProcess>;
  open(...args: string[]): Promise<ConsoleWindow>;
}

export function useOwnServer(): OwnServer {
  let server: LocalServer | null = null;
  const roles: AppProcess[] = [];
  /** Each role's own: Chromium's files are not made for two processes, nor for whoever runs the tests. */
  const folders: TestFolder[] = [];
  const windows: ConsoleWindow[] = [];
  test.beforeAll(async () => { server = await startLocalServer(); });
  test.afterAll(async () => { await server?.stop(); });
  test.afterEach(async () => {
    for (const window of windows.splice(0)) await window.close();
    await Promise.all(roles.splice(0).map((role) => role.kill('SIGTERM')));
    for (const folder of folders.splice(0)) folder.remove();
  });
  const running = (): LocalServer => {
    if (server === null) throw new Error('the server is started by beforeAll');
    return server;
  };
  const env = (): Record<string, string> => ({ LIVEKIT_URL: running().url, LIVEKIT_API_KEY: running().apiKey, LIVEKIT_API_SECRET: running().apiSecret });
  return {
    server: running,
    env,
    async join(role, session, ...args) {
      const folder = makeTestFolder();
      folders.push(folder);
      const started = startRole(role, ['--session', session, ...args], { ...folder.env, ...env() });
      roles.push(started);
      await started.waitFor('connected', ({ event }) => event === 'connected');
      return started;
    },
    async open(...args) {
      const window = await openConsole(args, env());
      windows.push(window);
      return window;
    },
  };
}
