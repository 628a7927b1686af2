import { expect, test } from 'playwright/test';
import { runSoak } from '../soak/run-soak.ts';

test('robot host and three operators stay steady under a claim a second and lost links', async () => {
  test.setTimeout(180_000);
  expect(await runSoak(['--minutes', '0.7'])).toBe(0);
});
