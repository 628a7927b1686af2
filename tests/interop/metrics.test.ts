import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithServer } from '../fakes/livekit-server.ts';
import type { SeenOperator } from '../fakes/portal-session.ts';
import type { PythonPeer } from '../fakes/python-peer.ts';
import { until } from '../fakes/until.ts';
import { describeWithPeer } from '../fakes/with-python-peer.ts';
import { lastDriver, openBothWays, type BothWays } from './both-ways.ts';
import { systemClock } from '../../main/system-clock.ts';
import type { PortalMetrics } from '../../shared/portal/metrics.ts';

const YAML = `version: 1
fps: 30
ping_ms: 100
action_subscription: true
videos: [ { name: cam, codec: h264 } ]
state: [ { name: a, dtype: f32 } ]
action: [ { name: n, dtype: i32 } ]
action_chunks: [ { name: plan, horizon: 2, fields: [ { name: n, dtype: i32 } ] } ]
`;

/** Each action answers something of this long ago. */
const ANSWERED_BEFORE_US = 20_000;
/** Little beside that. */
const QUICK_US = 5_000;

/** Every key, nested ones by their path; what a track's name stands under is left as it is. */
function keysOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries = Object.entries(value);
  return entries.length === 0 ? [path] : entries.flatMap(([name, item]) => (name === 'cam' ? [path] : keysOf(item, path === '' ? name : `${path}.${name}`)));
}

describeWithServer('metrics', (server) => {
  describeWithPeer('correlation, round trips, names', () => {
    let sides: BothWays;
    const theirs = async (side: 'theirRobot' | 'theirDesk'): Promise<PortalMetrics> => (await sides[side].tell('metrics')) as PortalMetrics;
    let ourRecorder: SeenOperator;
    let theirRecorder: PythonPeer;
    beforeAll(async () => {
      sides = await openBothWays(server(), YAML);
      [ourRecorder, theirRecorder] = await Promise.all([sides.near.ours.operator('our-recorder'), sides.near.peerOperator('their-recorder')]);
      await until('our recorder to know who drives', () => ourRecorder.operator.activeOperator === 'desk');
      await theirRecorder.until('their recorder to know who drives', () => lastDriver(theirRecorder) === 'desk');
    });
    afterAll(async () => { await sides.close(); });

    it('in_reply_to_ts_us: what our operator answers, their robot measures, and the other way round; a subscriber too', async () => {
      const COUNT = 10;
      // Our recorder reads the robot's clock from its states, as well as the quickest of them lets it.
      let delayUs = Infinity;
      ourRecorder.operator.onState(({ timestampUs }) => { delayUs = Math.min(delayUs, systemClock.nowUs() - timestampUs); });
      const end = performance.now() + 30_000;
      for (let step = 0; step < COUNT || delayUs > QUICK_US; step++) {
        if (performance.now() > end) throw new Error(`no state was quicker than ${delayUs} µs`);
        sides.ourRobot.robot.sendState({ a: step });
        await sides.theirRobot.tell('state', { values: { a: step } });
      }
      const from = performance.now();
      for (let step = 0; step < COUNT; step++) {
        const answered = systemClock.nowUs() - ANSWERED_BEFORE_US;
        sides.ourDesk.operator.sendAction({ n: step }, { inReplyToTsUs: answered });
        sides.ourDesk.operator.sendActionChunk('plan', { n: [step] }, { inReplyToTsUs: answered });
        await sides.theirDesk.tell('action', { values: { n: step }, in_reply_to_ts_us: answered });
        await sides.theirDesk.tell('chunk', { name: 'plan', columns: { n: [step] }, in_reply_to_ts_us: answered });
      }
      // One that answers nothing counts for nothing.
      sides.ourDesk.operator.sendAction({ n: COUNT });
      await sides.theirDesk.tell('action', { values: { n: COUNT } });
      await until('all of theirs', () => sides.ourRobot.actions.length === COUNT + 1 && sides.ourRobot.chunks.length === COUNT);
      await sides.theirRobot.until('all of ours', () => sides.theirRobot.eventsOf('action').length === COUNT + 1 && sides.theirRobot.eventsOf('chunk').length === COUNT);
      await until('all at our recorder', () => ourRecorder.actions.length === COUNT + 1 && ourRecorder.chunks.length === COUNT);
      await theirRecorder.until('all at theirs', () => theirRecorder.eventsOf('action').length === COUNT + 1 && theirRecorder.eventsOf('chunk').length === COUNT);
      const atTheirRecorder = (await theirRecorder.tell('metrics')) as PortalMetrics;
      for (const { policy } of [sides.ourRobot.robot.metrics(), ourRecorder.operator.metrics(), await theirs('theirRobot'), atTheirRecorder]) {
        expect(policy.correlated_received).toBe(2 * COUNT);
        expect(policy.e2e_us_p50).toBeGreaterThan(10_000);
        expect(policy.e2e_us_p95).toBeGreaterThanOrEqual(policy.e2e_us_p50 ?? Infinity);
        expect(policy.e2e_us_p95).toBeLessThan(ANSWERED_BEFORE_US + QUICK_US + (performance.now() - from) * 1000);
      }
      // An echo of one's own crossed no wire: neither side measures it.
      expect(sides.ourDesk.actions.length).toBe(COUNT + 1);
      for (const { policy, transport } of [sides.ourDesk.operator.metrics(), await theirs('theirDesk')]) {
        expect(policy.correlated_received).toBe(0);
        expect(transport).toMatchObject({ actions_sent: COUNT + 1, actions_received: 0, action_chunks_received: 0 });
      }
    });

    it('pings: each side answers the other’s', async () => {
      await until('our round trips', () => sides.ourRobot.robot.metrics().rtt.pongs_received > 2 && sides.ourDesk.operator.metrics().rtt.pongs_received > 2);
      for (const side of ['theirRobot', 'theirDesk'] as const) {
        let { rtt } = await theirs(side);
        const end = performance.now() + 5_000;
        while (rtt.pongs_received < 3 && performance.now() < end) ({ rtt } = await theirs(side));
        expect(rtt.pongs_received).toBeGreaterThanOrEqual(3);
        expect(rtt.rtt_us_mean).toBeGreaterThan(0);
      }
    });

    it('counts and names are the same on both sides, for a robot and for an operator', async () => {
      expect(keysOf(sides.ourRobot.robot.metrics()).sort(), 'robot').toEqual(keysOf(await theirs('theirRobot')).sort());
      expect(keysOf(sides.ourDesk.operator.metrics()).sort()).toEqual(keysOf(await theirs('theirDesk')).sort());
      const [ours, their] = [sides.ourRobot.robot.metrics().transport, (await theirs('theirRobot')).transport];
      for (const name of ['states_sent', 'actions_sent', 'actions_received', 'action_chunks_sent', 'action_chunks_received'] as const) expect(ours[name], name).toBe(their[name]);
      const [sent, theySent] = [sides.ourDesk.operator.metrics().transport, (await theirs('theirDesk')).transport];
      for (const name of ['actions_sent', 'actions_received', 'action_chunks_sent', 'action_chunks_received'] as const) expect(sent[name], name).toBe(theySent[name]);
    });

    it('reset begins anew, on both sides', async () => {
      sides.ourRobot.robot.resetMetrics();
      await sides.theirRobot.tell('reset_metrics');
      for (const { policy, transport } of [sides.ourRobot.robot.metrics(), await theirs('theirRobot')]) {
        expect(policy).toEqual({ e2e_us_p50: null, e2e_us_p95: null, correlated_received: 0 });
        expect(transport).toMatchObject({ actions_received: 0, action_chunks_received: 0 });
      }
    });
  });
});
