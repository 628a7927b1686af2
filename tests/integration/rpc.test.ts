import { afterEach, beforeEach, expect, it } from 'vitest';
import { PortalError } from '../../shared/portal/errors.ts';
import { RPC_CODE, RPC_METHOD } from '../../shared/portal/names.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { controlConfig } from '../fakes/portal-configs.ts';
import { PortalSession, type SeenOperator, type SeenRobot } from '../fakes/portal-session.ts';
import { until } from '../fakes/until.ts';

/** LiveKit's limit for payloads and replies, in bytes of UTF-8. */
const LIMIT = 15 * 1024;

describeWithServer('RPC between roles', (server) => {
  let session: PortalSession;
  beforeEach(() => { session = new PortalSession(server(), controlConfig()); });
  afterEach(async () => { await session.close(); });

  async function pair(): Promise<{ robot: SeenRobot; desk: SeenOperator }> {
    const robot = await session.robot();
    const desk = await session.operator('desk');
    await until('both to see each other', () => robot.joined.includes('desk') && desk.operator.robotIdentity === 'robot');
    return { robot, desk };
  }
  const failsWith = (code: 'RPC_FAILED' | 'RPC_TIMEOUT', rpcCode: number) => ({ code, details: { rpcCode } });

  it('a method registered before connect and one registered after it are both served', async () => {
    const { robot, desk } = await pair();
    robot.robot.registerRpcMethod('late', ({ callerIdentity, payload, method }) => `${method} ${payload} for ${callerIdentity}`);
    expect(await desk.operator.performRpc('late', 'now')).toBe('late now for desk');
    // The robot registers this one in its constructor.
    expect(await desk.operator.performRpc(RPC_METHOD.setActiveOperator, 'desk')).toBe('');
    expect(robot.robot.activeOperator).toBe('desk');
  });

  it('an async handler takes its time, and calls that overlap each get their own answer', async () => {
    const { robot, desk } = await pair();
    const waiting: (() => void)[] = [];
    robot.robot.registerRpcMethod('slow', async ({ payload }) => {
      await new Promise<void>((resolve) => { waiting.push(resolve); });
      return payload.toUpperCase();
    });
    const calls = ['a', 'b', 'c'].map((payload) => desk.operator.performRpc('slow', payload));
    await until('all three to be handled at once', () => waiting.length === 3);
    for (const answer of waiting.reverse()) answer();
    expect(await Promise.all(calls)).toEqual(['A', 'B', 'C']);
  });

  it('registering again replaces the handler; a method taken back is unknown, as one that never was', async () => {
    const { robot, desk } = await pair();
    robot.robot.registerRpcMethod('m', () => 'first');
    robot.robot.registerRpcMethod('m', () => 'second');
    expect(await desk.operator.performRpc('m', '')).toBe('second');
    robot.robot.unregisterRpcMethod('m');
    await expect(desk.operator.performRpc('m', '')).rejects.toMatchObject(failsWith('RPC_FAILED', RPC_CODE.unsupportedMethod));
    await expect(desk.operator.performRpc('never', '')).rejects.toMatchObject({ ...failsWith('RPC_FAILED', 1400), details: { fix: expect.stringContaining('Register') as string } });
  });

  it.each([
    ['throws', () => { throw new Error('a secret of /home/robot'); }],
    ['rejects', () => Promise.reject(new Error('a secret of /home/robot'))],
  ])('a handler that %s answers 1500; its text stays on its side, where it is a warning, and the next call works', async (_how, handler) => {
    const { robot, desk } = await pair();
    robot.robot.registerRpcMethod('bad', handler);
    robot.robot.registerRpcMethod('good', () => 'fine');
    const error = await desk.operator.performRpc('bad', '').catch((thrown: unknown) => thrown as PortalError);
    expect(error).toMatchObject(failsWith('RPC_FAILED', RPC_CODE.applicationError));
    expect((error as PortalError).message).not.toContain('secret');
    await until('the warning', () => robot.warnings.includes('rpc-handler-failed'));
    expect(await desk.operator.performRpc('good', '')).toBe('fine');
  });

  it('a handler’s own code and words cross', async () => {
    const { robot, desk } = await pair();
    robot.robot.registerRpcMethod('pick', () => { throw new PortalError('RPC_FAILED', 'the gripper is closed', { rpcCode: 3001 }); });
    await expect(desk.operator.performRpc('pick', '')).rejects.toMatchObject({ ...failsWith('RPC_FAILED', 3001), message: expect.stringContaining('the gripper is closed') as string });
    expect(robot.warnings).not.toContain('rpc-handler-failed');
  });

  it('exactly 15 KB pass in both directions; a byte more is refused with the side it was on', async () => {
    const { robot, desk } = await pair();
    robot.robot.registerRpcMethod('echo', ({ payload }) => payload);
    robot.robot.registerRpcMethod('grow', ({ payload }) => `${payload}+`);
    // Two bytes a character: the limit is in bytes.
    const full = 'é'.repeat(LIMIT / 2);
    expect(await desk.operator.performRpc('echo', full)).toBe(full);
    await expect(desk.operator.performRpc('echo', `${full}+`)).rejects.toMatchObject(failsWith('RPC_FAILED', RPC_CODE.requestPayloadTooLarge));
    await expect(desk.operator.performRpc('grow', full)).rejects.toMatchObject(failsWith('RPC_FAILED', RPC_CODE.responsePayloadTooLarge));
  });

  it('a handler that never answers is given up at the caller’s time-out, which it is told', async () => {
    const { robot, desk } = await pair();
    let toldMs = 0;
    robot.robot.registerRpcMethod('hang', ({ responseTimeoutMs }) => {
      toldMs = responseTimeoutMs;
      return new Promise<string>(() => undefined);
    });
    await expect(desk.operator.performRpc('hang', '', { responseTimeoutMs: 5000 })).rejects.toMatchObject({ code: 'RPC_TIMEOUT' });
    expect(toldMs).toBeGreaterThan(0);
    expect(toldMs).toBeLessThanOrEqual(5000);
  });

  it('an operator calls the robot; the robot calls whoever is in control, else the only one there', async () => {
    const { robot, desk } = await pair();
    desk.operator.registerRpcMethod('who', () => 'desk');
    expect(await robot.robot.performRpc('who', '')).toBe('desk');
    const other = await session.operator('other');
    other.operator.registerRpcMethod('who', () => 'other');
    await until('the other', () => robot.joined.includes('other'));
    await expect(robot.robot.performRpc('who', '')).rejects.toMatchObject({ code: 'NO_PEER', details: { got: expect.stringContaining('other') as string } });
    await robot.robot.setActiveOperator('other');
    expect(await robot.robot.performRpc('who', '')).toBe('other');
    expect(await robot.robot.performRpc('who', '', { destination: 'desk' })).toBe('desk');
    // A named operator also answers another operator.
    expect(await desk.operator.performRpc('who', '', { destination: 'other' })).toBe('other');
  });

  it('with nobody to call, and without a session, a call is refused at once', async () => {
    const alone = await session.operator('alone');
    await expect(alone.operator.performRpc('m', '')).rejects.toMatchObject({ code: 'NO_PEER', details: { got: 'an empty room' } });
    await expect(alone.operator.performRpc('m', '', { destination: 'nobody', responseTimeoutMs: 2000 })).rejects.toMatchObject(failsWith('RPC_FAILED', RPC_CODE.recipientNotFound));
    await alone.operator.disconnect();
    await expect(alone.operator.performRpc('m', '')).rejects.toMatchObject({ code: 'NOT_CONNECTED' });
  });

  it('a call whose own side leaves ends with it', async () => {
    const { robot, desk } = await pair();
    let called = false;
    robot.robot.registerRpcMethod('hang', () => {
      called = true;
      return new Promise<string>(() => undefined);
    });
    const own = desk.operator.performRpc('hang', '', { responseTimeoutMs: 15_000 }).catch((thrown: unknown) => thrown as PortalError);
    await until('the call to be there', () => called);
    await desk.operator.disconnect();
    expect(await own).toMatchObject({ code: expect.stringMatching(/NOT_CONNECTED|DISCONNECTED|RPC_FAILED/u) as string });
  });

  it('a handler that is done only after its session ended costs nothing', async () => {
    const { robot, desk } = await pair();
    const failures: unknown[] = [];
    const failed = (thrown: unknown): void => { failures.push(thrown); };
    process.on('unhandledRejection', failed);
    try {
      const running: (() => void)[] = [];
      robot.robot.registerRpcMethod('slow', () => new Promise<string>((resolve) => { running.push(() => { resolve('too late'); }); }));
      const call = desk.operator.performRpc('slow', '');
      call.catch(() => undefined);
      await until('the call to be there', () => running.length === 1);
      await robot.robot.disconnect();
      for (const finish of running) finish();
      await expect(call).rejects.toMatchObject({ code: 'RPC_FAILED' });
      expect(failures).toEqual([]);
    } finally {
      process.off('unhandledRejection', failed);
    }
  });

  it('a call whose other side leaves ends with 1503 as soon as that is known, not at its time-out', async () => {
    const { robot, desk } = await pair();
    let called = false;
    robot.robot.registerRpcMethod('hang', () => {
      called = true;
      return new Promise<string>(() => undefined);
    });
    const call = desk.operator.performRpc('hang', '', { responseTimeoutMs: 60_000 }).catch((thrown: unknown) => thrown as PortalError);
    await until('the call to be there', () => called);
    await robot.robot.disconnect();
    expect(await call).toMatchObject(failsWith('RPC_FAILED', RPC_CODE.recipientDisconnected));
  });
});
