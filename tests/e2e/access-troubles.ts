import axe, { type AxeResults } from 'axe-core';
import type { Page } from 'playwright/test';

/** What WCAG 2.1 A and AA, and the good practice of names and roles, have against the page as it stands: contrast, controls without a name, wrong roles. Each as a sentence. */
export async function accessTroubles(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>(() =>
    (window as unknown as { axe: typeof axe }).axe.run(document, {
      resultTypes: ['violations'],
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'],
      // Menus and popovers hang beside the page's landmarks.
      rules: { region: { enabled: false } },
    }),
  );
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${(failureSummary ?? '').replaceAll('\n', ' ')}`));
}
