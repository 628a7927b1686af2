import { Jitter } from './jitter.ts';
import type { BufferMetrics, PortalMetrics, RttMetrics, SyncMetrics } from './metrics.ts';
import { PercentileRing } from './percentile-ring.ts';

class TrackCounters {
  framesSent = 0;
  framesReceived = 0;
  framesDroppedPublisherFull = 0;
  bytesSent = 0;
  bytesReceived = 0;
  readonly jitter = new Jitter();
}

/**
 * Counts what a session sends and receives. Each declared track has its figures from the start, 0 included, so that a
 * reader can tell "none yet" from "no such track"; other tracks are not counted, for names come from the wire.
 */
export class MetricsCollector {
  readonly #trackNames: readonly string[];
  #tracks = new Map<string, TrackCounters>();
  #counts = zeroCounts();
  readonly #stateJitter = new Jitter();
  readonly #actionJitter = new Jitter();
  readonly #chunkJitter = new Jitter();
  readonly #e2eUs = new PercentileRing();

  constructor(tracks: readonly string[]) {
    this.#trackNames = tracks;
    this.reset();
  }

  /** `bytes` as on the wire; 0 for WebRTC media, whose size the engine keeps to itself. */
  frameSent(track: string, bytes: number): void {
    const counters = this.#tracks.get(track);
    if (counters === undefined) return;
    counters.framesSent++;
    counters.bytesSent += bytes;
  }

  /** `timestampUs` is the sender's clock, `arrivalUs` ours. */
  frameReceived(track: string, bytes: number, timestampUs: number, arrivalUs: number): void {
    const counters = this.#tracks.get(track);
    if (counters === undefined) return;
    counters.framesReceived++;
    counters.bytesReceived += bytes;
    counters.jitter.observe(timestampUs, arrivalUs);
  }

  frameDroppedPublisherFull(track: string): void {
    const counters = this.#tracks.get(track);
    if (counters !== undefined) counters.framesDroppedPublisherFull++;
  }

  stateSent(): void {
    this.#counts.states_sent++;
  }

  stateReceived(timestampUs: number, arrivalUs: number): void {
    this.#counts.states_received++;
    this.#stateJitter.observe(timestampUs, arrivalUs);
  }

  actionSent(): void {
    this.#counts.actions_sent++;
  }

  actionReceived(timestampUs: number, arrivalUs: number): void {
    this.#counts.actions_received++;
    this.#actionJitter.observe(timestampUs, arrivalUs);
  }

  chunkSent(): void {
    this.#counts.action_chunks_sent++;
  }

  chunkReceived(timestampUs: number, arrivalUs: number): void {
    this.#counts.action_chunks_received++;
    this.#chunkJitter.observe(timestampUs, arrivalUs);
  }

  /** An action or chunk that names the observation it answers arrived this long after that observation; a time that is not positive (a clock was set) is no sample. */
  correlated(e2eUs: number): void {
    if (!(e2eUs > 0)) return;
    this.#counts.correlated_received++;
    this.#e2eUs.push(e2eUs);
  }

  /** `sync` and `fill` come from the sync buffer (null on a robot: its figures are then 0), `rtt` from the tracker. */
  snapshot(sync: SyncMetrics | null, fill: BufferMetrics | null, rtt: RttMetrics): PortalMetrics {
    const { correlated_received, ...counts } = this.#counts;
    const [e2e_us_p50 = null, e2e_us_p95 = null] = this.#e2eUs.percentiles(0.5, 0.95);
    return {
      sync: sync ?? {
        observations_emitted: 0,
        stale_observations_emitted: 0,
        states_dropped: 0,
        frames_omitted: this.#perTrack(() => 0),
        match_delta_us_p50: null,
        match_delta_us_p95: null,
        last_blocker_track: null,
      },
      transport: {
        frames_sent: this.#perTrack((track) => track.framesSent),
        frames_received: this.#perTrack((track) => track.framesReceived),
        frames_dropped_publisher_full: this.#perTrack((track) => track.framesDroppedPublisherFull),
        bytes_sent: this.#perTrack((track) => track.bytesSent),
        bytes_received: this.#perTrack((track) => track.bytesReceived),
        ...counts,
        frame_jitter_us: this.#perTrack((track) => track.jitter.us),
        state_jitter_us: this.#stateJitter.us,
        action_jitter_us: this.#actionJitter.us,
        action_chunk_jitter_us: this.#chunkJitter.us,
      },
      buffers: fill ?? { video_fill: this.#perTrack(() => 0), state_fill: 0, evictions: this.#perTrack(() => 0) },
      rtt,
      policy: { e2e_us_p50, e2e_us_p95, correlated_received },
    };
  }

  /** Everything this collector counts back to the start. */
  reset(): void {
    this.#tracks = new Map(this.#trackNames.map((name) => [name, new TrackCounters()]));
    this.#counts = zeroCounts();
    this.#stateJitter.reset();
    this.#actionJitter.reset();
    this.#chunkJitter.reset();
    this.#e2eUs.clear();
  }

  #perTrack(figure: (track: TrackCounters) => number): Record<string, number> {
    return Object.fromEntries([...this.#tracks].map(([name, track]) => [name, figure(track)]));
  }
}

function zeroCounts() {
  return { states_sent: 0, states_received: 0, actions_sent: 0, actions_received: 0, action_chunks_sent: 0, action_chunks_received: 0, correlated_received: 0 };
}
