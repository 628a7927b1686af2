import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright';
import { decodeStrip, rgbSampler } from '../../shared/timestamp-strip.ts';
import { needsVirtualDisplay, startVirtualDisplay } from '../../scripts/display.ts';
import { CAMERA, type BenchApp } from './bench-app.ts';
import type { BenchContext } from './context.ts';
import type { ScreenSamples } from './ours/screen-probe.ts';

const WINDOW_MS = 30_000;
const VIDEO = `[data-testid="tile-${CAMERA}"] video`;

/** The real console window, on the real or a virtual display. */
export interface ConsoleScreen {
  /** Age of every picture that the window presents, read from the pixels of the video it shows. */
  watch(forMs: number): Promise<ScreenSamples>;
  /** Age of the picture in one screenshot of the window, ms; null when it could not be read. `spanMs` = how long taking it took. */
  shoot(): Promise<{ ageMs: number | null; spanMs: number }>;
  close(): Promise<void>;
}

/** Opens the console in a session and waits until its camera tile shows a picture. */
export async function openConsoleScreen(app: BenchApp, context: BenchContext, session: string): Promise<ConsoleScreen> {
  const display = needsVirtualDisplay() ? await startVirtualDisplay() : null;
  let electron: ElectronApplication | null = null;
  const close = async (): Promise<void> => {
    await electron?.close();
    await display?.stop();
  };
  try {
    const env = app.env(context.server, join(context.folder, 'console-data'));
    electron = await _electron.launch({
      executablePath: app.executable,
      args: [...app.leading(false), ...(display === null ? [] : ['--disable-gpu']), 'console', '--session', session, '--identity', 'bench-console'],
      env: { ...env, ...(display === null ? {} : { DISPLAY: display.name, PORTAL_CONSOLE_VIRTUAL_DISPLAY: '1' }) } as Record<string, string>,
      colorScheme: 'dark',
    });
    const running = electron;
    const page = await running.firstWindow();
    await page.waitForSelector(VIDEO, { state: 'visible', timeout: WINDOW_MS });
    // As text, since a function given here would carry its compiler's helpers; and as a script, which exports nothing.
    await page.evaluate(readFileSync(join(context.ourPrograms, 'screen-probe.js'), 'utf8').replace(/^export\s*\{\s*\};?\s*$/m, ''));
    await page.waitForFunction(`document.querySelector(${JSON.stringify(VIDEO)}).videoWidth > 0`, null, { timeout: WINDOW_MS });
    return {
      watch: (forMs) => page.evaluate<ScreenSamples>(`benchScreenProbe(${JSON.stringify(VIDEO)}, ${forMs})`),
      shoot: () => shoot(running, page),
      close,
    };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

/** The picture's place in the window: `object-fit: contain` centres it in its element. */
const PLACE = `(() => {
  const video = document.querySelector(${JSON.stringify(VIDEO)});
  const box = video.getBoundingClientRect();
  const scale = Math.min(box.width / video.videoWidth, box.height / video.videoHeight);
  const [width, height] = [video.videoWidth * scale, video.videoHeight * scale];
  return { x: box.x + (box.width - width) / 2, y: box.y + (box.height - height) / 2, width, height, windowWidth: innerWidth };
})()`;

async function shoot(electron: ElectronApplication, page: Page): Promise<{ ageMs: number | null; spanMs: number }> {
  const place = await page.evaluate<{ x: number; y: number; width: number; height: number; windowWidth: number }>(PLACE);
  // No function inside: a compiler's helpers for its name would not be there.
  const shot = await electron.evaluate(async ({ BrowserWindow }) => {
    const beforeMs = Date.now();
    const image = await BrowserWindow.getAllWindows()[0]?.webContents.capturePage();
    const afterMs = Date.now();
    return { beforeMs, afterMs, width: image?.getSize().width ?? 0, bitmap: image?.toBitmap().toString('base64') ?? '' };
  });
  const scale = shot.width / place.windowWidth;
  const area = { x: place.x * scale, y: place.y * scale, width: place.width * scale, height: place.height * scale };
  // Blue and red change places in a bitmap; black and white do not mind.
  const timestampUs = decodeStrip(rgbSampler(Buffer.from(shot.bitmap, 'base64'), shot.width, 4), area);
  const middleMs = (shot.beforeMs + shot.afterMs) / 2;
  return { ageMs: timestampUs === null ? null : middleMs - timestampUs / 1000, spanMs: shot.afterMs - shot.beforeMs };
}
