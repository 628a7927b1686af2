import { expect, test } from 'playwright/test';
import { resizeWindow } from './console-window.ts';
import { useOwnServer } from './own-server.ts';

/** Somebody at a console who never drives and decides who does. */

const { join, open } = useOwnServer();

test('a supervisor gives control to one and to another and takes it away, without ever driving', async ({}, testInfo) => {
  const session = 'supervised';
  const host = await join('robot-host', session, '--claim-policy', 'supervisors-and-holder', '--supervisor', 'boss');
  await Promise.all(['left', 'right'].map((identity) => join('operator', session, '--identity', identity, '--leader', 'scripted')));
  const console = await open('--session', session, '--identity', 'boss');
  const { page } = console;
  await resizeWindow(console, 1280, 800);
  await expect(page.getByTestId('give-right')).toBeEnabled();
  await expect(page.getByTestId('driver-sentence')).toContainText('Nobody is driving');

  await page.keyboard.press('g');
  await expect(page.getByTestId('give-to-left')).toBeVisible();
  await page.screenshot({ path: testInfo.outputPath('giving-1280x800.png') });
  await page.getByTestId('give-to-left').click();
  await expect(page.getByTestId('driver-sentence')).toContainText('left is driving');

  await page.getByTestId('give-right').click();
  await expect(page.getByTestId('driver-sentence')).toContainText('right is driving');
  await page.screenshot({ path: testInfo.outputPath('supervising-1280x800.png') });

  await page.getByTestId('clear-control').click();
  await expect(page.getByTestId('driver-sentence')).toContainText('Nobody is driving');
  // What the host writes comes through a pipe and may be behind the window.
  await expect.poll(() => host.events.filter(({ event }) => event === 'active_operator').map(({ identity }) => identity)).toEqual(['left', 'right', null]);
});

test('who may not give control is told why', async () => {
  const session = 'not-allowed';
  const host = await join('robot-host', session, '--claim-policy', 'host-only');
  await join('operator', session, '--identity', 'policy', '--leader', 'scripted');
  const { page } = await open('--session', session, '--identity', 'guest');
  await page.getByTestId('give-policy').click();
  await expect(page.getByTestId('error-notice')).toContainText('Control is given at the robot itself only.');
  await expect(page.getByTestId('error-notice')).toContainText('NOT_AUTHORISED');
  expect(host.events.filter(({ event }) => event === 'active_operator')).toEqual([]);
});
