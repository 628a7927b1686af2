import { encodeStrip, STRIP } from '../../shared/timestamp-strip.ts';
import type { TestCameraView } from '../../shared/station-config-cameras.ts';
import type { Pose } from '../motion.ts';
import { armPoints, type ArmPoints, type Point3 } from './arm-geometry.ts';
import { color, PixelCanvas, type YuvColor } from './pixel-canvas.ts';

const PAINT = {
  wallTop: color('#2a3341'),
  wallBottom: color('#18202a'),
  tableTop: color('#3b312b'),
  tableBottom: color('#211b15'),
  shadow: color('#1a1511'),
  base: color('#10151b'),
  white: color('#d6dce6'),
  amber: color('#f0b429'),
  joint: color('#0b0e13'),
  cube: color('#c0392b'),
  cubeSide: color('#8f2a20'),
  mark: color('#2dd4bf'),
  black: { y: 16, u: 128, v: 128 },
} as const;
const WHITE_LUMA = 235;

/** How a view looks at the arm. Fractions are of the picture's height (scale) and of both sides (origin). */
interface ViewSpec {
  azimuth: number;
  elevation: number;
  scale: number;
  origin: readonly [number, number];
  horizon: number;
  /** The wrist stays in the middle. */
  followsWrist: boolean;
}

const VIEWS: Readonly<Record<TestCameraView, ViewSpec>> = {
  front: { azimuth: 0, elevation: 0.3, scale: 0.78, origin: [0.4, 0.79], horizon: 0.6, followsWrist: false },
  scene: { azimuth: 0.9, elevation: 0.55, scale: 0.72, origin: [0.42, 0.74], horizon: 0.42, followsWrist: false },
  wrist: { azimuth: 0.25, elevation: 0.35, scale: 1.7, origin: [0.42, 0.42], horizon: 0.5, followsWrist: true },
};

/** Pictures of the arm as one camera sees it, with a clock, the joints' values and the timestamp strip. */
export class TestScene {
  readonly #width: number;
  readonly #height: number;
  readonly #view: ViewSpec;
  readonly #label: string;
  readonly #background: Uint8Array;

  constructor(options: { width: number; height: number; view: TestCameraView; label: string }) {
    this.#width = options.width;
    this.#height = options.height;
    this.#view = VIEWS[options.view];
    this.#label = options.label;
    this.#background = this.#paintBackground();
  }

  /** One I420 picture, owned by the caller. */
  draw(pose: Pose, timestampUs: number): Uint8Array {
    const canvas = new PixelCanvas(this.#width, this.#height, this.#background.slice());
    this.#drawArm(canvas, armPoints(pose));
    this.#drawReadout(canvas, pose, timestampUs);
    this.#drawStrip(canvas, timestampUs);
    return canvas.data;
  }

  #paintBackground(): Uint8Array {
    const canvas = new PixelCanvas(this.#width, this.#height);
    const horizon = Math.round(this.#view.horizon * this.#height);
    for (let row = 0; row < this.#height; row += 2) {
      const paint = row < horizon ? mix(PAINT.wallTop, PAINT.wallBottom, row / horizon) : mix(PAINT.tableTop, PAINT.tableBottom, (row - horizon) / (this.#height - horizon));
      canvas.fillRect(0, row, this.#width, 2, paint);
    }
    return canvas.data;
  }

  #drawArm(canvas: PixelCanvas, arm: ArmPoints): void {
    const unit = this.#view.scale * this.#height;
    const project = this.#projection(arm);
    const limb = (from: Point3, to: Point3, thickness: number, paint: YuvColor): void => {
      const [a, b] = [project(from), project(to)];
      canvas.capsule(a[0], a[1], b[0], b[1], thickness * unit, paint);
    };
    const joint = (at: Point3, thickness: number): void => {
      limb(at, at, thickness + 0.006, PAINT.white);
      limb(at, at, thickness, PAINT.joint);
    };
    const onTable = (point: Point3): Point3 => ({ x: point.x, y: point.y, z: 0 });

    limb(onTable(arm.shoulder), onTable(arm.elbow), 0.02, PAINT.shadow);
    limb(onTable(arm.elbow), onTable(arm.wrist), 0.016, PAINT.shadow);
    limb(onTable(arm.wrist), onTable(arm.hand), 0.012, PAINT.shadow);
    this.#drawCube(canvas, project, unit);
    limb({ x: -0.07, y: 0, z: 0.01 }, { x: 0.07, y: 0, z: 0.01 }, 0.03, PAINT.base);
    limb(arm.base, arm.shoulder, 0.026, PAINT.white);
    limb(arm.shoulder, arm.elbow, 0.024, PAINT.amber);
    limb(arm.elbow, arm.wrist, 0.02, PAINT.white);
    joint(arm.shoulder, 0.026);
    joint(arm.elbow, 0.023);
    limb(arm.wrist, arm.hand, 0.018, PAINT.amber);
    limb(arm.hand, arm.jaws[0], 0.009, PAINT.white);
    limb(arm.hand, arm.jaws[1], 0.009, PAINT.amber);
    joint(arm.wrist, 0.018);
    limb(arm.rollMark, arm.rollMark, 0.011, PAINT.mark);
  }

  #drawCube(canvas: PixelCanvas, project: (point: Point3) => readonly [number, number], unit: number): void {
    const [x, y] = project({ x: 0.3, y: 0.12, z: 0 });
    const side = 0.07 * unit;
    canvas.fillRect(x - side / 2, y - side, side, side, PAINT.cube);
    canvas.fillRect(x - side / 2, y - side * 1.18, side, side * 0.18, PAINT.cubeSide);
  }

  /** Orthographic: parallel lines stay parallel, and a joint's angle reads the same everywhere in the picture. */
  #projection(arm: ArmPoints): (point: Point3) => readonly [number, number] {
    const { azimuth, elevation, scale, origin, followsWrist } = this.#view;
    const unit = scale * this.#height;
    const flat = (point: Point3): readonly [number, number] => {
      const right = point.x * Math.cos(azimuth) + point.y * Math.sin(azimuth);
      const near = point.y * Math.cos(azimuth) - point.x * Math.sin(azimuth);
      return [right * unit, (near * Math.sin(elevation) - point.z * Math.cos(elevation)) * unit];
    };
    const middle = followsWrist ? flat(arm.wrist) : [0, 0];
    return (point) => {
      const [x, y] = flat(point);
      return [origin[0] * this.#width + x - (middle[0] ?? 0), origin[1] * this.#height + y - (middle[1] ?? 0)];
    };
  }

  #drawReadout(canvas: PixelCanvas, pose: Pose, timestampUs: number): void {
    const size = Math.max(1, Math.round(this.#height / 240));
    const bottom = this.#height - STRIP.bandHeight * this.#cell;
    canvas.text(6 * size, bottom - 11 * size, clockText(timestampUs), size, WHITE_LUMA);
    canvas.text(6 * size, bottom - 21 * size, this.#label.slice(0, 16), size, 150);
    Object.entries(pose).forEach(([name, value], index, all) => {
      const label = (name.split('.')[0] ?? name).replace('shoulder_', '').replace('wrist_', '').replace('_flex', '');
      const row = `${label.slice(0, 7).padEnd(7)}${value.toFixed(1).padStart(7)}`;
      canvas.text(this.#width - (row.length * 6 + 4) * size, bottom - (all.length - index) * 10 * size - size, row, size, 190);
    });
  }

  #drawStrip(canvas: PixelCanvas, timestampUs: number): void {
    const cell = this.#cell;
    // Last of all: a limb in front of the strip would make it unreadable.
    canvas.fillRect(0, this.#height - STRIP.bandHeight * cell, this.#width, STRIP.bandHeight * cell, PAINT.black);
    encodeStrip(timestampUs).forEach((bit, index) => {
      if (bit === 0) return;
      const x = (STRIP.left + (index % STRIP.columns)) * cell;
      const y = this.#height - (STRIP.bottom - Math.floor(index / STRIP.columns)) * cell;
      canvas.fillLuma(x, y, cell, cell, WHITE_LUMA);
    });
  }

  get #cell(): number {
    return this.#width / STRIP.cellsAcross;
  }
}

function mix(a: YuvColor, b: YuvColor, share: number): YuvColor {
  const between = (from: number, to: number): number => Math.round(from + (to - from) * share);
  return { y: between(a.y, b.y), u: between(a.u, b.u), v: between(a.v, b.v) };
}

function clockText(timestampUs: number): string {
  const time = new Date(timestampUs / 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}
