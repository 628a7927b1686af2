import type { Page } from 'playwright/test';

/**
 * What does not fit, as sentences: a page wider than its window, a control outside of it or cut, words cut without an ellipsis, and
 * words that lie on others. What can be scrolled to from above or below is fine.
 */
export async function layoutTroubles(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const shows = (element: Element): boolean => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && getComputedStyle(element).clipPath === 'none';
    const ancestors = (element: Element): Element[] => (element.parentElement === null ? [element] : [element, ...ancestors(element.parentElement)]);
    const named = (element: Element): string => `“${(element.textContent ?? '').trim().slice(0, 40)}” of ${element.closest('[data-testid]')?.getAttribute('data-testid') ?? element.className}`;

    /** The part of the window in which `element` can be seen. */
    const frameOf = (element: Element): { left: number; top: number; right: number; bottom: number } => {
      const frame = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
      for (const one of ancestors(element).filter((ancestor) => getComputedStyle(ancestor).overflow !== 'visible')) {
        const { left, top, right, bottom } = one.getBoundingClientRect();
        Object.assign(frame, { left: Math.max(frame.left, left), top: Math.max(frame.top, top), right: Math.min(frame.right, right), bottom: Math.min(frame.bottom, bottom) });
      }
      return frame;
    };

    const found = new Set<string>();
    if (document.documentElement.scrollWidth > innerWidth) found.add(`the page is ${document.documentElement.scrollWidth} wide in a window of ${innerWidth}`);

    for (const control of [...document.querySelectorAll('button, input, a[href]')].filter(shows)) {
      const { left, right } = control.getBoundingClientRect();
      const frame = frameOf(control.parentElement ?? control);
      if (left < frame.left - 1 || right > frame.right + 1) found.add(`control ${named(control)} is cut`);
      if (control.tagName === 'BUTTON' && control.scrollWidth > control.clientWidth + 1) found.add(`the words of ${named(control)} do not fit into it`);
    }

    const lines: { parent: Element; words: string; left: number; top: number; right: number; bottom: number }[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const [node, parent] = [walker.currentNode, walker.currentNode.parentElement];
      if (parent === null || (node.textContent ?? '').trim() === '' || !ancestors(parent).every(shows)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const frame = frameOf(parent);
      const hasEllipsis = ancestors(parent).some((ancestor) => getComputedStyle(ancestor).textOverflow === 'ellipsis');
      for (const box of range.getClientRects()) {
        const seen = { left: Math.max(box.left, frame.left), top: Math.max(box.top, frame.top), right: Math.min(box.right, frame.right), bottom: Math.min(box.bottom, frame.bottom) };
        if (seen.right - seen.left < 2 || seen.bottom - seen.top < 4) continue;
        if (!hasEllipsis && (box.left < frame.left - 2 || box.right > frame.right + 2)) found.add(`the words ${named(parent)} are cut`);
        lines.push({ parent, words: (node.textContent ?? '').trim(), ...seen });
      }
    }
    for (const [index, one] of lines.entries()) {
      for (const other of lines.slice(index + 1)) {
        const [left, right] = [Math.max(one.left, other.left), Math.min(one.right, other.right)];
        const [top, bottom] = [Math.max(one.top, other.top), Math.min(one.bottom, other.bottom)];
        if (one.parent === other.parent || right - left < 2 || bottom - top < 5) continue;
        // What lies behind a dialog or a menu is not read.
        const atop = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
        if ([one, other].every(({ parent }) => atop !== null && (parent.contains(atop) || atop.contains(parent)))) found.add(`“${one.words}” and “${other.words}” lie on each other`);
      }
    }
    return [...found];
  });
}
