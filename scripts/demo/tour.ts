import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright';
import { ROOT } from '../app-build.ts';
import { appSwitches } from '../app-switches.ts';
import { readEvents } from './app-part.ts';
import type { LoopEvent, LoopWatch } from './loop-watch.ts';

export interface TourOptions {
  executable: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  onEvent(event: LoopEvent): void;
}

/** The console window with someone at its mouse. */
export interface TouredWindow {
  readonly app: ElectronApplication;
  readonly page: Page;
  close(): Promise<void>;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const satisfies readonly NodeJS.Signals[];
const STEP_MS = 20_000;
const WATCH_MS = 3_000;

/** Opens the console under a driver that clicks like a person. */
export async function openTouredWindow({ executable, args, env, onEvent }: TourOptions): Promise<TouredWindow> {
  const before = new Map(SIGNALS.map((signal) => [signal, process.listeners(signal)]));
  const app = await _electron.launch({
    executablePath: executable,
    args: [...appSwitches(false, env), ROOT, 'console', ...args, '--json'],
    cwd: ROOT,
    env: env as Record<string, string>,
    timeout: 60_000,
    // As in the picture of the README, whatever the system of whoever runs it prefers.
    colorScheme: 'dark',
  });
  // The driver would end this whole process at the first signal, before the rest of what we started is ended.
  for (const signal of SIGNALS) {
    for (const listener of process.listeners(signal)) if (before.get(signal)?.includes(listener) !== true) process.off(signal, listener);
  }
  const { stdout } = app.process();
  if (stdout !== null) readEvents(stdout, onEvent);
  const page = await app.firstWindow({ timeout: 60_000 });
  page.setDefaultTimeout(STEP_MS);
  return {
    app,
    page,
    async close() {
      const child = app.process();
      const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
      // A window that is gone already is what was wanted.
      await app.close().catch(() => undefined);
      clearTimeout(late);
    },
  };
}

/** What the first camera tile says of its picture's age; null when there is none to be read. */
export async function shownFrameAge(page: Page): Promise<string | null> {
  const text = await page
    .locator('[data-testid^="tile-age-"]')
    .first()
    .innerText({ timeout: 500 })
    .catch(() => '');
  return /\d+\s*ms/u.exec(text)?.[0] ?? null;
}

/**
 * One round: watch the policy, take over, move two joints, take the picture, give control back. Throws with the step that
 * did not come about.
 */
export async function tourOnce(page: Page, watch: LoopWatch, names: { policy: string; person: string }, screenshot: string, say: (line: string) => void): Promise<void> {
  await expectDriver(watch, names.policy);
  say(`${names.policy} drives; watching`);
  await page.waitForTimeout(WATCH_MS);
  say('taking control');
  await page.getByTestId('take-control').click();
  await expectDriver(watch, names.person);
  for (const [joint, value] of [
    ['elbow_flex', '40'],
    ['shoulder_pan', '-35'],
    ['elbow_flex', '-20'],
  ] as const) {
    say(`moving ${joint} to ${value}`);
    await page.getByTestId(`joint-slider-${joint}`).fill(value);
    await page.waitForTimeout(WATCH_MS / 2);
  }
  await mkdir(dirname(screenshot), { recursive: true });
  await page.screenshot({ path: screenshot });
  say(`picture saved: ${screenshot}`);
  say(`giving control back to ${names.policy}`);
  await page.getByTestId(`give-${names.policy}`).click();
  await expectDriver(watch, names.policy);
}

async function expectDriver(watch: LoopWatch, identity: string): Promise<void> {
  if (!(await watch.until(() => watch.driver === identity, STEP_MS))) throw new Error(`${identity} should drive, but ${watch.driver ?? 'nobody'} does`);
}
