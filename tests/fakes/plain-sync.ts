import type { SyncWindows } from '../../shared/portal/config.ts';
import type { BufferMetrics } from '../../shared/portal/metrics.ts';
import type { ObservedFrame, State, VideoFrame } from '../../shared/portal/types.ts';
import type { SyncOutput } from '../../shared/portal/sync-buffer.ts';

interface Part extends ObservedFrame {
  /** Frames to take from the front of the track's buffer when the observation goes out. */
  consumed: number;
}

/** The synchronization rules as they are written down, with a look at everything after every push. Slow, and hard to get wrong. */
export class PlainSync {
  readonly #windows: SyncWindows;
  readonly #tracks: readonly string[];
  #states: State[] = [];
  readonly #frames = new Map<string, VideoFrame[]>();
  readonly #lastEmitted = new Map<string, VideoFrame>();
  readonly counts = { observations: 0, stale: 0, dropped: 0 };
  readonly omitted: Record<string, number> = {};
  readonly evictions: Record<string, number> = {};
  lastBlocker: string | null = null;

  constructor(tracks: readonly string[], windows: SyncWindows) {
    this.#tracks = tracks;
    this.#windows = windows;
    for (const track of tracks) {
      this.#frames.set(track, []);
      this.omitted[track] = 0;
      this.evictions[track] = 0;
    }
  }

  pushState(state: State): SyncOutput {
    const drops: State[] = [];
    this.#states.push(state);
    if (this.#states.length > this.#windows.slack) drops.push(this.#states.shift() as State);
    this.counts.dropped += drops.length;
    return this.#run(drops);
  }

  pushFrame(frame: VideoFrame): SyncOutput {
    const pending = this.#frames.get(frame.track);
    if (pending === undefined) return { observations: [], drops: [] };
    pending.push(frame);
    if (pending.length > this.#windows.slack) {
      pending.shift();
      this.evictions[frame.track] = (this.evictions[frame.track] as number) + 1;
    }
    return this.#run([]);
  }

  clear(): SyncOutput {
    const drops = this.#states;
    this.counts.dropped += drops.length;
    this.#states = [];
    this.#lastEmitted.clear();
    for (const track of this.#tracks) this.#frames.set(track, []);
    return { observations: [], drops };
  }

  fill(): BufferMetrics {
    return {
      video_fill: Object.fromEntries(this.#tracks.map((track) => [track, this.#pending(track).length])),
      state_fill: this.#states.length,
      evictions: { ...this.evictions },
    };
  }

  #pending(track: string): VideoFrame[] {
    return this.#frames.get(track) as VideoFrame[];
  }

  #run(drops: State[]): SyncOutput {
    const observations: SyncOutput['observations'][number][] = [];
    while (this.#states.length > 0) {
      const state = this.#states[0] as State;
      const parts = new Map<string, Part>();
      let waits: string | null = null;
      let drop = false;
      for (const track of this.#tracks) {
        const part = this.#judge(track, state.timestampUs, this.#states[1]?.timestampUs ?? null);
        if (part === 'drop') {
          drop = true;
          break;
        }
        if (part === 'wait') waits ??= track;
        else parts.set(track, part);
      }
      if (drop) {
        this.counts.dropped++;
        drops.push(this.#states.shift() as State);
        continue;
      }
      if (waits !== null) {
        this.lastBlocker = waits;
        break;
      }
      this.#states.shift();
      for (const [track, { consumed, frame }] of parts) {
        if (consumed === 0) continue;
        this.#frames.set(track, this.#pending(track).slice(consumed));
        this.#lastEmitted.set(track, frame as VideoFrame);
      }
      this.counts.observations++;
      if ([...parts.values()].some(({ source }) => source === 'stale')) this.counts.stale++;
      const frames = Object.fromEntries([...parts].map(([track, { source, frame }]) => [track, { source, frame }]));
      observations.push({ state, frames, timestampUs: state.timestampUs });
    }
    return { observations, drops };
  }

  #judge(track: string, stateUs: number, nextUs: number | null): Part | 'wait' | 'drop' {
    const pending = this.#pending(track);
    const { stall, maxLagUs } = this.#windows.perTrack[track] as SyncWindows['perTrack'][string];
    const distance = (frame: VideoFrame): number => Math.abs(frame.timestampUs - stateUs);
    const candidates = pending.filter((frame) => distance(frame) < this.#windows.rangeUs && (nextUs === null || Math.abs(frame.timestampUs - nextUs) >= distance(frame)));
    if (candidates.length > 0) {
      const nearest = Math.min(...candidates.map(distance));
      // Of two equally near, the older. Frames with one timestamp: of those before the state the one that came last, of those after it the first.
      const { timestampUs } = candidates.find((frame) => distance(frame) === nearest) as VideoFrame;
      const isIt = (frame: VideoFrame): boolean => frame.timestampUs === timestampUs;
      return this.#use('live', pending, timestampUs <= stateUs ? pending.findLastIndex(isIt) : pending.findIndex(isIt));
    }
    const past = pending.length > 0 && (pending.at(-1) as VideoFrame).timestampUs >= stateUs + this.#windows.rangeUs;
    // States that came out of order between the oldest and the last one do not tell the time.
    const clocks = [this.#states[0], this.#states.at(-1), ...[...this.#frames.values()].flat()].map((entry) => entry?.timestampUs ?? stateUs);
    const lagged = Math.max(...clocks) >= stateUs + maxLagUs;
    if (!past && !lagged) return 'wait';
    const last = this.#lastEmitted.get(track) ?? null;
    if (stall === 'freeze') {
      const older = pending.findLastIndex((frame) => frame.timestampUs <= stateUs);
      if (older >= 0 && distance(pending[older] as VideoFrame) >= this.#windows.rangeUs) return this.#use('stale', pending, older);
      if (last !== null) return { source: 'stale', frame: last, consumed: 0 };
    }
    if (stall === 'omit' && last !== null) {
      this.omitted[track] = (this.omitted[track] as number) + 1;
      return { source: 'omitted', frame: null, consumed: 0 };
    }
    return stall !== 'drop' && !past ? 'wait' : 'drop';
  }

  #use(source: 'live' | 'stale', pending: readonly VideoFrame[], index: number): Part {
    return { source, frame: pending[index] as VideoFrame, consumed: index + 1 };
  }
}
