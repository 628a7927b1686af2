import { join } from 'node:path';
import { ensureBuilt, ROOT } from '../../scripts/app-build.ts';
import { appEnvironment, appSwitches } from '../../scripts/app-switches.ts';
import { ensureElectron } from '../../scripts/setup/electron.ts';
import { ensureSystemPackages } from '../../scripts/setup/system-packages.ts';
import type { ServerAccess } from '../../main/ports.ts';
import { needsVirtualDisplay } from '../../scripts/display.ts';
import { setUp } from './set-up.ts';
import { SideProcess } from './side-process.ts';

/** The track of both the programs and the app. */
export const CAMERA = 'front';

/** The real app, built and with its runtime. */
export interface BenchApp {
  executable: string;
  /** What stands before the role. */
  leading(headless: boolean): string[];
  env(server: ServerAccess, dataDir: string): NodeJS.ProcessEnv;
}

/** Sets up what the app needs where it is missing. Throws with what to do. */
export async function prepareApp(): Promise<BenchApp> {
  const runtime = await setUp('Electron runtime', ensureElectron);
  await setUp('system packages', (task) => ensureSystemPackages(task, { runtime, virtualDisplay: needsVirtualDisplay() }));
  await ensureBuilt();
  return {
    executable: runtime.executable,
    leading: (headless) => [...appSwitches(headless), ROOT],
    env: (server, dataDir) => ({
      ...appEnvironment(),
      LIVEKIT_URL: server.url,
      LIVEKIT_API_KEY: server.apiKey,
      LIVEKIT_API_SECRET: server.apiSecret,
      PORTAL_CONSOLE_USER_DATA: dataDir,
    }),
  };
}

/** A headless role as `npm run robot-host` or `npm run operator` starts it. `folder` keeps its data. */
export function startRole(app: BenchApp, server: ServerAccess, role: 'robot-host' | 'operator', args: readonly string[], folder: string): SideProcess {
  // Ends by itself when the bench dies.
  const env = { ...app.env(server, join(folder, 'app-data')), PORTAL_CONSOLE_OWNED: '1' };
  return SideProcess.start(`our ${role}`, [app.executable, ...app.leading(true), role, ...args, '--json'], env);
}

/** The headless robot host with the simulated arm and one test camera. */
export function startRobotHost(app: BenchApp, server: ServerAccess, options: { session: string; folder: string; camera: { width: number; height: number; fps: number } }): SideProcess {
  const { width, height, fps } = options.camera;
  return startRole(app, server, 'robot-host', ['--session', options.session, '--identity', 'robot', '--camera', `${CAMERA}:${width}x${height}@${fps}`], options.folder);
}
