/** Dots of a character, and from one character to the next. */
export const GLYPH = { width: 5, height: 7, advance: 6 } as const;

/** Five columns a character, two hexadecimal digits each, the top dot in the lowest bit. */
const COLUMNS: Readonly<Record<string, string>> = {
  ' ': '0000000000', '%': '2313086462', '-': '0808080808', '.': '0060600000', '/': '2010080402', ':': '0036360000', '_': '4040404040', '+': '08083e0808',
  '0': '3e5149453e', '1': '00427f4000', '2': '7249494946', '3': '2141494d33', '4': '1814127f10', '5': '2745454539', '6': '3c4a494931', '7': '4121110907',
  '8': '3649494936', '9': '464949291e', A: '7c1211127c', B: '7f49494936', C: '3e41414122', D: '7f4141413e', E: '7f49494941', F: '7f09090901',
  G: '3e41415173', H: '7f0808087f', I: '00417f4100', J: '2040413f01', K: '7f08142241', L: '7f40404040', M: '7f021c027f', N: '7f0408107f',
  O: '3e4141413e', P: '7f09090906', Q: '3e4151215e', R: '7f09192946', S: '2649494932', T: '03017f0103', U: '3f4040403f', V: '1f2040201f',
  W: '3f4038403f', X: '6314081463', Y: '0304780403', Z: '6159494d43',
};

const CACHE = new Map(Object.entries(COLUMNS).map(([character, hex]) => [character, [0, 2, 4, 6, 8].map((at) => Number.parseInt(hex.slice(at, at + 2), 16))]));
const UNKNOWN: readonly number[] = [0x7f, 0x41, 0x41, 0x41, 0x7f];

/** The columns of a character, lower case as upper; an unknown one is a box. */
export function glyphColumns(character: string): readonly number[] {
  return CACHE.get(character.toUpperCase()) ?? UNKNOWN;
}
