/**
 * UTF-8 without `TextEncoder`: the core runs where neither Node nor a DOM is declared, and names are short.
 */

/** True when `text` has no lone surrogate, so that it survives a trip through UTF-8 unchanged. */
export function isWellFormed(text: string): boolean {
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (code >= 0xd800 && code <= 0xdfff) return false;
  }
  return true;
}

/** Bytes `text` takes in UTF-8; a lone surrogate counts as U+FFFD. */
export function utf8ByteLength(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/** `text` as UTF-8; a lone surrogate becomes U+FFFD, as everywhere else on the platform. */
export function utf8Encode(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8ByteLength(text));
  let at = 0;
  for (const character of text) {
    let code = character.codePointAt(0) as number;
    if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
    if (code < 0x80) {
      bytes[at++] = code;
    } else if (code < 0x800) {
      bytes[at++] = 0xc0 | (code >> 6);
      bytes[at++] = 0x80 | (code & 0x3f);
    } else if (code < 0x10000) {
      bytes[at++] = 0xe0 | (code >> 12);
      bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
      bytes[at++] = 0x80 | (code & 0x3f);
    } else {
      bytes[at++] = 0xf0 | (code >> 18);
      bytes[at++] = 0x80 | ((code >> 12) & 0x3f);
      bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
      bytes[at++] = 0x80 | (code & 0x3f);
    }
  }
  return bytes;
}

/**
 * Text of `bytes[start, end)`, or null where it is not UTF-8: overlong forms, surrogates and cut sequences included,
 * because two byte strings that decode to one name would defeat the comparison with declared names.
 */
export function utf8Decode(bytes: Uint8Array, start = 0, end = bytes.length): string | null {
  let text = '';
  let at = start;
  while (at < end) {
    const first = bytes[at] as number;
    const size = first < 0x80 ? 1 : first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
    if (size === 0 || at + size > end) return null;
    let code = size === 1 ? first : first & (0xff >> (size + 1));
    for (let i = 1; i < size; i++) {
      const next = bytes[at + i] as number;
      if ((next & 0xc0) !== 0x80) return null;
      code = (code << 6) | (next & 0x3f);
    }
    if (size === 3 && (code < 0x800 || (code >= 0xd800 && code <= 0xdfff))) return null;
    if (size === 4 && (code < 0x10000 || code > 0x10ffff)) return null;
    text += String.fromCodePoint(code);
    at += size;
  }
  return text;
}
