/**
 * Metrics of one session. Names and units are livekit-portal's own (snake_case, µs), so that a dashboard reads both
 * sides alike; a figure that has no sample yet is null.
 */
export interface SyncMetrics {
  observations_emitted: number;
  stale_observations_emitted: number;
  states_dropped: number;
  frames_omitted: Record<string, number>;
  match_delta_us_p50: number | null;
  match_delta_us_p95: number | null;
  last_blocker_track: string | null;
}

export interface TransportMetrics {
  frames_sent: Record<string, number>;
  frames_received: Record<string, number>;
  frames_dropped_publisher_full: Record<string, number>;
  bytes_sent: Record<string, number>;
  bytes_received: Record<string, number>;
  states_sent: number;
  states_received: number;
  actions_sent: number;
  actions_received: number;
  action_chunks_sent: number;
  action_chunks_received: number;
  frame_jitter_us: Record<string, number>;
  state_jitter_us: number;
  action_jitter_us: number;
  action_chunk_jitter_us: number;
}

export interface BufferMetrics {
  video_fill: Record<string, number>;
  state_fill: number;
  evictions: Record<string, number>;
}

export interface RttMetrics {
  rtt_us_last: number | null;
  rtt_us_mean: number | null;
  rtt_us_p95: number | null;
  pings_sent: number;
  pongs_received: number;
}

export interface PolicyMetrics {
  e2e_us_p50: number | null;
  e2e_us_p95: number | null;
  correlated_received: number;
}

export interface PortalMetrics {
  sync: SyncMetrics;
  transport: TransportMetrics;
  buffers: BufferMetrics;
  rtt: RttMetrics;
  policy: PolicyMetrics;
}
