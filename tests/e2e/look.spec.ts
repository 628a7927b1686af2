import { expect, test, type Page } from 'playwright/test';
import { accessTroubles } from './access-troubles.ts';
import { captureWindow, openConsole, resizeWindow, type ConsoleWindow } from './console-window.ts';
import { layoutTroubles } from './layout-troubles.ts';
import { useOwnServer } from './own-server.ts';
import { makeTestFolder } from './test-folder.ts';

/** Every page can be read and reached: in both themes, in the smallest window, a usual and a large one, and at 200 %. */
const WINDOWS = [
  { width: 1920, height: 1080, zoom: 1 },
  { width: 1280, height: 800, zoom: 2 },
  { width: 960, height: 640, zoom: 1 },
  { width: 1280, height: 800, zoom: 1 },
] as const;
const THEMES = ['dark', 'light'] as const;

const { join, open } = useOwnServer();

async function show({ app, page }: ConsoleWindow, { width, height, zoom }: (typeof WINDOWS)[number]): Promise<void> {
  await app.evaluate(({ BrowserWindow }, by) => BrowserWindow.getAllWindows().find((window) => !window.webContents.isOffscreen())?.webContents.setZoomFactor(by), zoom);
  await app.evaluate(({ BrowserWindow }, size) => BrowserWindow.getAllWindows().find((window) => !window.webContents.isOffscreen())?.setContentSize(size.width, size.height), { width, height });
  await page.waitForFunction((inner) => innerWidth === inner.width && innerHeight === inner.height, { width: width / zoom, height: height / zoom });
}

/** Its letters are drawn in the fonts they are meant for, and the page is laid out with them. */
async function drawn({ page }: ConsoleWindow): Promise<void> {
  await page.evaluate(async () => {
    const frame = (): Promise<unknown> => new Promise((next) => requestAnimationFrame(next));
    // Which fonts are asked for is only known once the page was laid out.
    await frame();
    await document.fonts.ready;
    await frame();
    await frame();
  });
}

/** Nothing moves any more: a colour half way between two is neither's. */
async function settle(console: ConsoleWindow): Promise<void> {
  await console.page.mouse.move(0, 0);
  await console.page.evaluate(() => Promise.all(document.getAnimations().filter((animation) => animation instanceof CSSTransition).map((transition) => transition.finished.catch(() => undefined))));
}

const shownTheme = (page: Page): Promise<string | undefined> => page.evaluate(() => document.documentElement.dataset['theme']);

/** `page`: what it is called where something is wrong with it. */
async function expectGoodLooks(console: ConsoleWindow, name: string, picture: (file: string) => string): Promise<void> {
  const { page } = console;
  for (const window of WINDOWS) {
    await show(console, window);
    await drawn(console);
    const size = `${window.width}x${window.height}${window.zoom === 1 ? '' : '-200-percent'}`;
    expect.soft(await layoutTroubles(page), `${name} at ${size}`).toEqual([]);
    await captureWindow(console, picture(`${name}-${size}.png`));
  }
  for (const theme of THEMES) {
    while ((await shownTheme(page)) !== theme) await page.getByTestId('theme').click();
    await settle(console);
    expect.soft(await accessTroubles(page), `${name}, ${theme}`).toEqual([]);
    if (theme === 'light') await captureWindow(console, picture(`${name}-light.png`));
  }
  await page.getByTestId('theme').click();
}

test('the pages outside of a session', async ({}, testInfo) => {
  test.setTimeout(480_000);
  const console = await open();
  const { page } = console;
  const looks = (name: string): Promise<void> => expectGoodLooks(console, name, (file) => testInfo.outputPath(file));
  await resizeWindow(console, 1280, 800);
  await page.getByTestId('join-submit').click();
  await looks('start');
  await page.getByTestId('set-up-arm').click();
  await expect(page.getByTestId('arm-calibrate')).toBeVisible();
  await page.getByTestId('arm-calibrate').click();
  await looks('arms');
  await page.keyboard.press('Escape');
  await page.getByTestId('host-robot').click();
  await expect(page.getByTestId('host-plan')).toBeVisible();
  await looks('host');
  await page.getByTestId('host-edit').click();
  await page.getByTestId('station-real').click();
  await expect(page.getByTestId('no-webcams')).toHaveText(/^No webcam is here/u);
  await looks('station');
  await page.keyboard.press('Escape');
  await page.getByTestId('station-discard').click();
  await page.getByTestId('host-start').click();
  await expect(page.getByTestId('host-link')).toHaveText(/^in the session/u, { timeout: 60_000 });
  await expect(page.getByTestId('host-joint-gripper')).toBeVisible();
  await looks('hosting');
  await expectReachable(console, 'stop');
});

test('a session, with everything that can be opened in it', async ({}, testInfo) => {
  test.setTimeout(480_000);
  await join('robot-host', 'look', '--identity', 'so101-follower-of-the-lab');
  const console = await open('--session', 'look', '--identity', 'you');
  const { page } = console;
  const looks = (name: string): Promise<void> => expectGoodLooks(console, name, (file) => testInfo.outputPath(file));
  await resizeWindow(console, 1280, 800);
  await page.getByTestId('take-control').click();
  await expect(page.getByTestId('state-word')).toHaveText('ACTIVE', { timeout: 30_000 });
  await expect(page.getByTestId('tile-age-front')).toContainText('ms');
  await looks('driving');
  await page.keyboard.press('o');
  await looks('observation');
  await page.keyboard.press('m');
  await looks('methods');
  await page.keyboard.press('l');
  await page.getByTestId('leader-change').click();
  await page.getByTestId('leader-kind-so101').click();
  await looks('leader');
  const slider = page.getByTestId('joint-slider-shoulder_pan');
  const target = await slider.inputValue();
  await page.getByTestId('leader-kind-so101').press('ArrowRight');
  await expect(page.getByTestId('leader-kind-keyboard'), 'arrows choose in a group of options').toHaveAttribute('aria-checked', 'true');
  expect(await slider.inputValue(), 'and move no joint then').toBe(target);
  await page.getByTestId('leader-dialog').getByLabel('Close').click();
  await page.keyboard.press('ArrowRight');
  await expect(slider).not.toHaveValue(target);
  await expectReachable(console, 'stop');
});

test('the theme is the system’s until one is chosen, and the choice is kept', async () => {
  const folder = makeTestFolder();
  let console = await openConsole([], folder.env);
  try {
    const theme = (): Promise<string | undefined> => shownTheme(console.page);
    const system = (preference: 'dark' | 'light'): Promise<void> => console.app.evaluate(({ nativeTheme }, source) => { nativeTheme.themeSource = source; }, preference);
    const button = () => console.page.getByTestId('theme');
    // Elsewhere than on Linux every system has a preference.
    if (process.platform !== 'linux') await system('dark');
    await expect(button()).toHaveAccessibleName('Theme: as the system. Press for light');
    expect(await theme(), 'a machine without a desktop prefers nothing').toBe('dark');
    await system('light');
    await expect.poll(theme).toBe('light');
    await expect(button()).toHaveAccessibleName('Theme: as the system. Press for dark');
    await button().click();
    expect(await theme()).toBe('dark');

    await console.close();
    console = await openConsole([], folder.env);
    await expect(button()).toHaveAccessibleName(/^Theme: dark/u);
    await system('light');
    await expect(button(), 'the system has changed').toHaveAccessibleName('Theme: dark. Press for light');
    expect(await theme(), 'what was chosen counts').toBe('dark');
    await button().click();
    await button().click();
    await expect(button()).toHaveAccessibleName(/^Theme: as the system/u);
    expect(await theme()).toBe('light');
  } finally {
    await console.close().catch(() => undefined);
    folder.remove();
  }
});

/** With Tab alone, and whoever gets there sees it. */
async function expectReachable({ page }: ConsoleWindow, testid: string): Promise<void> {
  const control = page.getByTestId(testid);
  const isFocused = (): Promise<boolean> => control.evaluate((element) => element === document.activeElement);
  // More than one round: not each of these is stopped at.
  const stops = await page.locator('button, input, select, textarea, a[href], [tabindex]').count();
  for (let tabs = 0; tabs <= stops && !(await isFocused()); tabs += 1) await page.keyboard.press('Tab');
  await expect(control).toBeFocused();
  expect(await control.evaluate((element) => getComputedStyle(element).outlineStyle)).not.toBe('none');
}
