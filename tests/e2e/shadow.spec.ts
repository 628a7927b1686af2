import { expect, test } from 'playwright/test';
import { builtinPortalConfig } from '../../main/builtin-schema.ts';
import { systemClock } from '../../main/system-clock.ts';
import { disposeLivekit } from '../../main/transport/ffi-client.ts';
import { LivekitTransport } from '../../main/transport/livekit-transport.ts';
import { mintToken } from '../../main/transport/token.ts';
import { Operator } from '../../shared/portal/operator.ts';
import { SO101_JOINTS } from '../../shared/so101-joints.ts';
import { resizeWindow } from './console-window.ts';
import { useOwnServer } from './own-server.ts';

const { server, join, open } = useOwnServer();
const SHADOW_HZ = 20;
/** A name from the room is text and nothing else. */
const CANDIDATE = '<img src=x onerror="document.title=1">';
const REST = Object.fromEntries(SO101_JOINTS.map(({ name, rest }) => [name, rest]));

test.afterAll(disposeLivekit);

test('a candidate that sends without control is shown as shadow with its rate, apart from the one that drives', async ({}, testInfo) => {
  const session = 'shadowed';
  await join('robot-host', session);
  await join('operator', session, '--identity', 'policy', '--leader', 'scripted', '--claim');
  const { url, apiKey, apiSecret } = server();
  const candidate = new Operator(builtinPortalConfig(session, ['front']), { transport: new LivekitTransport(), clock: systemClock }, { video: 'none' });
  await candidate.connect(url, await mintToken({ apiKey, apiSecret, session, identity: CANDIDATE, grants: 'operator' }));
  const timer = setInterval(() => candidate.sendAction(REST), 1000 / SHADOW_HZ);
  try {
    const console = await open('--session', session, '--identity', 'you');
    const { page } = console;
    await resizeWindow(console, 1280, 800);
    const row = (identity: string) => page.locator('li').filter({ has: page.getByText(identity, { exact: true }) });
    const rate = async (identity: string): Promise<number> => Number.parseFloat(/(\d+) act\/s/u.exec(await row(identity).innerText())?.[1] ?? '0');
    await expect(row(CANDIDATE)).toContainText('shadow');
    // Both bounds at one look: what a busy machine has held up comes all at once.
    await expect.poll(async () => Math.abs((await rate(CANDIDATE)) - SHADOW_HZ)).toBeLessThan(SHADOW_HZ / 2);
    await expect(row('policy')).toContainText('driving');
    await expect(row('policy')).not.toContainText('shadow');
    await expect.poll(() => rate('policy')).toBeGreaterThan(15);
    expect(await page.locator('img[src=x]').count()).toBe(0);
    await page.screenshot({ path: testInfo.outputPath('shadow-1280x800.png') });
  } finally {
    clearInterval(timer);
    await candidate.disconnect();
  }
});
