import { join } from 'node:path';
import { app } from 'electron';
import { parseCli, type CliRequest } from '../main/cli.ts';
import type { ConsoleService, WindowDesks } from '../main/console-service.ts';
import { withPromptedKey } from '../main/key-prompt.ts';
import { createLog } from '../main/log.ts';
import type { ExitCode, WebcamSource } from '../main/ports.ts';
import type { Station } from '../main/station.ts';
import { runApp } from '../main/wiring.ts';
import { appArguments } from './app-arguments.ts';
import { registerAppScheme, serveAppFiles } from './app-protocol.ts';
import { webcamsOfWindow } from './camera-window.ts';
import { bindConsole } from './console-ipc.ts';
import { createConsoleWindow } from './console-window.ts';
import { FramePort } from './frame-port.ts';
import { keepHelpersInside } from './lean-runtime.ts';
import { keepPagesAtHome, lockDown } from './lock-down.ts';
import { setMenu } from './menu.ts';
import { OWNED_ENV } from './robot-process.ts';
import { openSecrets } from './secrets.ts';
import { startHostedRobot, startSimulatedRobot } from './simulated-robot.ts';
import { settleSystemTheme } from './system-theme.ts';

/** Arguments → station → window, unless the role has none. The station's exit code is the program's. */
const PAGES = join(import.meta.dirname, '../renderer');
const log = createLog(process.env);
const argv = appArguments(process.argv, app.isPackaged);
const request = readRequest();

registerAppScheme();
// Without a listener Electron would quit by itself, past the robot's orderly end.
app.on('window-all-closed', () => undefined);
// Not awaited here: Electron becomes ready only after this module has run to its end.
void main();

async function main(): Promise<void> {
  if (request?.kind !== 'run') {
    // Help, version or a mistake: said at once, also where there is no display for Electron to become ready on.
    app.exit(await runApp(argv, process.env, { version: app.getVersion() }).done);
    return;
  }
  const userData = process.env['PORTAL_CONSOLE_USER_DATA'] ?? app.getPath('userData');
  // Chromium's own files are not made for two processes: a robot host beside a console keeps its own.
  app.setPath('userData', request.role === 'console' ? userData : join(userData, request.role));
  const mayExit = request.role === 'console' ? null : keepHelpersInside();
  const env = await withPromptedKey(argv, process.env, process.stdin, (text) => process.stderr.write(text));
  await app.whenReady();
  const code = await run(env, request.role === 'console', userData);
  await mayExit?.();
  app.exit(code);
}

function readRequest(): CliRequest | null {
  try {
    return parseCli(argv);
  } catch {
    // runApp reads them again, says what is wrong and gives the exit code.
    return null;
  }
}

async function run(env: NodeJS.ProcessEnv, hasWindow: boolean, dataDir: string): Promise<ExitCode> {
  keepPagesAtHome();
  const { station, desks, done } = runApp(argv, env, {
    version: app.getVersion(),
    dataDir,
    webcams: openWebcams(),
    ...(hasWindow ? { secrets: openSecrets(log), startSimulatedRobot: startSimulatedRobot(env), startRobotHost: startHostedRobot(env) } : {}),
  });
  if (station === null) return done;
  const mistake = endOrderly(station);
  if (process.env[OWNED_ENV] === '1') endWithOwner(station);
  if (station.console !== null && desks !== null) openConsole(station, station.console, desks);
  const code = await done;
  await Promise.all([desks?.arms.close(), desks?.hosting.close(), desks?.stations.close()]);
  return mistake.happened ? 1 : code;
}

/** Opens nothing before the first webcam is asked for. */
function openWebcams(): WebcamSource {
  return webcamsOfWindow({ root: PAGES, preload: join(import.meta.dirname, '../preload/camera-preload.cjs'), log });
}

function openConsole(station: Station, service: ConsoleService, desks: WindowDesks): void {
  lockDown();
  settleSystemTheme(process.env, process.platform);
  setMenu(app.isPackaged);
  serveAppFiles(PAGES);
  const framePort = new FramePort();
  const window = createConsoleWindow({
    preload: join(import.meta.dirname, '../preload/preload.cjs'),
    log,
    onLoaded: () => framePort.open(window.webContents),
    onCrashed: () => framePort.close(),
  });
  const unbind = bindConsole(window, service, desks, framePort, log);
  window.on('closed', () => {
    unbind();
    framePort.close();
    void station.stop('the window was closed');
  });
}

/** Every way out leads through the station: it lets go of the robot as configured and ends what it started. */
function endOrderly(station: Station): { happened: boolean } {
  const mistake = { happened: false };
  app.on('before-quit', (event) => {
    event.preventDefault();
    void station.stop('asked to quit');
  });
  // Electron's own answer is a dialog that nobody clicks away on a robot.
  process.on('uncaughtException', (error) => {
    log.error('a mistake in this program', { error: error.stack ?? error.message });
    mistake.happened = true;
    void station.stop('a mistake in this program', 'failed');
  });
  return mistake;
}

/** Works where signals do not exist, and also when the owner was killed and could say nothing. */
function endWithOwner(station: Station): void {
  // It could not say what is to become of the arm: that is held, whatever the configuration says of an orderly end.
  process.stdin.once('close', () => void station.stop('the console that started it is gone', 'failed'));
  process.stdin.resume();
}
