import type { Robot } from '../../shared/portal/robot.ts';
import type { Values } from '../../shared/portal/types.ts';

/** As the peer's robot program films. */
export const FILM_SIZE = { width: 320, height: 240 };
const PERIOD_MS = 33;
/** Tolerance 1.5 ticks at 30 fps. */
export const WINDOW_US = 50_000;

/** One track `cam` and one state field. The slack is 2 s: a busy encoder that is further behind the states than that leaves no observation at all. */
export const camYaml = (video: string): string => `version: 1
fps: 30
slack: 60
videos:
  - { name: cam, ${video} }
state:
  - { name: n, dtype: i32 }
`;

export interface PeerFrame {
  source: string;
  width: number;
  height: number;
  timestamp_us: number;
  sha256: string;
  mean: [number, number, number];
}

export interface PeerObservation {
  timestamp_us: number;
  state: Record<string, number | boolean>;
  frames: Record<string, PeerFrame>;
}

/** Red tells the step, as in the peer's pictures; neighbouring steps are 10 apart. */
export function colourOf(step: number): [number, number, number] {
  return [40 + (step % 16) * 10, 60, 90];
}

/** A picture of one colour. */
export function flatPicture(colour: readonly number[]): Uint8Array {
  const pixels = new Uint8Array(FILM_SIZE.width * FILM_SIZE.height * 3);
  for (let at = 0; at < pixels.length; at += 3) pixels.set(colour, at);
  return pixels;
}

export interface Film {
  stop(): void;
  /** Null = no picture had this timestamp. */
  stepOf(timestampUs: number): number | null;
}

/** Sends a picture, which tells its step unless `colour` is another, and its state with the same timestamp, again and again. */
export function startFilm(robot: Robot, stateOf: (step: number) => Values = (step) => ({ n: step }), colour: (step: number) => readonly number[] = colourOf): Film {
  const steps = new Map<number, number>();
  const timer = setInterval(() => {
    const timestampUs = Date.now() * 1000;
    const step = steps.size;
    steps.set(timestampUs, step);
    robot.sendVideoFrame('cam', flatPicture(colour(step)), { ...FILM_SIZE, timestampUs });
    robot.sendState(stateOf(step), timestampUs);
  }, PERIOD_MS);
  return { stop: () => { clearInterval(timer); }, stepOf: (timestampUs) => steps.get(timestampUs) ?? null };
}
