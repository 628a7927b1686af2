import { expect, test } from 'playwright/test';
import { FILM_SIZE, useFilmRobots } from './film-robot.ts';

const { watch } = useFilmRobots();

const portalYaml = (stall: string): string =>
  `version: 1\nfps: 20\nvideos:\n  - { name: front, codec: h264 }\n  - { name: wrist, codec: h264, stall_behavior: ${stall}, max_lag_ms: 200 }\nstate:\n  - { name: pan.pos, dtype: f32 }\naction:\n  - { name: pan.pos, dtype: f32 }\n`;

for (const [stall, source] of [['freeze', 'stale'], ['omit', 'omitted'], ['drop', 'live']] as const) {
  test(`a camera that stalls under ${stall} is dimmed and told, in its tile and in every observation, and comes back`, async ({}, testInfo) => {
    const { robot, console } = await watch(portalYaml(stall), (_track, step) => new Uint8Array(3 * FILM_SIZE.width * FILM_SIZE.height).fill(60 + ((step * 5) % 120)));
    const { page } = console;
    await page.keyboard.press('o');
    const observed = (track: string) => page.getByTestId(`observed-${track}`);
    await expect(observed('wrist')).toContainText('live');
    await expect(observed('front')).toContainText('live');
    for (const track of ['front', 'wrist']) await expect(page.getByTestId(`tile-age-${track}`)).toContainText('ms');

    robot.held.add('wrist');
    const tile = page.getByTestId('tile-wrist');
    await expect(tile).toContainText('FROZEN');
    await expect(tile).toHaveClass(/frozen/u);
    await expect(page.getByTestId('tile-front')).not.toHaveClass(/frozen/u);
    await expect(observed('front')).toContainText('live');
    await expect(observed('wrist')).toContainText(source);
    if (stall === 'freeze') {
      await expect(observed('wrist')).toContainText('an old frame stands in');
      await expect(observed('wrist')).toContainText(/Δ −\d{3,} ms/u);
      await expect.poll(async () => Number(/\d+/u.exec(await page.getByTestId('stale-count').innerText())?.[0])).toBeGreaterThan(5);
    } else if (stall === 'omit') {
      await expect(observed('wrist')).toContainText('no frame');
      await expect(observed('wrist')).toContainText(/omitted \d+×/u);
    } else {
      await expect.poll(async () => Number(/\d+/u.exec(await page.getByTestId('dropped-count').innerText())?.[0])).toBeGreaterThan(5);
      await expect(page.getByTestId('blocker')).toContainText('wrist');
      await expect(page.getByTestId('observation-silence')).toHaveText(/no new one for \d+ s/u);
    }
    await page.screenshot({ path: testInfo.outputPath(`${stall}-1280x800.png`) });

    robot.held.clear();
    await expect(tile).not.toHaveClass(/frozen/u);
    await expect(observed('wrist')).toContainText('live');
    await expect(page.getByTestId('observation-silence')).toBeHidden();
  });
}
