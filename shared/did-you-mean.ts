/** The allowed word nearest to a mistyped one, or null when none is near enough to be what was meant. */
export function nearestWord(word: string, allowed: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of allowed) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** A sentence for an error's fix: `Did you mean x?`, else the list of what is allowed. */
export function suggestion(word: string, allowed: readonly string[]): string {
  const nearest = nearestWord(word, allowed);
  return nearest === null ? `Allowed: ${allowed.join(', ')}.` : `Did you mean ${nearest}?`;
}

/** Levenshtein distance with adjacent swaps counted once, because those are the common slips of a hand. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1;
      let value = Math.min(at(last, column) + 1, at(current, column - 1) + 1, at(last, column - 1) + cost);
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) value = Math.min(value, at(beforeLast, column - 2) + 1);
      current.push(value);
    }
    [beforeLast, last] = [last, current];
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.MAX_SAFE_INTEGER;
}
