/** Whether a path with forward slashes matches: `**` = any folders, `*` = within one name. */
export function matchesGlob(path, glob) {
  const pattern = glob
    .replace(/[.+^${}()|[\]\\]/gu, '\\$&')
    .replace(/\*\*\/|\*\*|\*/gu, (star) => (star === '**/' ? '(?:.*/)?' : star === '**' ? '.*' : '[^/]*'));
  return new RegExp(`^${pattern}$`, 'u').test(path);
}
