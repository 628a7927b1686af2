import { describe, expect, it } from 'vitest';
import { MetricsCollector } from '../../../../shared/portal/metrics-collector.ts';
import { RttTracker } from '../../../../shared/portal/rtt.ts';
import { SyncHarness } from './sync-harness.ts';

const noRtt = new RttTracker().metrics();

describe('the metrics', () => {
  it('have every figure of every declared track from the start', () => {
    expect(new MetricsCollector(['cam1', 'cam2']).snapshot(null, null, noRtt)).toEqual({
      sync: {
        observations_emitted: 0, stale_observations_emitted: 0, states_dropped: 0, frames_omitted: { cam1: 0, cam2: 0 },
        match_delta_us_p50: null, match_delta_us_p95: null, last_blocker_track: null,
      },
      transport: {
        frames_sent: { cam1: 0, cam2: 0 }, frames_received: { cam1: 0, cam2: 0 }, frames_dropped_publisher_full: { cam1: 0, cam2: 0 },
        bytes_sent: { cam1: 0, cam2: 0 }, bytes_received: { cam1: 0, cam2: 0 },
        states_sent: 0, states_received: 0, actions_sent: 0, actions_received: 0, action_chunks_sent: 0, action_chunks_received: 0,
        frame_jitter_us: { cam1: 0, cam2: 0 }, state_jitter_us: 0, action_jitter_us: 0, action_chunk_jitter_us: 0,
      },
      buffers: { video_fill: { cam1: 0, cam2: 0 }, state_fill: 0, evictions: { cam1: 0, cam2: 0 } },
      rtt: { rtt_us_last: null, rtt_us_mean: null, rtt_us_p95: null, pings_sent: 0, pongs_received: 0 },
      policy: { e2e_us_p50: null, e2e_us_p95: null, correlated_received: 0 },
    });
  });

  it('count each track on its own', () => {
    const metrics = new MetricsCollector(['cam1', 'cam2']);
    metrics.frameSent('cam1', 100);
    metrics.frameSent('cam1', 50);
    metrics.frameReceived('cam2', 7, 0, 100);
    metrics.frameReceived('cam2', 7, 1000, 1100 + 1600);
    metrics.frameDroppedPublisherFull('cam2');
    expect(metrics.snapshot(null, null, noRtt).transport).toMatchObject({
      frames_sent: { cam1: 2, cam2: 0 }, bytes_sent: { cam1: 150, cam2: 0 },
      frames_received: { cam1: 0, cam2: 2 }, bytes_received: { cam1: 0, cam2: 14 },
      frames_dropped_publisher_full: { cam1: 0, cam2: 1 }, frame_jitter_us: { cam1: 0, cam2: 100 },
    });
  });

  it('do not learn tracks from the wire', () => {
    const metrics = new MetricsCollector(['cam1']);
    metrics.frameReceived('__proto__', 1, 0, 0);
    metrics.frameReceived('cam9', 1, 0, 0);
    metrics.frameSent('cam9', 1);
    metrics.frameDroppedPublisherFull('cam9');
    expect(metrics.snapshot(null, null, noRtt)).toEqual(new MetricsCollector(['cam1']).snapshot(null, null, noRtt));
  });

  it('count states, actions and chunks both ways, each with its jitter', () => {
    const metrics = new MetricsCollector([]);
    metrics.stateSent();
    metrics.actionSent();
    metrics.actionSent();
    metrics.chunkSent();
    for (const arrivalUs of [0, 1600]) metrics.stateReceived(0, arrivalUs);
    for (const arrivalUs of [0, 3200]) metrics.actionReceived(0, arrivalUs);
    for (const arrivalUs of [0, 4800]) metrics.chunkReceived(0, arrivalUs);
    expect(metrics.snapshot(null, null, noRtt).transport).toMatchObject({
      states_sent: 1, actions_sent: 2, action_chunks_sent: 1, states_received: 2, actions_received: 2, action_chunks_received: 2,
      state_jitter_us: 100, action_jitter_us: 200, action_chunk_jitter_us: 300,
    });
  });

  it('measure from observation to action, and only times that can be true', () => {
    const metrics = new MetricsCollector([]);
    for (const e2eUs of [30, 10, 20]) metrics.correlated(e2eUs);
    for (const e2eUs of [0, -5, NaN]) metrics.correlated(e2eUs);
    expect(metrics.snapshot(null, null, noRtt).policy).toEqual({ e2e_us_p50: 20, e2e_us_p95: 30, correlated_received: 3 });
  });

  it('show the figures of the sync buffer and the round trips as they are', () => {
    const sync = new SyncHarness(['cam1']);
    sync.frame('cam1', 1000);
    sync.state(1010);
    sync.state(99_999);
    const rtt = new RttTracker();
    rtt.pong(rtt.ping(1000).clockUs, 3000);
    const snapshot = new MetricsCollector(['cam1']).snapshot(sync.buffer.stats(), sync.buffer.fill(), rtt.metrics());
    expect(snapshot.sync).toMatchObject({ observations_emitted: 1, match_delta_us_p50: 10, last_blocker_track: 'cam1' });
    expect(snapshot.buffers).toEqual({ video_fill: { cam1: 0 }, state_fill: 1, evictions: { cam1: 0 } });
    expect(snapshot.rtt).toMatchObject({ rtt_us_last: 2000, pings_sent: 1, pongs_received: 1 });
  });

  it('are all zero after a reset, and jitter starts anew', () => {
    const metrics = new MetricsCollector(['cam1']);
    metrics.frameSent('cam1', 5);
    metrics.frameReceived('cam1', 5, 0, 0);
    metrics.frameReceived('cam1', 5, 0, 90_000);
    metrics.stateReceived(0, 0);
    metrics.actionReceived(0, 0);
    metrics.chunkReceived(0, 0);
    metrics.correlated(500);
    metrics.reset();
    expect(metrics.snapshot(null, null, noRtt)).toEqual(new MetricsCollector(['cam1']).snapshot(null, null, noRtt));
    metrics.stateReceived(0, 800_000);
    expect(metrics.snapshot(null, null, noRtt).transport.state_jitter_us).toBe(0);
  });

  it('are a copy: later counting does not change a snapshot', () => {
    const metrics = new MetricsCollector(['cam1']);
    const before = metrics.snapshot(null, null, noRtt);
    metrics.frameSent('cam1', 1);
    metrics.stateSent();
    expect(before.transport).toMatchObject({ frames_sent: { cam1: 0 }, states_sent: 0 });
  });
});
