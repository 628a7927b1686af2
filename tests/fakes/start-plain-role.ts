import { join } from 'node:path';
import { startApp, type AppProcess } from '../e2e/app-process.ts';

/** Starts a headless role as a plain Node process in `session`; resolves once it is connected. */
export async function startPlainRole(
  server: { url: string; apiKey: string; apiSecret: string }, session: string, role: 'robot-host' | 'operator', ...args: string[]
): Promise<AppProcess> {
  const env = { LIVEKIT_URL: server.url, LIVEKIT_API_KEY: server.apiKey, LIVEKIT_API_SECRET: server.apiSecret };
  const started = startApp(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'plain-role.ts'), role, '--session', session, ...args, '--json'], env);
  try {
    await started.waitFor('connected', ({ event }) => event === 'connected', 90_000);
    return started;
  } catch (thrown) {
    await started.kill('SIGKILL');
    throw thrown;
  }
}
