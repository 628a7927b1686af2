import { afterEach, beforeEach, expect, it } from 'vitest';
import { ATTRIBUTE } from '../../shared/portal/names.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import type { SeenRobot } from '../fakes/portal-session.ts';
import { until } from '../fakes/until.ts';
import { describeWithPeer } from '../fakes/with-python-peer.ts';
import { InteropRoom, knowsRobot, lastDriver } from './both-ways.ts';

const YAML = `version: 1
fps: 30
slack: 60
videos: [ { name: cam, codec: h264 } ]
state: [ { name: a, dtype: f32 } ]
action: [ { name: n, dtype: i32 } ]
`;
const SIZE = { width: 160, height: 120 };
/** The pointer in the robot's token: nothing but the key keeps an action out. */
const SEED = { attributes: { [ATTRIBUTE.activeOperator]: 'desk' } };
/** For two processes to publish their first media too; that a mismatch is said 3 s after those is held by `unit/main/transport/unheard.test.ts`. */
const SAID_WITHIN_MS = 20_000;

/** Sends a picture and its state 30 times a second. */
function startFilm({ robot }: SeenRobot): () => void {
  const picture = new Uint8Array(SIZE.width * SIZE.height * 3).fill(90);
  const timer = setInterval(() => {
    const timestampUs = Date.now() * 1000;
    robot.sendVideoFrame('cam', picture, { ...SIZE, timestampUs });
    robot.sendState({ a: 1 }, timestampUs);
  }, 33);
  return () => { clearInterval(timer); };
}

describeWithServer('end-to-end encryption', (server) => {
  describeWithPeer('good key, bad key', () => {
    let near: InteropRoom;
    let far: InteropRoom;
    let stopFilm = (): void => undefined;
    beforeEach(() => {
      near = new InteropRoom(server(), YAML);
      far = new InteropRoom(server(), YAML);
    });
    afterEach(async () => {
      stopFilm();
      stopFilm = () => undefined;
      await Promise.all([near.close(), far.close()]);
    });

    it('the same key: observations, actions and claims, both directions', async () => {
      const key = { e2eeKey: 'shared secret ü' };
      const [robot, theirDesk, arm, ourDesk] = await Promise.all([near.ours.robot('robot', key), near.peerOperator('desk', key), far.peerRobot('arm', key), far.ours.operator('desk', key)]);
      await until('their robot', () => ourDesk.operator.robotIdentity === 'arm');
      await knowsRobot(theirDesk);
      await Promise.all([theirDesk.tell('claim', { identity: 'desk' }), ourDesk.operator.setActiveOperator('desk')]);
      await until('the claim', () => robot.active.at(-1) === 'desk');
      await arm.until('the claim', () => lastDriver(arm) === 'desk');
      stopFilm = startFilm(robot);
      await arm.tell('start');
      await theirDesk.tell('action', { values: { n: 9 } });
      ourDesk.operator.sendAction({ n: 8 });
      await until('an action and observations', () => robot.actions.length === 1 && ourDesk.observations.length >= 5, { deadlineMs: 30_000 });
      await arm.until('an action', () => arm.eventsOf('action').length === 1);
      await theirDesk.until('observations', () => theirDesk.eventsOf('observation').length >= 5, 30_000);
      expect(ourDesk.warnings).not.toContain('encryption-failed');
      expect(robot.warnings).not.toContain('encryption-failed');
    });

    it('another key: said on our side, and not one observation or action, both directions', async () => {
      const [ours, theirs] = [{ e2eeKey: 'ours' }, { e2eeKey: 'theirs' }];
      const [robot, theirDesk, arm, ourDesk] = await Promise.all([near.ours.robot('robot', { ...ours, ...SEED }), near.peerOperator('desk', theirs), far.peerRobot('arm', { ...theirs, ...SEED }), far.ours.operator('desk', ours)]);
      await until('their robot', () => ourDesk.operator.robotIdentity === 'arm');
      stopFilm = startFilm(robot);
      await arm.tell('start');
      await theirDesk.tell('action', { values: { n: 9 } });
      ourDesk.operator.sendAction({ n: 8 });
      await until('our operator to say it', () => ourDesk.warnings.includes('encryption-failed'), { deadlineMs: SAID_WITHIN_MS, seen: () => ourDesk.warnings });
      await until('our robot to say it', () => robot.warnings.includes('encryption-failed'), { deadlineMs: SAID_WITHIN_MS, seen: () => robot.warnings });
      expect([ourDesk.observations, ourDesk.states, robot.actions]).toEqual([[], [], []]);
      expect([theirDesk.eventsOf('observation'), theirDesk.eventsOf('state'), arm.eventsOf('action')]).toEqual([[], [], []]);
    });

    it.each([
      ['a key on our side alone', { e2eeKey: 'ours' }, {}],
      ['a key on their side alone', {}, { e2eeKey: 'theirs' }],
    ])('%s: said by our operator, and not one observation, both directions', async (_title, ours, theirs) => {
      const [robot, theirDesk, arm, ourDesk] = await Promise.all([near.ours.robot('robot', ours), near.peerOperator('desk', theirs), far.peerRobot('arm', theirs), far.ours.operator('desk', ours)]);
      await until('their robot', () => ourDesk.operator.robotIdentity === 'arm');
      stopFilm = startFilm(robot);
      await arm.tell('start');
      await until('our operator to say it', () => ourDesk.warnings.includes('encryption-failed'), { deadlineMs: SAID_WITHIN_MS, seen: () => ourDesk.warnings });
      expect(ourDesk.observations).toEqual([]);
      expect(theirDesk.eventsOf('observation')).toEqual([]);
    });
  });
});
