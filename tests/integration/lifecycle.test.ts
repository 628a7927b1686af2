import { afterEach, beforeEach, expect, it } from 'vitest';
import { ATTRIBUTE } from '../../shared/portal/names.ts';
import { everybodyIsSeen } from '../fakes/control-steps.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { controlConfig } from '../fakes/portal-configs.ts';
import { PortalSession } from '../fakes/portal-session.ts';
import { until } from '../fakes/until.ts';

describeWithServer('lifecycle and tokens', (server) => {
  let session: PortalSession;
  beforeEach(() => { session = new PortalSession(server(), controlConfig()); });
  afterEach(async () => { await session.close(); });

  it('case 15: claims fail with a clear error once the robot has left', async () => {
    const robot = await session.robot();
    const a = await session.operator('a');
    await robot.robot.disconnect();
    await until('the robot to be gone', () => a.operator.robotIdentity === null);
    await expect(a.operator.setActiveOperator('a')).rejects.toMatchObject({ code: 'ROBOT_ABSENT' });
  });

  it('case 16, 31: a late joiner reads the pointer at connect, without polling and without an event', async () => {
    const robot = await session.robot();
    const a = await session.operator('a');
    await a.operator.setActiveOperator('a');
    const late = await session.operator('late');
    expect(late.operator.activeOperator).toBe('a');
    expect(late.operator.robotIdentity).toBe('robot');
    expect(robot.active).toEqual(['a']);
  });

  it('case 17: the older of two connections of an identity ends with a clear reason', async () => {
    await session.robot();
    const first = await session.operator('a');
    const second = await session.operator('a');
    await until('the older one to end', () => first.connections.at(-1)?.state === 'disconnected');
    expect(first.connections.at(-1)?.reason).toBe('duplicate-identity');
    expect(second.connections).toEqual([{ state: 'connected', reason: null }]);
    expect(() => { first.operator.sendAction({ n: 1 }); }).toThrow(expect.objectContaining({ code: 'NOT_CONNECTED' }) as Error);
  });

  it('case 18: a role written after connect is seen without a search', async () => {
    const robot = await session.robot();
    const a = await session.operator('a');
    await until('both to see each other', () => robot.joined.includes('a') && a.operator.robotIdentity === 'robot');
    expect(robot.robot.operators).toEqual(['a']);
  });

  it('case 19: with the role in the token, not even the grant to write it is needed', async () => {
    const robot = await session.robot();
    const seat = { attributes: { [ATTRIBUTE.role]: 'operator' }, grants: { canUpdateOwnMetadata: false } };
    const a = await session.operator('a', seat);
    await a.operator.setActiveOperator('a');
    // The server announces a joiner that writes nothing up to 3 s later; until then its actions have no sender.
    await until('the robot to see it', () => robot.joined.includes('a'));
    a.operator.sendAction({ n: 1 });
    await until('an action', () => robot.actions.length === 1);
    expect(robot.actions[0]?.sender).toBe('a');
  });

  it('case 20: neither the grant nor the role in the token is a clear error at connect', async () => {
    await expect(session.operator('a', { grants: { canUpdateOwnMetadata: false } })).rejects.toMatchObject({ code: 'ROLE_NOT_SET' });
  });

  it('case 21: who somebody is comes from the token alone, whatever it says of itself', async () => {
    const robot = await session.robot();
    const [a, b] = await Promise.all([session.operator('a', { attributes: { identity: 'b', name: 'b', 'lk.portal.identity': 'b' } }), session.operator('b')]);
    await everybodyIsSeen(robot, [a, b]);
    await b.operator.setActiveOperator('b');
    a.operator.sendAction({ n: 1 });
    b.operator.sendAction({ n: 2 });
    await until('both judged', () => robot.actions.length + robot.dropped.length === 2);
    expect(a.operator.localIdentity).toBe('a');
    expect([...robot.robot.operators].sort()).toEqual(['a', 'b']);
    expect(robot.actions.map(({ sender }) => sender)).toEqual(['b']);
    expect(robot.dropped).toEqual([{ sender: 'a', reason: 'sender' }]);
  });
});
