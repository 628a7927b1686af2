import type { StallBehavior, SyncWindows, TrackWindow } from '../../../../shared/portal/config.ts';
import { SyncBuffer, type SyncOutput } from '../../../../shared/portal/sync-buffer.ts';

interface HarnessOptions {
  rangeUs?: number;
  slack?: number;
  stall?: StallBehavior;
  maxLagUs?: number;
  perTrack?: Readonly<Record<string, Partial<TrackWindow>>>;
}

/** A sync buffer with short words for pushes and outcomes. By default 30 fps and everything else as the peer's default. */
export class SyncHarness {
  readonly buffer: SyncBuffer;

  constructor(tracks: readonly string[], { rangeUs = 50_000, slack = 5, stall = 'drop', maxLagUs = Math.trunc((slack * 1_000_000) / 30), perTrack = {} }: HarnessOptions = {}) {
    const windows: SyncWindows = { rangeUs, slack, perTrack: Object.fromEntries(tracks.map((track) => [track, { stall, maxLagUs, ...perTrack[track] }])) };
    this.buffer = new SyncBuffer(tracks, windows);
  }

  state(timestampUs: number): string[] {
    return said(this.buffer.pushState({ values: {}, timestampUs }));
  }

  /** Frames carry no pixels, as those that are shown elsewhere. */
  frame(track: string, timestampUs: number): string[] {
    return said(this.buffer.pushFrame({ track, width: 0, height: 0, format: 'rgb24', data: new Uint8Array(0), timestampUs }));
  }

  clear(): string[] {
    return said(this.buffer.clear());
  }
}

/** `1000: front live 990, wrist omitted` for an observation, `drop 1000` for a dropped state. */
function said({ observations, drops }: SyncOutput): string[] {
  return [
    ...observations.map(({ state, timestampUs, frames }) => {
      if (state.timestampUs !== timestampUs) throw new Error('an observation has its state\'s timestamp');
      const parts = Object.entries(frames).map(([track, { source, frame }]) => `${track} ${source}${frame === null ? '' : ` ${frame.timestampUs}`}`);
      return `${timestampUs}: ${parts.join(', ')}`;
    }),
    ...drops.map((state) => `drop ${state.timestampUs}`),
  ];
}
