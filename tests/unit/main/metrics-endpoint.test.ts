import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseCli } from '../../../main/cli.ts';
import { openMetricsEndpoint, type MetricsEndpoint } from '../../../main/metrics-endpoint.ts';
import type { StationEvent } from '../../../main/ports.ts';
import { MetricsCollector } from '../../../shared/portal/metrics-collector.ts';
import { armHealth } from '../../fakes/arm-health.ts';
import { scrape } from '../../fakes/prometheus-text.ts';
import { ofKind, StationBench } from './loopback-ports.ts';

function servedAt(events: readonly StationEvent[]): { url: string; port: number } {
  return ofKind(events, 'metrics_endpoint')[0] ?? expect.unreachable('no metrics_endpoint event');
}

const POLLING = { timeout: 8000 };
const NO_RTT = { rtt_us_last: 1500, rtt_us_mean: null, rtt_us_p95: null, pings_sent: 3, pongs_received: 2 };

describe('the metrics endpoint', () => {
  let endpoint: MetricsEndpoint;
  const collector = new MetricsCollector(['front', 'a "quoted" track']);
  beforeEach(async () => {
    endpoint = await openMetricsEndpoint(0, () => ({ role: 'robot-host', state: 'ACTIVE', metrics: collector.snapshot(null, null, NO_RTT), executed: 7, refused: { age: 2, order: 0 }, warnings: { 'bad-payload': 3 }, arm: armHealth({ 6: { celsius: 61, faults: ['overload'] } }) }));
  });
  afterEach(() => endpoint.close());

  it('tells every figure, tracks as labels, and leaves out what has no sample', async () => {
    collector.frameSent('front', 100);
    const figures = await scrape(endpoint.url);
    expect(figures.get('portal_transport_frames_sent_total{track="front"}')).toBe(1);
    expect(figures.get('portal_transport_bytes_sent_total{track="front"}')).toBe(100);
    expect(figures.get('portal_transport_frames_sent_total{track="a \\"quoted\\" track"}')).toBe(0);
    expect(figures.get('portal_rtt_rtt_us_last')).toBe(1500);
    expect(figures.has('portal_rtt_rtt_us_mean')).toBe(false);
    expect(figures.get('portal_host_state{state="ACTIVE"}')).toBe(1);
    expect(figures.get('portal_host_state{state="HOLDING"}')).toBe(0);
    expect(figures.get('portal_executed_total')).toBe(7);
    expect(figures.get('portal_refused_total{reason="age"}')).toBe(2);
    expect(figures.get('portal_warnings_total{tag="bad-payload"}')).toBe(3);
    expect(figures.get('portal_motor_celsius{motor="gripper"}')).toBe(61);
    expect(figures.get('portal_motor_volts{motor="shoulder_pan"}')).toBe(7.4);
    expect(figures.get('portal_motor_faults{motor="gripper"}')).toBe(1);
    expect(figures.get('portal_bus_exchanges_total{outcome="damaged"}')).toBe(1);
    expect(figures.get('process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(figures.get('process_resident_memory_bytes')).toBeGreaterThan(1e6);
    const told = [...figures.keys()].map((name) => name.replace(/\{.*$/u, ''));
    const snapshot = collector.snapshot(null, null, NO_RTT);
    for (const [section, part] of Object.entries(snapshot)) {
      for (const [name, value] of Object.entries(part as object) as [string, unknown][]) {
        if (value === null || (typeof value === 'object' && Object.keys(value).length === 0)) continue;
        expect(told.some((one) => one === `portal_${section}_${name}` || one === `portal_${section}_${name}_total`), `${section}.${name}`).toBe(true);
      }
    }
  });

  it('answers GET of one path alone', async () => {
    expect((await fetch(endpoint.url, { method: 'POST', body: 'x' })).status).toBe(405);
    expect((await fetch(endpoint.url.replace('/metrics', '/'))).status).toBe(404);
  });

  it('listens on loopback alone, and says when its port is taken', async () => {
    expect(new URL(endpoint.url).hostname).toBe('127.0.0.1');
    await expect(openMetricsEndpoint(endpoint.port, () => { throw new Error('never asked'); })).rejects.toMatchObject({ code: 'PORT_IN_USE', details: { expected: `port ${endpoint.port} to be free` } });
  });

  it('closes although a scraper keeps its connection', async () => {
    const other = await openMetricsEndpoint(0, () => { throw new Error('broken'); });
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request(other.url, { headers: { connection: 'keep-alive' } }, (response) => { response.resume(); resolve(response.statusCode); }).once('error', reject).end();
    });
    expect(status).toBe(500);
    await other.close();
  });
});

describe('a headless role with --metrics-port', () => {
  let bench: StationBench;
  beforeEach(() => { bench = new StationBench(); });
  afterEach(() => bench.close());

  it('says where it serves, tells what it does, and stops with the role', async () => {
    const robot = await bench.robot('--metrics-port', '0');
    const { url, port } = servedAt(robot.events);
    expect(port).toBeGreaterThan(0);
    const policy = await bench.start(['operator', '--identity', 'policy', '--leader', 'scripted', '--claim', '--metrics-port', '0']);
    // A host that was busy holds for a moment: not every look finds it active.
    await expect.poll(async () => (await scrape(url)).get('portal_host_state{state="ACTIVE"}'), POLLING).toBe(1);
    await expect.poll(async () => (await scrape(url)).get('portal_executed_total'), POLLING).toBeGreaterThan(20);
    const figures = await scrape(url);
    expect(figures.get('portal_transport_frames_sent_total{track="front"}')).toBeGreaterThan(0);
    const policyUrl = servedAt(policy.events).url;
    await expect.poll(async () => (await scrape(policyUrl)).get('portal_sync_observations_emitted_total'), POLLING).toBeGreaterThan(0);
    const seen = await scrape(policyUrl);
    expect(seen.has('portal_executed_total')).toBe(false);
    await robot.station.stop();
    await expect(fetch(url)).rejects.toThrow();
  });

  it('fails before it joins when the port is taken', async () => {
    const first = await bench.robot('--metrics-port', '0');
    const { port } = servedAt(first.events);
    const second = await bench.start(['operator', '--metrics-port', String(port)]);
    expect(await second.station.done).toBe(1);
    expect(second.events.map(({ event }) => event)).toEqual(['error', 'exit']);
    expect(second.events[0]).toMatchObject({ code: 'PORT_IN_USE' });
  });

  it('refuses what is no port, and the flag for the console', () => {
    expect(() => parseCli(['robot-host', '--metrics-port', '65536'])).toThrow(expect.objectContaining({ code: 'USAGE' }));
    expect(() => parseCli(['robot-host', '--metrics-port', 'x'])).toThrow(expect.objectContaining({ code: 'USAGE' }));
    expect(() => parseCli(['console', '--metrics-port', '0'])).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});
