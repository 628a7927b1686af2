import type { RunningServer } from '../../main/ports.ts';
import { startLocalServer } from '../../main/server/local-server.ts';
import { ensureLivekitServer } from '../../scripts/setup/livekit-server.ts';
import { setUp } from './set-up.ts';

/** The server that the environment names, else a local one that this run owns. */
export async function openBenchServer(env: NodeJS.ProcessEnv): Promise<RunningServer> {
  const { LIVEKIT_URL: url, LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret } = env;
  if (url && apiKey && apiSecret) return { url, apiKey, apiSecret, stop: () => Promise.resolve() };
  const binary = await setUp('livekit-server', ensureLivekitServer);
  return startLocalServer({ env: { ...env, LIVEKIT_SERVER_BIN: binary } });
}
