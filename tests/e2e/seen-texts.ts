import type { Page } from 'playwright/test';

/**
 * Notes in the page itself, from now on, every text that the element of this test id shows. What shows for two seconds may have
 * come and gone between two looks of a test on a busy machine. Returns what was seen so far, one after the other.
 */
export async function watchTexts(page: Page, testid: string): Promise<() => Promise<string[]>> {
  const seen = await page.evaluateHandle((id) => {
    const texts: string[] = [];
    const look = (): void => {
      const text = document.querySelector(`[data-testid="${id}"]`)?.textContent?.trim() ?? '';
      if (text !== texts.at(-1)) texts.push(text);
    };
    look();
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
    return texts;
  }, testid);
  return () => seen.jsonValue();
}
