import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { parsePortalYaml } from '../../shared/portal-yaml.ts';
import type { PortalConfig } from '../../shared/portal/config.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { PortalSession } from '../fakes/portal-session.ts';
import type { PythonPeer } from '../fakes/python-peer.ts';
import { until } from '../fakes/until.ts';
import { describeWithPeer, peerStarter } from '../fakes/with-python-peer.ts';
import { lastDriver } from './both-ways.ts';
import { colourOf, FILM_SIZE, startFilm, WINDOW_US, type PeerObservation } from './film.ts';

const PORTAL_YAML = `version: 1
fps: 30
slack: 60
videos:
  - { name: cam, codec: h264 }
state:
  - { name: pan.pos, dtype: f32 }
  - { name: count, dtype: i16 }
  - { name: closed, dtype: bool }
action:
  - { name: pan.pos, dtype: f32 }
  - { name: lift.pos, dtype: f64 }
  - { name: mode, dtype: u8 }
  - { name: grip, dtype: bool }
action_chunks:
  - { name: plan, horizon: 3, fields: [ { name: pan.pos, dtype: f32 }, { name: mode, dtype: u8 } ] }
`;
interface PeerAction {
  values: Record<string, number | boolean>;
  sender: string;
  in_reply_to_ts_us: number | null;
}

describeWithServer('the Python peer 0.2.8 on a real server', (server) => {
  describeWithPeer('with its portal.yaml', () => {
    let folder: string;
    let yamlPath: string;
    let session: PortalSession;
    const start = peerStarter();
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'interop-'));
      yamlPath = join(folder, 'portal.yaml');
      writeFileSync(yamlPath, PORTAL_YAML);
    });
    afterAll(() => { rmSync(folder, { recursive: true }); });
    afterEach(async () => { await session.close(); });

    function open(): PortalSession {
      const config: PortalConfig = parsePortalYaml(readFileSync(yamlPath, 'utf8'), { session: 'interop', file: yamlPath });
      session = new PortalSession(server(), config);
      return session;
    }
    async function peer(program: 'peer_operator.py' | 'peer_robot.py', identity: string, extra: { e2eeKey?: string; subscribeActions?: boolean } = {}): Promise<PythonPeer> {
      return start(program, { url: session.url, token: await session.token(identity), session: session.room, portal: yamlPath, ...extra });
    }

    it('as operator claims our robot, sees synchronized observations, drives it and calls home', { timeout: 90_000 }, async () => {
      open();
      const robot = await session.robot();
      robot.robot.registerRpcMethod('home', ({ callerIdentity, payload }) => `home for ${callerIdentity}: ${payload}`);
      const desk = await peer('peer_operator.py', 'desk');
      await desk.tell('claim', { identity: 'desk' });
      await until('our robot to hear of it', () => robot.active.at(-1) === 'desk');
      expect(robot.robot.activeOperator).toBe('desk');
      expect(await desk.tell('active_operator')).toBe('desk');
      expect(await desk.tell('robot_identity')).toBe('robot');

      const film = startFilm(robot.robot, stateOf);
      try {
        await desk.until('observations', () => desk.eventsOf('observation').length >= 30, 30_000);
      } finally { film.stop(); }
      const observations = desk.eventsOf('observation') as unknown as PeerObservation[];
      for (const observation of observations) {
        const step = film.stepOf(observation.timestamp_us);
        expect(step, 'the timestamp is one of ours').not.toBeNull();
        expect(observation.state).toEqual(stateOf(step ?? 0));
        const frame = observation.frames['cam'];
        expect(frame).toMatchObject({ source: 'live', ...FILM_SIZE });
        // A busy encoder may leave a picture out; then its neighbour stands in, within the window, under its own time.
        expect(Math.abs((frame?.timestamp_us ?? 0) - observation.timestamp_us)).toBeLessThan(WINDOW_US);
        expectColor(frame?.mean, film.stepOf(frame?.timestamp_us ?? 0) ?? -1);
      }

      await desk.tell('action', { values: { 'pan.pos': -12.5, 'lift.pos': 1e-9, mode: 255, grip: true }, in_reply_to_ts_us: observations[0]?.timestamp_us });
      await desk.tell('action', { values: { mode: 7 } });
      await until('two actions', () => robot.actions.length === 2);
      expect(robot.actions[0]).toMatchObject({
        values: { 'pan.pos': -12.5, 'lift.pos': 1e-9, mode: 255, grip: true }, sender: 'desk', inReplyToTsUs: observations[0]?.timestamp_us,
      });
      expect(robot.actions[1]?.values, 'what was left out carries forward').toEqual({ 'pan.pos': -12.5, 'lift.pos': 1e-9, mode: 7, grip: true });
      expect(robot.robot.metrics().policy.correlated_received).toBe(1);

      await desk.tell('chunk', { name: 'plan', columns: { 'pan.pos': [1, 2, 3], mode: [4, 5, 6] } });
      await until('a chunk', () => robot.chunks.length === 1);
      expect(robot.chunks[0]).toMatchObject({ name: 'plan', horizon: 3, columns: { 'pan.pos': [1, 2, 3], mode: [4, 5, 6] }, sender: 'desk' });

      expect(await desk.tell('rpc', { method: 'home', payload: 'slowly' })).toBe('home for desk: slowly');
      await expect(desk.tell('rpc', { method: 'dance' })).rejects.toMatchObject({ message: expect.stringMatching(/1400|not supported/i) as unknown });
    });

    it('as robot is claimed, observed, driven and sent home by our operator', { timeout: 90_000 }, async () => {
      open();
      const arm = await peer('peer_robot.py', 'arm');
      const desk = await session.operator('desk');
      await until('the robot', () => desk.operator.robotIdentity === 'arm');
      await desk.operator.setActiveOperator('desk');
      await until('the pointer', () => desk.operator.activeOperator === 'desk');
      await arm.until('the pointer', () => arm.eventsOf('active_operator').at(-1)?.['identity'] === 'desk');

      await arm.tell('start');
      await until('observations', () => desk.observations.length >= 30, { deadlineMs: 30_000 });
      await arm.tell('stop');
      for (const { state, frames, timestampUs } of desk.observations) {
        const step = Number(state.values['pan.pos']);
        expect(state.values).toEqual({ 'pan.pos': step, count: (step + 10) % 100, closed: (step + 20) % 2 === 1 });
        const cam = frames['cam'];
        expect(cam?.source).toBe('live');
        expect(cam?.frame).toMatchObject({ ...FILM_SIZE, format: 'rgb24' });
        expect(Math.abs((cam?.frame?.timestampUs ?? 0) - timestampUs)).toBeLessThan(WINDOW_US);
      }

      const answered = desk.observations.at(-1)?.timestampUs ?? 0;
      desk.operator.sendAction({ 'pan.pos': 33.25, 'lift.pos': -0.1, mode: 200, grip: true }, { inReplyToTsUs: answered });
      desk.operator.sendAction({ 'lift.pos': 0.2 });
      await arm.until('two actions', () => arm.eventsOf('action').length === 2);
      const [first, second] = arm.eventsOf('action') as unknown as PeerAction[];
      expect(first).toMatchObject({ values: { 'pan.pos': 33.25, 'lift.pos': -0.1, mode: 200, grip: true }, sender: 'desk', in_reply_to_ts_us: answered });
      expect(second).toMatchObject({ values: { 'pan.pos': 33.25, 'lift.pos': 0.2, mode: 200, grip: true }, in_reply_to_ts_us: null });

      expect(await desk.operator.performRpc('home', 'slowly')).toBe('home from desk: slowly');
      await expect(desk.operator.performRpc('dance', '')).rejects.toMatchObject({ code: 'RPC_FAILED', details: { rpcCode: 1400 } });
      await desk.operator.setActiveOperator(null);
      await arm.until('nobody', () => arm.eventsOf('active_operator').at(-1)?.['identity'] === null);
    });

    it('hands control back and forth with our operator on our robot, and its recorder labels who acted', { timeout: 90_000 }, async () => {
      open();
      const robot = await session.robot();
      const [person, policy, recorder] = await Promise.all([
        session.operator('person'),
        peer('peer_operator.py', 'policy'),
        peer('peer_operator.py', 'recorder', { subscribeActions: true }),
      ]);
      const sendBoth = async (mode: number): Promise<void> => {
        person.operator.sendAction({ mode });
        await policy.tell('action', { values: { mode: mode + 1 } });
      };
      await policy.tell('claim', { identity: 'policy' });
      await until('policy drives', () => robot.active.at(-1) === 'policy');
      await recorder.until('the first driver', () => lastDriver(recorder) === 'policy');
      await sendBoth(10);
      await until('one executed, one dropped', () => robot.actions.length === 1 && robot.dropped.length === 1);
      await person.operator.setActiveOperator('person');
      await until('person drives', () => robot.active.at(-1) === 'person');
      await recorder.until('the handover', () => lastDriver(recorder) === 'person');
      await sendBoth(20);
      await until('another executed and dropped', () => robot.actions.length === 2 && robot.dropped.length === 2);
      expect(robot.actions.map(({ sender, values }) => [sender, values['mode']])).toEqual([['policy', 11], ['person', 20]]);
      await recorder.until('both executed actions', () => recorder.eventsOf('action').length === 2);
      expect((recorder.eventsOf('action') as unknown as PeerAction[]).map(({ sender, values }) => [sender, values['mode']])).toEqual([['policy', 11], ['person', 20]]);
    });

    it('understands our end-to-end encryption, and we its', { timeout: 90_000 }, async () => {
      open();
      const robot = await session.robot('robot', { e2eeKey: 'shared secret' });
      const desk = await peer('peer_operator.py', 'desk', { e2eeKey: 'shared secret' });
      await desk.tell('claim', { identity: 'desk' });
      await until('the claim', () => robot.active.at(-1) === 'desk');
      await desk.tell('action', { values: { mode: 9 } });
      await until('an action', () => robot.actions.length === 1);
      const film = startFilm(robot.robot, stateOf);
      try {
        await desk.until('observations', () => desk.eventsOf('observation').length >= 5, 30_000);
      } finally { film.stop(); }
      const observation = desk.eventsOf('observation').at(-1) as unknown as PeerObservation;
      const frame = observation.frames['cam'];
      expectColor(frame?.mean, film.stepOf(frame?.timestamp_us ?? 0) ?? -1);
    });
  });
});

function stateOf(step: number): Record<string, number | boolean> {
  return { 'pan.pos': step / 4, count: -step, closed: step % 2 === 0 };
}

/** H.264 and its colour space round; neighbouring steps are 10 apart. */
function expectColor(mean: readonly [number, number, number] | undefined, step: number): void {
  for (const [channel, value] of colourOf(step).entries()) expect(Math.abs((mean?.[channel] ?? -1) - value), `colour of step ${step}`).toBeLessThan(5);
}
