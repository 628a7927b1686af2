/** Licences under which a package may be shipped inside a product under Apache-2.0. */
const ALLOWED = [
  'MIT', 'MIT-0', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'ISC', 'BlueOak-1.0.0', 'Unlicense', 'CC0-1.0', 'Python-2.0', 'Zlib',
  // Fonts may be bundled under it with any software.
  'OFL-1.1',
];

/**
 * Whether an SPDX expression lets us ship: one allowed side of an OR, both sides of an AND. What is not understood or not
 * listed is refused, so that no copyleft licence slips in unread.
 */
export function maybeShipped(expression: string): boolean {
  const plain = expression.trim().replace(/^\((.*)\)$/su, '$1');
  if (/ OR /u.test(plain)) return plain.split(' OR ').some(maybeShipped);
  if (/ AND /u.test(plain)) return plain.split(' AND ').every(maybeShipped);
  return ALLOWED.includes(plain);
}
