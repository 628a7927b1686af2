import type { ConsoleState, LeaderInfo } from '../../../../shared/console-state.ts';
import type { PortalMetrics } from '../../../../shared/portal/metrics.ts';

export const METRICS: PortalMetrics = {
  sync: { observations_emitted: 100, stale_observations_emitted: 0, states_dropped: 0, frames_omitted: {}, match_delta_us_p50: 100, match_delta_us_p95: 400, last_blocker_track: null },
  transport: {
    frames_sent: {}, frames_received: { front: 100 }, frames_dropped_publisher_full: {}, bytes_sent: {}, bytes_received: {}, states_sent: 0, states_received: 100, actions_sent: 0, actions_received: 0,
    action_chunks_sent: 0, action_chunks_received: 0, frame_jitter_us: { front: 1200 }, state_jitter_us: 0, action_jitter_us: 0, action_chunk_jitter_us: 0,
  },
  buffers: { video_fill: {}, state_fill: 0, evictions: {} },
  rtt: { rtt_us_last: 4000, rtt_us_mean: 4000, rtt_us_p95: 5000, pings_sent: 10, pongs_received: 10 },
  policy: { e2e_us_p50: null, e2e_us_p95: null, correlated_received: 0 },
};

/** A simulated leader that drives. */
export const LEADER: LeaderInfo = {
  kind: 'sim_leader', rateHz: 100, target: {}, link: 'live', measuredHz: 100, overruns: 0, ageMs: 4, error: null, engagement: { phase: 'engaged', reason: '', stillMs: 0 },
  hasDeadman: false, isHeld: true, engageUnits: null, arm: null,
};

/** A session in which everything is well and a policy drives. */
export const WELL: ConsoleState = {
  revision: 10,
  appVersion: '1.0.0',
  phase: 'connected',
  setup: [],
  error: null,
  session: { name: 'bench', url: 'ws://127.0.0.1:7880', identity: 'anna', encrypted: false, simulated: false, robotIdentity: 'robot', hasLiveView: true, encryptionTrouble: null },
  host: { word: 'ACTIVE', reason: '', sinceUs: 0 },
  hostDescription: null,
  hostStatus: null,
  driver: { kind: 'other', identity: 'policy-v1', sinceUs: 1_000_000 },
  roster: [],
  tracks: [{ name: 'front', codec: 'h264', stall: 'drop', maxLagMs: 167, width: 640, height: 480 }],
  joints: [
    { name: 'pan.pos', min: -110, max: 110, unit: 'deg', commandable: true },
    { name: 'gripper.pos', min: 0, max: 100, unit: '%', commandable: true },
  ],
  leader: null,
  leaderChoice: { kind: 'sim', port: '', calibration: '', units: 'degrees', engage: 'ramp', deadman: false },
  leaderOffers: { ports: [], calibrations: [] },
  metrics: METRICS,
  health: { observationsPerS: 30, statesPerS: 30, actionsPerS: 30, captureToScreenP50Ms: 36, captureToScreenP95Ms: 44, observationToActionP50Ms: 40, observationToActionP95Ms: 60, rttMs: 4 },
  events: [],
  calls: [],
  recent: [],
  secretStorage: 'system',
};
