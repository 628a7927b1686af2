import { syncWindows, validateConfig } from '../../../shared/portal/config.ts';
import { SyncBuffer } from '../../../shared/portal/sync-buffer.ts';
import type { Row } from '../context.ts';
import { round } from '../result.ts';

const TRACKS = ['front', 'wrist', 'side'];
const FPS = 30;
const PERIOD_US = Math.round(1_000_000 / FPS);
/** Ticks of the smallest row; each is a state and a frame a track. */
const TICKS = 100_000;
const PIXELS = new Uint8Array(0);

/** The sync buffer alone: three tracks whose frames come late and out of step, every state ending in an observation. */
export function syncPushes(times: number): Row {
  const name = `sync-${times}x`;
  return {
    name,
    unit: 'pushes/s',
    about: `sync buffer alone, ${TRACKS.length} tracks, ${(times * TICKS * (TRACKS.length + 1)).toLocaleString('en')} pushes; the peer's cannot be called from Python`,
    measure: () => {
      run(TICKS / 4);
      const started = performance.now();
      const observations = run(TICKS * times);
      const seconds = (performance.now() - started) / 1000;
      const pushes = TICKS * times * (TRACKS.length + 1);
      if (observations < TICKS * times - 1) return Promise.reject(new Error(`${observations} observations of ${TICKS * times} states`));
      return Promise.resolve({
        ours: { rate: Math.round(pushes / seconds), seconds: round(seconds, 3) },
        peer: {},
        note: "the peer's buffer has no entry point in Python: its nearest path goes through a room and measures that instead. Linear when rate stays the same from 1x to 16x",
      });
    },
  };
}

/** Returns the observations that came out. */
function run(ticks: number): number {
  const config = validateConfig({ session: 'bench', fps: FPS, videos: TRACKS.map((track) => ({ name: track })) });
  const buffer = new SyncBuffer(TRACKS, syncWindows(config));
  let observations = 0;
  for (let tick = 0; tick < ticks; tick++) {
    const timestampUs = 1_000_000 + tick * PERIOD_US;
    observations += buffer.pushState({ values: {}, timestampUs }).observations.length;
    for (let track = 0; track < TRACKS.length; track++) {
      const frame = { track: TRACKS[track] as string, width: 2, height: 2, format: 'rgb24' as const, data: PIXELS, timestampUs: timestampUs + track * 3000 };
      observations += buffer.pushFrame(frame).observations.length;
    }
  }
  return observations;
}
