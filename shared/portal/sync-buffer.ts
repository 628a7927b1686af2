import type { SyncWindows } from './config.ts';
import type { BufferMetrics, SyncMetrics } from './metrics.ts';
import { setOwn } from './own-property.ts';
import { PercentileRing } from './percentile-ring.ts';
import { StateQueue } from './state-queue.ts';
import { SyncTrack } from './sync-track.ts';
import type { FrameSource, Observation, ObservedFrame, State, VideoFrame } from './types.ts';

/** What a push made happen; each list in order. */
export interface SyncOutput {
  readonly observations: readonly Observation[];
  /** States that will be in no observation. */
  readonly drops: readonly State[];
}

const NOTHING: SyncOutput = Object.freeze({ observations: Object.freeze([]), drops: Object.freeze([]) });

/**
 * Joins states and the frames of every declared track into observations. All time is the sender's: nothing happens
 * between two pushes. After each push the oldest state is judged by every track (see `SyncTrack`): one says drop, the
 * state is dropped; else one says wait, everything stops; else the observation goes out; and on to the next state.
 *
 * While a state waits, the verdicts that hold it are remembered, and a push that cannot change any of them costs no
 * judgement; so the work over a session is O(states + frames).
 */
export class SyncBuffer {
  readonly #tracks: readonly SyncTrack[];
  readonly #trackByName: ReadonlyMap<string, SyncTrack>;
  readonly #states: StateQueue;
  readonly #matchDeltasUs = new PercentileRing();
  /** The oldest state waits, and every track's verdict about it is known. */
  #waiting = false;
  /** While waiting: the stream time that changes a verdict by itself. */
  #wakeUs = Infinity;
  #observationsEmitted = 0;
  #staleObservationsEmitted = 0;
  #statesDropped = 0;
  #lastBlockerTrack: string | null = null;

  /** `tracks` are the declared names in order; `windows` has an entry for each. */
  constructor(tracks: readonly string[], windows: SyncWindows) {
    this.#tracks = tracks.map((name) => {
      const window = windows.perTrack[name];
      if (window === undefined) throw new RangeError(`no sync window for track '${name}'`);
      return new SyncTrack(name, window, windows.rangeUs, windows.slack);
    });
    this.#trackByName = new Map(this.#tracks.map((track) => [track.name, track]));
    this.#states = new StateQueue(windows.slack);
  }

  pushState(state: State): SyncOutput {
    const inOrder = state.timestampUs >= (this.#states.last?.timestampUs ?? -Infinity);
    const overflowed = this.#states.push(state);
    if (overflowed !== null) {
      this.#statesDropped++;
      return this.#sync([overflowed]);
    }
    // The first two stay the first two: a third one tells the tracks nothing but the time.
    if (this.#waiting && this.#states.size > 2 && inOrder && state.timestampUs < this.#wakeUs) return this.#stillWaiting();
    return this.#sync([]);
  }

  /** A frame of an undeclared track is nobody's and changes nothing. */
  pushFrame(frame: VideoFrame): SyncOutput {
    const track = this.#trackByName.get(frame.track);
    if (track === undefined) return NOTHING;
    const inOrder = frame.timestampUs >= track.frames.newestUs;
    const evicted = track.frames.push(frame);
    track.evictions += evicted;
    if (this.#states.size === 0) return NOTHING;
    if (this.#waiting && inOrder && evicted === 0 && frame.timestampUs < this.#wakeUs && track.settled) return this.#stillWaiting();
    return this.#sync([]);
  }

  /** Forgets all frames and states, as at a change of robot or session; the states come back as drops, for none vanishes unsaid. */
  clear(): SyncOutput {
    const drops: State[] = [];
    while (this.#states.size > 0) drops.push(this.#states.shift());
    this.#statesDropped += drops.length;
    for (const track of this.#tracks) track.clear();
    this.#waiting = false;
    return { observations: [], drops };
  }

  /** What is pending now, and evictions so far. */
  fill(): BufferMetrics {
    return { video_fill: this.#perTrack((track) => track.frames.size), state_fill: this.#states.size, evictions: this.#perTrack((track) => track.evictions) };
  }

  /**
   * Counters since the start or the last reset. A match delta is the worst track's distance in an observation, stand-ins
   * included: an old frame standing in is a bad match.
   */
  stats(): SyncMetrics {
    const [p50 = null, p95 = null] = this.#matchDeltasUs.percentiles(0.5, 0.95);
    return {
      observations_emitted: this.#observationsEmitted,
      stale_observations_emitted: this.#staleObservationsEmitted,
      states_dropped: this.#statesDropped,
      frames_omitted: this.#perTrack((track) => track.framesOmitted),
      match_delta_us_p50: p50,
      match_delta_us_p95: p95,
      last_blocker_track: this.#lastBlockerTrack,
    };
  }

  /** Counters to zero; what is pending stays. */
  resetStats(): void {
    this.#observationsEmitted = this.#staleObservationsEmitted = this.#statesDropped = 0;
    this.#lastBlockerTrack = null;
    this.#matchDeltasUs.clear();
    for (const track of this.#tracks) track.framesOmitted = track.evictions = 0;
    // The next push judges anew and names the track that still blocks.
    this.#waiting = false;
  }

  #sync(drops: State[]): SyncOutput {
    const observations: Observation[] = [];
    this.#waiting = false;
    for (let state = this.#states.first; state !== undefined; state = this.#states.first) {
      const verdict = this.#judge(state);
      if (verdict === 'wait') break;
      this.#states.shift();
      if (verdict === 'drop') {
        this.#statesDropped++;
        drops.push(state);
      } else {
        observations.push(this.#observe(state));
      }
    }
    return observations.length === 0 && drops.length === 0 ? NOTHING : { observations, drops };
  }

  #judge(state: State): 'emit' | 'wait' | 'drop' {
    const stateUs = state.timestampUs;
    const moment = { stateUs, nextStateUs: this.#states.second?.timestampUs ?? null, streamUs: this.#streamUs(stateUs) };
    let blocker: SyncTrack | null = null;
    let wakeUs = Infinity;
    for (const track of this.#tracks) {
      const verdict = track.judge(moment);
      if (verdict === 'drop') return 'drop';
      if (verdict !== 'wait') continue;
      blocker ??= track;
      wakeUs = Math.min(wakeUs, track.wakeUs(stateUs));
    }
    if (blocker === null) return 'emit';
    this.#lastBlockerTrack = blocker.name;
    this.#wakeUs = wakeUs;
    this.#waiting = true;
    return 'wait';
  }

  /**
   * How far the streams have come: the largest timestamp among the oldest state, the state that came last, and each
   * track's last pending frame. The peer's rule; the sender's clock, never one of our own.
   */
  #streamUs(stateUs: number): number {
    let streamUs = Math.max(stateUs, this.#states.last?.timestampUs ?? stateUs);
    for (const track of this.#tracks) streamUs = Math.max(streamUs, track.frames.newestUs);
    return streamUs;
  }

  /** The outcome of a judgement that needed no doing; its placeholders count as if it had been done. */
  #stillWaiting(): SyncOutput {
    for (const track of this.#tracks) if (track.verdict === 'omitted') track.framesOmitted++;
    return NOTHING;
  }

  #observe(state: State): Observation {
    const frames: Record<string, ObservedFrame> = {};
    let worstUs = 0;
    let stale = false;
    for (const track of this.#tracks) {
      const source = track.verdict as FrameSource;
      const frame = track.frame as VideoFrame;
      worstUs = Math.max(worstUs, Math.abs(state.timestampUs - frame.timestampUs));
      stale ||= source === 'stale';
      setOwn(frames, track.name, { source, frame: source === 'omitted' ? null : frame });
      track.emit();
    }
    this.#observationsEmitted++;
    if (stale) this.#staleObservationsEmitted++;
    this.#matchDeltasUs.push(worstUs);
    return { state, frames, timestampUs: state.timestampUs };
  }

  #perTrack(figure: (track: SyncTrack) => number): Record<string, number> {
    return Object.fromEntries(this.#tracks.map((track) => [track.name, figure(track)]));
  }
}
