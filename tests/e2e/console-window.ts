import { writeFileSync } from 'node:fs';
import { _electron, type ElectronApplication, type Page } from 'playwright/test';
import { appEnv, electronExecutable, electronSwitches, PROJECT_ROOT } from './app-process.ts';
import { processesBelow } from './processes.ts';
import { makeTestFolder, type TestFolder } from './test-folder.ts';

/** The real console under Playwright. */
export interface ConsoleWindow {
  app: ElectronApplication;
  page: Page;
  pid: number;
  /** Quits, as from the menu; what does not end within its time is killed, and that is an error. */
  close(): Promise<void>;
}

const OPEN_WITHIN_MS = 60_000;
const QUIT_WITHIN_MS = 20_000;

/** Opens the console; `args` and `env` are those of `npm start`. Without PORTAL_CONSOLE_USER_DATA in `env` it has user data of its own, gone when it closes. */
export async function openConsole(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<ConsoleWindow> {
  const folder = makeTestFolder();
  let app: ElectronApplication | null = null;
  try {
    app = await _electron.launch({
      // Playwright's own default is light; what is tried is what people get.
      colorScheme: null,
      executablePath: electronExecutable(),
      args: [...electronSwitches(false), PROJECT_ROOT, 'console', ...args],
      cwd: PROJECT_ROOT,
      env: appEnv({ ...folder.env, ...env }),
      timeout: OPEN_WITHIN_MS,
    });
    return openedConsole(app, await app.firstWindow({ timeout: OPEN_WITHIN_MS }), folder);
  } catch (thrown) {
    app?.process().kill('SIGKILL');
    folder.remove();
    throw thrown;
  }
}

function openedConsole(app: ElectronApplication, page: Page, folder: TestFolder): ConsoleWindow {
  const { pid } = app.process();
  if (pid === undefined) throw new Error('the console has no process');
  return {
    app,
    page,
    pid,
    async close() {
      try {
        await quit(app, pid);
      } finally {
        folder.remove();
      }
    },
  };
}

async function quit(app: ElectronApplication, pid: number): Promise<void> {
  const all = [pid, ...processesBelow(pid).map((below) => below.pid)];
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      for (const one of all) killQuietly(one);
      reject(new Error(`the console did not quit within ${QUIT_WITHIN_MS} ms`));
    }, QUIT_WITHIN_MS);
  });
  try {
    await Promise.race([app.close(), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already, which is what was wanted.
  }
}

/** Gives the content area an exact size, as on a screen of that size. */
export async function resizeWindow(console: ConsoleWindow, width: number, height: number): Promise<void> {
  await console.app.evaluate(({ BrowserWindow }, size) => BrowserWindow.getAllWindows().find((window) => !window.webContents.isOffscreen())?.setContentSize(size.width, size.height), { width, height });
  await console.page.waitForFunction((size) => innerWidth === size.width && innerHeight === size.height, { width, height });
}

/** A picture of the whole window at any zoom; Playwright's own shows a part of it once the page is zoomed. */
export async function captureWindow(console: ConsoleWindow, path: string): Promise<void> {
  const png = await console.app.evaluate(async ({ BrowserWindow }) => (await BrowserWindow.getAllWindows().find((window) => !window.webContents.isOffscreen())?.webContents.capturePage())?.toPNG().toString('base64'));
  writeFileSync(path, Buffer.from(png ?? '', 'base64'));
}

/** A joint's figure in the table, as shown. */
export async function shownJoint(page: Page, what: 'state' | 'command', joint: string): Promise<number> {
  return Number.parseFloat((await page.getByTestId(`joint-${what}-${joint}`).innerText()).replace('−', '-'));
}

/** Share of a tile's pixels, below its header and timestamp strip, that differ clearly between two screenshots of it. */
export async function changedShare(page: Page, before: Buffer, after: Buffer): Promise<number> {
  return page.evaluate(
    async ([first, second]) => {
      const pixels = async (base64: string): Promise<ImageData> => {
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
        const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
        const context = canvas.getContext('2d');
        if (context === null) throw new Error('no 2d context');
        context.drawImage(bitmap, 0, 0);
        return context.getImageData(0, 0, bitmap.width, bitmap.height);
      };
      const [a, b] = [await pixels(first), await pixels(second)];
      const [top, bottom] = [Math.round(a.height * 0.2), Math.round(a.height * 0.8)];
      let changed = 0;
      for (let pixel = top * a.width; pixel < bottom * a.width; pixel++) {
        const at = pixel * 4;
        const difference = Math.abs((a.data[at] ?? 0) - (b.data[at] ?? 0)) + Math.abs((a.data[at + 1] ?? 0) - (b.data[at + 1] ?? 0)) + Math.abs((a.data[at + 2] ?? 0) - (b.data[at + 2] ?? 0));
        if (difference > 90) changed++;
      }
      return changed / ((bottom - top) * a.width);
    },
    [before.toString('base64'), after.toString('base64')] as const,
  );
}
