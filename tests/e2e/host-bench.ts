import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type Page } from 'playwright/test';
import { startLocalServer, type LocalServer } from '../../main/server/local-server.ts';
import { systemClock } from '../../main/system-clock.ts';
import { makeFilm, type FilmFolder } from '../fakes/film-pictures.ts';
import { simulatedArm, type SimulatedArm } from '../fakes/sim-so101-arm.ts';
import type { AppProcess } from './app-process.ts';
import { openConsole, type ConsoleWindow } from './console-window.ts';
import { processesBelow, type FoundProcess } from './processes.ts';
import { makeTestFolder, type TestFolder } from './test-folder.ts';

/** What the page that hosts a robot is tried on: a console, an arm behind a real serial port, a program that is a camera, and a server. */
export interface HostBench {
  readonly server: LocalServer;
  /** Of the whole file. */
  readonly folder: TestFolder;
  /** Of one test: what the app remembers. */
  readonly data: TestFolder;
  readonly arm: SimulatedArm;
  console: ConsoleWindow;
  /** Killed after the test. */
  readonly running: AppProcess[];
  account(): Record<string, string>;
  /** Of the console. */
  env(): Record<string, string>;
  /** While this file is there, the camera's program does not come back. */
  hold(): string;
  /** `alignMs`: what the arm does by itself, or to meet its driver, takes at least so long. `parks`: it parks at the end, not holds. */
  robotYaml(options?: { port?: string; alignMs?: number; parks?: boolean }): string;
  /** As the system's file dialog would answer. */
  choose(path: string): Promise<void>;
  /** Path of the file. */
  write(name: string, text: string): string;
  startHosting(page: Page, options?: { alignMs?: number }): Promise<void>;
  hostProcesses(): FoundProcess[];
  /** The one whose command line has this word. Throws where there is none. */
  hostProcess(word: string): FoundProcess;
}

/** An Electron of its own starts, opens arm and cameras, and joins. */
export const START_WITHIN_MS = 60_000;

/** For every test of the file that calls it. */
export function useHostBench(): HostBench {
  test.skip(process.platform === 'win32', 'no pseudo-terminals');
  let [server, film, folder]: [LocalServer?, FilmFolder?, TestFolder?] = [];
  let [data, arm, console]: [TestFolder?, SimulatedArm?, ConsoleWindow?] = [];
  const bench: HostBench = {
    get server() { return begun(server); },
    get folder() { return begun(folder); },
    get data() { return begun(data); },
    get arm() { return begun(arm); },
    get console() { return begun(console); },
    set console(opened) { console = opened; },
    running: [],
    account: () => ({ LIVEKIT_URL: bench.server.url, LIVEKIT_API_KEY: bench.server.apiKey, LIVEKIT_API_SECRET: bench.server.apiSecret }),
    env: () => ({ ...bench.data.env, ...bench.account() }),
    hold: () => join(bench.folder.path, 'hold'),
    robotYaml({ port = bench.arm.terminal.path, alignMs = 1500, parks = false } = {}) {
      const run = JSON.stringify(begun(film).run('mjpeg', '--fps', '15', '--hold', bench.hold()));
      return `role: robot\nsession: bench\nfollower: { kind: so101_follower, port: ${port}, calibration: arm.json }\ncameras:\n  front: { kind: test, width: 640, height: 480 }\n  wrist: { kind: command, run: ${run}, format: mjpeg }\nclaim: { identities: [policy] }\nsafety: { align_ms: ${alignMs}${parks ? ', on_exit: park' : ''} }\n`;
    },
    async choose(path: string) {
      await bench.console.app.evaluate(({ dialog }, chosen) => {
        dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [chosen] });
      }, path);
      await bench.console.page.getByTestId('host-choose').click();
    },
    write(name: string, text: string) {
      const path = join(bench.folder.path, name);
      writeFileSync(path, text);
      return path;
    },
    async startHosting(page: Page, options = {}) {
      await page.getByTestId('host-robot').press('Enter');
      await expect(page.getByTestId('host-session')).toBeFocused();
      await bench.choose(bench.write('robot.yaml', bench.robotYaml(options)));
      await expect(page.getByTestId('host-session')).toHaveValue('bench');
      await page.getByTestId('host-session').press('Enter');
      await expect(page.getByTestId('host-link')).toHaveText(/^in the session/u, { timeout: START_WITHIN_MS });
    },
    hostProcesses: () => processesBelow(bench.console.pid).filter(({ command }) => command.includes('robot-host') || command.includes('film-program')),
    hostProcess(word: string) {
      const found = bench.hostProcesses().find(({ command }) => command.includes(word));
      if (found === undefined) throw new Error(`no process of ${word}`);
      return found;
    },
  };

  test.beforeAll(async () => {
    folder = makeTestFolder();
    server = await startLocalServer();
    film = await makeFilm(320, 240);
  });
  test.afterAll(async () => {
    await server?.stop();
    film?.remove();
    folder?.remove();
  });
  test.beforeEach(async () => {
    arm = simulatedArm('follower', systemClock);
    bench.write('arm.json', arm.calibrationText);
    data = makeTestFolder();
    console = await openConsole([], bench.env());
  });
  test.afterEach(async () => {
    await Promise.all(bench.running.splice(0).map((one) => one.kill('SIGKILL')));
    await console?.close().catch(() => undefined);
    arm?.terminal.close();
    data?.remove();
  });
  return bench;
}

function begun<Part>(part: Part | undefined): Part {
  if (part === undefined) throw new Error('it is there once a test has begun');
  return part;
}
