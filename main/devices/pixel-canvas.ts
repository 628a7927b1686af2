import { glyphColumns, GLYPH } from './bitmap-font.ts';

/** A colour as video has it, limited range. */
export interface YuvColor {
  y: number;
  u: number;
  v: number;
}

/** `#rrggbb` as a video colour (BT.601). */
export function color(hex: string): YuvColor {
  const value = Number.parseInt(hex.slice(1), 16);
  const [r, g, b] = [(value >> 16) & 255, (value >> 8) & 255, value & 255];
  return {
    y: Math.round(16 + 0.257 * r + 0.504 * g + 0.098 * b),
    u: Math.round(128 - 0.148 * r - 0.291 * g + 0.439 * b),
    v: Math.round(128 + 0.439 * r - 0.368 * g - 0.071 * b),
  };
}

/** Draws straight into an I420 picture: no conversion, and only what changes between pictures is drawn. */
export class PixelCanvas {
  readonly width: number;
  readonly height: number;
  /** Y, then U, then V. */
  readonly data: Uint8Array;
  readonly #u: number;
  readonly #v: number;

  constructor(width: number, height: number, data: Uint8Array = new Uint8Array((width * height * 3) / 2)) {
    this.width = width;
    this.height = height;
    this.data = data;
    this.#u = width * height;
    this.#v = this.#u + (width * height) / 4;
  }

  /** Borders are rounded to whole pixels, so that neighbours neither overlap nor leave a gap. */
  fillRect(x: number, y: number, width: number, height: number, { y: luma, u, v }: YuvColor): void {
    const [left, right] = [clamp(Math.round(x), this.width), clamp(Math.round(x + width), this.width)];
    const [top, bottom] = [clamp(Math.round(y), this.height), clamp(Math.round(y + height), this.height)];
    for (let row = top; row < bottom; row += 1) this.data.fill(luma, row * this.width + left, row * this.width + right);
    const half = this.width / 2;
    for (let row = top >> 1; row < (bottom + 1) >> 1; row += 1) {
      this.data.fill(u, this.#u + row * half + (left >> 1), this.#u + row * half + ((right + 1) >> 1));
      this.data.fill(v, this.#v + row * half + (left >> 1), this.#v + row * half + ((right + 1) >> 1));
    }
  }

  /** Brightness only, for marks whose neighbours must not be coloured. */
  fillLuma(x: number, y: number, width: number, height: number, luma: number): void {
    const [left, right] = [clamp(Math.round(x), this.width), clamp(Math.round(x + width), this.width)];
    const [top, bottom] = [clamp(Math.round(y), this.height), clamp(Math.round(y + height), this.height)];
    for (let row = top; row < bottom; row += 1) this.data.fill(luma, row * this.width + left, row * this.width + right);
  }

  /** A line with round ends and soft edges; a disc when both ends are the same. */
  capsule(x1: number, y1: number, x2: number, y2: number, radius: number, paint: YuvColor): void {
    const left = clamp(Math.floor(Math.min(x1, x2) - radius - 1), this.width);
    const right = clamp(Math.ceil(Math.max(x1, x2) + radius + 2), this.width);
    const top = clamp(Math.floor(Math.min(y1, y2) - radius - 1), this.height);
    const bottom = clamp(Math.ceil(Math.max(y1, y2) + radius + 2), this.height);
    const [dx, dy] = [x2 - x1, y2 - y1];
    const lengthSquared = dx * dx + dy * dy;
    const perLength = lengthSquared === 0 ? 0 : 1 / lengthSquared;
    const inner = Math.max(0, radius - 0.5) ** 2;
    const outer = (radius + 0.5) ** 2;
    const half = this.width / 2;
    for (let y = top; y < bottom; y += 1) {
      for (let x = left; x < right; x += 1) {
        const along = Math.min(1, Math.max(0, ((x - x1) * dx + (y - y1) * dy) * perLength));
        const ex = x - x1 - along * dx;
        const ey = y - y1 - along * dy;
        const distanceSquared = ex * ex + ey * ey;
        if (distanceSquared >= outer) continue;
        const at = y * this.width + x;
        const cover = distanceSquared <= inner ? 1 : radius + 0.5 - Math.sqrt(distanceSquared);
        const before = this.data[at] ?? 0;
        this.data[at] = before + (paint.y - before) * cover;
        if (cover > 0.5 && ((x | y) & 1) === 0) {
          const chroma = (y >> 1) * half + (x >> 1);
          this.data[this.#u + chroma] = paint.u;
          this.data[this.#v + chroma] = paint.v;
        }
      }
    }
  }

  /** Capital letters, digits and a few signs; `size` = pixels a font dot, `x`/`y` the top left. */
  text(x: number, y: number, text: string, size: number, luma: number): void {
    let left = x;
    for (const character of text) {
      glyphColumns(character).forEach((bits, column) => {
        for (let row = 0; row < GLYPH.height; row += 1) if (((bits >> row) & 1) === 1) this.fillLuma(left + column * size, y + row * size, size, size, luma);
      });
      left += GLYPH.advance * size;
    }
  }
}

function clamp(value: number, limit: number): number {
  return value < 0 ? 0 : value > limit ? limit : value;
}
