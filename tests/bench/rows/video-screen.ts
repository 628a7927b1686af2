import { setTimeout as pause } from 'node:timers/promises';
import { startRobotHost } from '../bench-app.ts';
import { openConsoleScreen, type ConsoleScreen } from '../console-screen.ts';
import { freshSession, type BenchContext, type Row } from '../context.ts';
import { percentile, percentiles } from '../percentiles.ts';
import { round, type Measured } from '../result.ts';
import { READY_MS, WARM_UP_MS } from '../streaming.ts';

const SHOTS = 20;
/** Between two screenshots: no multiple of a picture's time, so that they fall anywhere in it. */
const SHOT_PAUSE_MS = 110;

/** Capture on the robot host to the picture on the screen of the console's window, both the real app, read from pixels. */
export function videoScreen(name: string, size: { width: number; height: number; fps: number }): Row {
  return {
    name,
    unit: 'ms',
    about: `capture to on screen in the console's window, H.264 ${size.width}×${size.height} at ${size.fps} fps; the peer has no window`,
    async measure(context: BenchContext): Promise<Measured> {
      const session = freshSession(name);
      const app = await context.app();
      const robot = startRobotHost(app, context.server, { session, folder: context.folder, camera: size });
      let screen: ConsoleScreen | null = null;
      try {
        await robot.event('connected', READY_MS);
        screen = await openConsoleScreen(app, context, session);
        await pause(WARM_UP_MS);
        context.say(`${name}: ours (the only side)`);
        const { shown, unreadable, refreshMs } = await screen.watch(context.seconds * 1000);
        const shots = await takeShots(screen);
        const ages = shown.map(([, ageMs]) => ageMs);
        const presented = (100 * new Set(shown.map(([timestampUs]) => timestampUs)).size) / (context.seconds * size.fps);
        return {
          ours: { ...percentiles(ages), observed: round(Math.min(100, presented), 1), screenshot: shots.ageMs },
          peer: {},
          note:
            `read from the timestamp strip in the pixels of the window's video as it is presented; time on screen is the compositor's expected display time, good to one refresh (±${refreshMs.toFixed(1)} ms); ` +
            `${unreadable} pictures unreadable; screenshot = median age of the picture in screenshots of the window, which adds how long a picture stands (${(500 / size.fps).toFixed(1)} ms on average, ± ${(shots.spanMs / 2).toFixed(0)} ms of taking it)`,
        };
      } finally {
        await screen?.close();
        await robot.stop();
      }
    },
  };
}

async function takeShots(screen: ConsoleScreen): Promise<{ ageMs: number | null; spanMs: number }> {
  const ages: number[] = [];
  const spans: number[] = [];
  for (let i = 0; i < SHOTS; i++) {
    const { ageMs, spanMs } = await screen.shoot();
    if (ageMs !== null) ages.push(ageMs);
    spans.push(spanMs);
    await pause(SHOT_PAUSE_MS);
  }
  const middle = percentile(ages, 0.5);
  return { ageMs: middle === null ? null : round(middle, 1), spanMs: percentile(spans, 0.5) ?? 0 };
}
