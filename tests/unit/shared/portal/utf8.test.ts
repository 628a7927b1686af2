import { describe, expect, it } from 'vitest';
import { isWellFormed, utf8ByteLength, utf8Decode, utf8Encode } from '../../../../shared/portal/utf8.ts';

describe('utf8', () => {
  const texts = ['', 'front', 'aéß', '日本', '🤖 robot', '\u0000\u007f\u0080\u07ff\u0800\uffff\u{10000}\u{10ffff}'];

  it.each(texts)('encodes %j as the platform does, and back', (text) => {
    const bytes = utf8Encode(text);
    expect([...bytes]).toEqual([...new TextEncoder().encode(text)]);
    expect(utf8ByteLength(text)).toBe(bytes.length);
    expect(utf8Decode(bytes)).toBe(text);
  });

  it('puts U+FFFD for a lone surrogate and says that the text is not well formed', () => {
    expect([...utf8Encode('a\ud800b')]).toEqual([...new TextEncoder().encode('a\ud800b')]);
    expect(isWellFormed('a\ud800b')).toBe(false);
    expect(isWellFormed('a🤖b')).toBe(true);
  });

  it.each([
    ['a stray continuation', [0x80]],
    ['a cut sequence', [0xe2, 0x82]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['an overlong three-byte form', [0xe0, 0x80, 0xaf]],
    ['an overlong four-byte form', [0xf0, 0x80, 0x80, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a code point beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
    ['a byte that never occurs', [0xff]],
  ])('refuses %s', (_name, bytes) => {
    expect(utf8Decode(Uint8Array.from(bytes))).toBeNull();
  });

  it('agrees with the platform on every two-byte input', () => {
    const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    for (let pair = 0; pair < 0x10000; pair++) {
      const bytes = Uint8Array.of(pair >> 8, pair & 0xff);
      let expected: string | null = null;
      try {
        expected = strict.decode(bytes);
      } catch {
        expected = null;
      }
      if (utf8Decode(bytes) !== expected) expect.fail(`differs for ${pair.toString(16)}`);
    }
  });

  it('decodes a part without looking beyond it', () => {
    expect(utf8Decode(new TextEncoder().encode('xaé?'), 1, 4)).toBe('aé');
    expect(utf8Decode(new TextEncoder().encode('xaé?'), 1, 3)).toBeNull();
  });
});
