import { afterEach, beforeEach, expect, it } from 'vitest';
import { RPC_METHOD } from '../../shared/portal/names.ts';
import { streamActions } from '../fakes/control-steps.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { controlConfig } from '../fakes/portal-configs.ts';
import { PortalSession } from '../fakes/portal-session.ts';
import { until } from '../fakes/until.ts';

describeWithServer('claims as calls', (server) => {
  let session: PortalSession;
  beforeEach(() => { session = new PortalSession(server(), controlConfig()); });
  afterEach(async () => { await session.close(); });

  it('case 22: a claim before the robot is there is a clear error, and works once it came', async () => {
    const a = await session.operator('a');
    await expect(a.operator.setActiveOperator('a')).rejects.toMatchObject({ code: 'ROBOT_ABSENT' });
    await session.robot();
    await until('the robot', () => a.operator.robotIdentity === 'robot');
    await a.operator.setActiveOperator('a');
    await until('the pointer', () => a.operator.activeOperator === 'a');
  });

  it('case 23: a claim during a 100 Hz stream reorders nothing', async () => {
    const robot = await session.robot();
    const a = await session.operator('a');
    await a.operator.setActiveOperator('a');
    const stream = streamActions([a], 10);
    try {
      for (let claim = 0; claim < 5; claim += 1) await a.operator.setActiveOperator('a');
      await until('a hundred', () => robot.actions.length >= 100);
    } finally { stream.stop(); }
    const sequence = robot.actions.map(({ values }) => Number(values['n']));
    expect(sequence).toEqual(sequence.map((_, i) => i + 1));
    expect(robot.active).toEqual(['a']);
  });

  it('case 24: a bad argument is refused and changes nothing', async () => {
    const robot = await session.robot();
    const a = await session.operator('a');
    await a.operator.setActiveOperator('a');
    await expect(a.operator.setActiveOperator('')).rejects.toMatchObject({ code: 'VALUE_INVALID' });
    for (const payload of ['null', 'x'.repeat(300), 'robot']) {
      await expect(a.operator.performRpc(RPC_METHOD.setActiveOperator, payload, { destination: 'robot' })).rejects.toMatchObject({ details: { rpcCode: 2003 } });
    }
    expect(robot.robot.activeOperator).toBe('a');
    expect(robot.active).toEqual(['a']);
  });
});
