import { join } from 'node:path';
import { app } from 'electron';
import { parseCli, type CliRequest } from '../main/cli.ts';
import type { ConsoleService } from '../main/console-service.ts';
import { createLog } from '../main/log.ts';
import type { ExitCode } from '../main/ports.ts';
import type { Station } from '../main/station.ts';
import { runApp } from '../main/wiring.ts';
import { appArguments } from './app-arguments.ts';
import { registerAppScheme, serveAppFiles } from './app-protocol.ts';
import { bindConsole } from './console-ipc.ts';
import { createConsoleWindow } from './console-window.ts';
import { FramePort } from './frame-port.ts';
import { lockDown } from './lock-down.ts';
import { setMenu } from './menu.ts';
import { OWNED_ENV } from './robot-process.ts';
import { openSecrets } from './secrets.ts';
import { startSimulatedRobot } from './simulated-robot.ts';

/** Arguments → station → window, unless the role has none. The station's exit code is the program's. */
const log = createLog(process.env['PORTAL_CONSOLE_LOG']);
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
  await app.whenReady();
  app.exit(await run(request.role === 'console', userData));
}

function readRequest(): CliRequest | null {
  try {
    return parseCli(argv);
  } catch {
    // runApp reads them again, says what is wrong and gives the exit code.
    return null;
  }
}

async function run(hasWindow: boolean, dataDir: string): Promise<ExitCode> {
  const { station, done } = runApp(argv, process.env, {
    version: app.getVersion(),
    dataDir,
    ...(hasWindow ? { secrets: openSecrets(log), startSimulatedRobot: startSimulatedRobot() } : {}),
  });
  if (station === null) return done;
  const mistake = endOrderly(station);
  if (process.env[OWNED_ENV] === '1') endWithOwner(station);
  if (station.console !== null) openConsole(station, station.console);
  const code = await done;
  return mistake.happened ? 1 : code;
}

function openConsole(station: Station, service: ConsoleService): void {
  lockDown();
  setMenu(app.isPackaged);
  serveAppFiles(join(import.meta.dirname, '../renderer'));
  const framePort = new FramePort();
  const window = createConsoleWindow({
    preload: join(import.meta.dirname, '../preload/preload.cjs'),
    log,
    onLoaded: () => framePort.open(window.webContents),
    onCrashed: () => framePort.close(),
  });
  const unbind = bindConsole(window, service, framePort, log);
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
    void station.stop('a mistake in this program');
  });
  return mistake;
}

/** Works where signals do not exist, and also when the owner was killed and could say nothing. */
function endWithOwner(station: Station): void {
  process.stdin.once('close', () => void station.stop('the console that started it is gone'));
  process.stdin.resume();
}
