import { afterEach, beforeEach, expect, it } from 'vitest';
import { ATTRIBUTE } from '../../shared/portal/names.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import type { PythonPeer } from '../fakes/python-peer.ts';
import { until } from '../fakes/until.ts';
import { describeWithPeer } from '../fakes/with-python-peer.ts';
import { InteropRoom, lastDriver } from './both-ways.ts';

const YAML = `version: 1
fps: 50
state: [ { name: a, dtype: f32 } ]
action: [ { name: n, dtype: i32 } ]
action_chunks: [ { name: plan, horizon: 2, fields: [ { name: n, dtype: i32 } ] } ]
`;
const SEED = { attributes: { [ATTRIBUTE.activeOperator]: 'person' } };
const roleOnly = (role: 'robot' | 'operator') => ({ attributes: { [ATTRIBUTE.role]: role }, grants: { canUpdateOwnMetadata: false } });

interface PeerAction {
  values: { n: number };
  sender: string;
}
const taken = (peer: PythonPeer): [string, number][] => (peer.eventsOf('action') as unknown as PeerAction[]).map(({ sender, values }) => [sender, values.n]);
const drivers = (peer: PythonPeer): unknown[] => peer.eventsOf('active_operator').map(({ identity }) => identity);

describeWithServer('control', (server) => {
  describeWithPeer('claim, handoff, release, seed, subscription', () => {
    let room: InteropRoom;
    beforeEach(() => { room = new InteropRoom(server(), YAML); });
    afterEach(async () => { await room.close(); });

    it('our robot: our operator and theirs hand control over and let go; a recorder of each kind sees who was obeyed, with echo', async () => {
      const robot = await room.ours.robot();
      const [person, ourRecorder, policy, theirRecorder] = await Promise.all([
        room.ours.operator('person', { config: { actionSubscription: true } }),
        room.ours.operator('our-recorder', { config: { actionSubscription: true } }),
        room.peerOperator('policy', { subscribeActions: true }),
        room.peerOperator('their-recorder', { subscribeActions: true }),
      ]);
      const everybodySees = async (identity: string | null): Promise<void> => {
        await until('ours', () => robot.active.at(-1) === identity && [person, ourRecorder].every(({ operator }) => operator.activeOperator === identity));
        await Promise.all([policy, theirRecorder].map((peer) => peer.until('the pointer', () => lastDriver(peer) === identity)));
      };
      const sendBoth = async (n: number): Promise<void> => {
        person.operator.sendAction({ n });
        person.operator.sendActionChunk('plan', { n: [n, n] });
        await policy.tell('action', { values: { n: n + 1 } });
        await policy.tell('chunk', { name: 'plan', columns: { n: [n + 1, n + 1] } });
      };
      await policy.tell('claim', { identity: 'policy' });
      await everybodySees('policy');
      await sendBoth(10);
      await until('two taken and two dropped', () => robot.actions.length + robot.chunks.length === 2 && robot.dropped.length === 2);
      await policy.tell('claim', { identity: 'person' });
      await everybodySees('person');
      await sendBoth(20);
      await until('two more', () => robot.actions.length + robot.chunks.length === 4 && robot.dropped.length === 4);
      await person.operator.setActiveOperator(null);
      await everybodySees(null);
      await sendBoth(30);
      await until('all dropped', () => robot.dropped.length === 8);

      const obeyed = [['policy', 11], ['person', 20]];
      expect(robot.actions.map(({ sender, values }) => [sender, values['n']])).toEqual(obeyed);
      expect(robot.chunks.map(({ sender, columns }) => [sender, columns['n']?.[0]])).toEqual(obeyed);
      for (const { actions, chunks } of [person, ourRecorder]) {
        await until('the executed ones', () => actions.length === 2 && chunks.length === 2);
        expect(actions.map(({ sender, values }) => [sender, values['n']])).toEqual(obeyed);
        expect(chunks.map(({ sender, columns }) => [sender, columns['n']?.[0]])).toEqual(obeyed);
      }
      for (const peer of [policy, theirRecorder]) {
        await peer.until('the executed ones', () => taken(peer).length === 2 && peer.eventsOf('chunk').length === 2);
        expect(taken(peer)).toEqual(obeyed);
      }
      expect(robot.active).toEqual(['policy', 'person', null]);
      expect(drivers(theirRecorder)).toEqual(['policy', 'person', null]);
    });

    it('their robot: the same', async () => {
      const arm = await room.peerRobot();
      const [person, ourRecorder, policy, theirRecorder] = await Promise.all([
        room.ours.operator('person', { config: { actionSubscription: true } }),
        room.ours.operator('our-recorder', { config: { actionSubscription: true } }),
        room.peerOperator('policy', { subscribeActions: true }),
        room.peerOperator('their-recorder', { subscribeActions: true }),
      ]);
      await until('the robot', () => [person, ourRecorder].every(({ operator }) => operator.robotIdentity === 'arm'));
      const everybodySees = async (identity: string | null): Promise<void> => {
        await until('ours', () => [person, ourRecorder].every(({ operator }) => operator.activeOperator === identity));
        await Promise.all([arm, policy, theirRecorder].map((peer) => peer.until('the pointer', () => lastDriver(peer) === identity)));
      };
      const sendBoth = async (n: number): Promise<void> => {
        person.operator.sendAction({ n });
        await policy.tell('action', { values: { n: n + 1 } });
      };
      await person.operator.setActiveOperator('policy');
      await everybodySees('policy');
      await sendBoth(10);
      await arm.until('one taken', () => taken(arm).length === 1);
      await person.operator.setActiveOperator('person');
      await everybodySees('person');
      await sendBoth(20);
      await arm.until('another taken', () => taken(arm).length === 2);
      const obeyed = [['policy', 11], ['person', 20]];
      for (const peer of [arm, policy, theirRecorder]) {
        await peer.until('the executed ones', () => taken(peer).length === 2);
        expect(taken(peer)).toEqual(obeyed);
      }
      for (const { actions } of [person, ourRecorder]) {
        await until('the executed ones', () => actions.length === 2);
        expect(actions.map(({ sender, values }) => [sender, values['n']])).toEqual(obeyed);
      }
      await policy.tell('claim', { identity: null });
      await everybodySees(null);
      expect(drivers(arm)).toEqual(['policy', 'person', null]);
    });

    it('a pointer seeded by the robot’s token needs no claim: our robot with their operator, their robot with ours', async () => {
      const other = new InteropRoom(server(), YAML);
      try {
        const [robot, arm] = await Promise.all([room.ours.robot('robot', SEED), other.peerRobot('arm', SEED)]);
        const [theirs, ours] = await Promise.all([room.peerOperator('person'), other.ours.operator('person')]);
        expect(robot.robot.activeOperator).toBe('person');
        expect(await arm.tell('active_operator')).toBe('person');
        expect(await theirs.tell('active_operator')).toBe('person');
        await until('our operator to see it', () => ours.operator.activeOperator === 'person');
        await until('our robot to see theirs', () => robot.joined.includes('person'));
        await arm.until('their robot to see ours', () => arm.eventsOf('operator_joined').length > 0);
        await theirs.tell('action', { values: { n: 1 } });
        ours.operator.sendAction({ n: 2 });
        await until('an action', () => robot.actions.length === 1);
        await arm.until('an action', () => taken(arm).length === 1);
        expect(robot.actions[0]).toMatchObject({ sender: 'person', values: { n: 1 } });
        expect(taken(arm)).toEqual([['person', 2]]);
      } finally { await other.close(); }
    });

    it('a role that is in the token needs no grant to write it: our robot and operator, seen by theirs', async () => {
      const robot = await room.ours.robot('robot', { attributes: { [ATTRIBUTE.role]: 'robot' } });
      const person = await room.ours.operator('person', roleOnly('operator'));
      const policy = await room.peerOperator('policy');
      await policy.until('both of ours', () => policy.eventsOf('operator_joined').some(({ identity }) => identity === 'person'));
      expect(await policy.tell('robot_identity')).toBe('robot');
      // The server announces a joiner that writes nothing up to 3 s later, to each in its own time.
      await until('our robot to see it', () => robot.joined.includes('person'));
      await policy.tell('claim', { identity: 'person' });
      await until('the claim', () => person.operator.activeOperator === 'person');
      person.operator.sendAction({ n: 1 });
      await until('an action', () => robot.actions.length === 1);
    });

    it('a claim of somebody absent: their robot grants it, ours refuses with 2003 and names them', async () => {
      const other = new InteropRoom(server(), YAML);
      try {
        const [robot, arm] = await Promise.all([room.ours.robot(), other.peerRobot()]);
        const [theirs, ours] = await Promise.all([room.peerOperator('desk'), other.ours.operator('desk')]);
        await expect(theirs.tell('claim', { identity: 'ghost' })).rejects.toMatchObject({ message: expect.stringMatching(/2003.*ghost/u) as unknown });
        expect(robot.robot.activeOperator).toBeNull();
        await until('the robot', () => ours.operator.robotIdentity === 'arm');
        await ours.operator.setActiveOperator('ghost');
        await arm.until('the pointer', () => lastDriver(arm) === 'ghost');
      } finally { await other.close(); }
    });

    it('our claim policy holds against their operator: it is told 2003, a listed one drives', async () => {
      const robot = await room.ours.robot('robot', { claimPolicy: { kind: 'listed', identities: ['policy'] } });
      const [stranger, policy] = await Promise.all([room.peerOperator('stranger'), room.peerOperator('policy')]);
      await expect(stranger.tell('claim', { identity: 'stranger' })).rejects.toMatchObject({ message: expect.stringContaining('2003') as unknown });
      await policy.tell('claim', { identity: 'policy' });
      await until('the claim', () => robot.active.at(-1) === 'policy');
      expect(robot.active).toEqual(['policy']);
      expect(robot.warnings).toContain('claim-refused');
    });
  });
});
