import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { PortalError } from '../../shared/portal/errors.ts';
import { RPC_METHOD } from '../../shared/portal/names.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { until } from '../fakes/until.ts';
import { describeWithPeer } from '../fakes/with-python-peer.ts';
import { InteropRoom, openBothWays, type BothWays } from './both-ways.ts';

const YAML = 'version: 1\nfps: 30\nstate: [ { name: a, dtype: f32 } ]\naction: [ { name: a, dtype: f32 } ]\n';
const KB15 = 15 * 1024;
const LARGEST = 'x'.repeat(KB15);
const TOO_LARGE = 'x'.repeat(KB15 + 1);
const withCode = (code: number): object => ({ message: expect.stringMatching(new RegExp(`\\b${code}\\b`, 'u')) as unknown });
const ours = (rpcCode: number): object => ({ details: { rpcCode } });

describeWithServer('RPC', (server) => {
  describeWithPeer('calls and their errors', () => {
    let sides: BothWays;
    beforeAll(async () => {
      sides = await openBothWays(server(), YAML);
      for (const { registerRpcMethod } of [
        { registerRpcMethod: sides.ourRobot.robot.registerRpcMethod.bind(sides.ourRobot.robot) },
        { registerRpcMethod: sides.ourDesk.operator.registerRpcMethod.bind(sides.ourDesk.operator) },
      ]) {
        registerRpcMethod('echo', ({ callerIdentity, payload }) => `${callerIdentity}:${payload}`);
        registerRpcMethod('length', ({ payload }) => `${payload.length}`);
        registerRpcMethod('later', async ({ payload }) => { await new Promise((resolve) => setTimeout(resolve, 50)); return payload; });
        registerRpcMethod('never', () => new Promise(() => undefined));
        registerRpcMethod('throws', () => { throw new Error('the arm is hot'); });
        registerRpcMethod('refuses', () => { throw new PortalError('RPC_FAILED', 'not now', { rpcCode: 4321 }); });
        registerRpcMethod('long', ({ payload }) => 'x'.repeat(Number(payload)));
      }
      await Promise.all([sides.theirRobot, sides.theirDesk].map(async (peer) => {
        await peer.tell('register_rpc', { method: 'echo' });
        await peer.tell('register_rpc', { method: 'later', delay_s: 0.05 });
        await peer.tell('register_rpc', { method: 'never', delay_s: 60 });
        await peer.tell('register_rpc', { method: 'throws', raises: 'the arm is hot' });
        await peer.tell('register_rpc', { method: 'refuses', error: { code: 4321, message: 'not now' } });
        await peer.tell('register_rpc', { method: 'long', reply_length: KB15 });
        await peer.tell('register_rpc', { method: 'too-long', reply_length: KB15 + 1 });
      }));
    });
    afterAll(async () => { await sides.close(); });

    const callTheirs = [
      ['our operator → their robot', (method: string, payload = '', responseTimeoutMs?: number) => sides.ourDesk.operator.performRpc(method, payload, responseTimeoutMs === undefined ? {} : { responseTimeoutMs })],
      ['our robot → their operator', (method: string, payload = '', responseTimeoutMs?: number) => sides.ourRobot.robot.performRpc(method, payload, responseTimeoutMs === undefined ? {} : { responseTimeoutMs })],
    ] as const;
    const callOurs = [
      ['their operator → our robot', (method: string, payload = '', timeoutMs?: number) => sides.theirDesk.tell('rpc', { method, payload, ...(timeoutMs === undefined ? {} : { timeout_ms: timeoutMs }) }), 'desk'],
      ['their robot → our operator', (method: string, payload = '', timeoutMs?: number) => sides.theirRobot.tell('rpc', { method, payload, ...(timeoutMs === undefined ? {} : { timeout_ms: timeoutMs }) }), 'arm'],
    ] as const;

    it.each(callTheirs)('%s, the natural destination: replies, also later, in UTF-8, empty, and 15 KB of it', async (_title, call) => {
      expect(await call('echo', 'grüezi 机器人')).toBe('grüezi 机器人');
      expect(await call('echo', '')).toBe('');
      expect(await call('later', 'x')).toBe('x');
      expect((await call('long')).length).toBe(KB15);
      expect((await call('echo', LARGEST)).length).toBe(KB15);
    });

    it.each(callOurs)('%s, the natural destination: replies, also later, in UTF-8, empty, and 15 KB of it', async (_title, call, caller) => {
      expect(await call('echo', 'grüezi 机器人')).toBe(`${caller}:grüezi 机器人`);
      expect(await call('echo', '')).toBe(`${caller}:`);
      expect(await call('later', 'x')).toBe('x');
      expect(String(await call('long', String(KB15))).length).toBe(KB15);
      expect(await call('length', LARGEST)).toBe(String(KB15));
    });

    it.each(callTheirs)('%s: 1400 unknown, 1500 thrown, a code of their own, 1502 no reply in time, 1402 too large', async (_title, call) => {
      await expect(call('dance')).rejects.toMatchObject({ code: 'RPC_FAILED', details: { rpcCode: 1400 } });
      await expect(call('throws')).rejects.toMatchObject(ours(1500));
      await expect(call('refuses')).rejects.toMatchObject({ ...ours(4321), message: expect.stringContaining('refuses') as unknown });
      await expect(call('never', '', 1500)).rejects.toMatchObject({ code: 'RPC_TIMEOUT', details: { rpcCode: 1502 } });
      await expect(call('echo', TOO_LARGE)).rejects.toMatchObject(ours(1402));
    });

    it.each(callOurs)('%s: 1400 unknown, 1500 thrown, a code of our own, 1502 no reply in time', async (_title, call) => {
      await expect(call('dance')).rejects.toMatchObject(withCode(1400));
      await expect(call('throws')).rejects.toMatchObject(withCode(1500));
      await expect(call('refuses')).rejects.toMatchObject({ message: expect.stringMatching(/4321.*not now/u) as unknown });
      await expect(call('never', '', 1500)).rejects.toMatchObject(withCode(1502));
    });

    it.each(callOurs)('%s: a reply beyond 15 KB is 1504', async (_title, call) => {
      await expect(call('long', String(KB15 + 1))).rejects.toMatchObject(withCode(1504));
    });

    it('a method that was taken back is 1400 again: both', async () => {
      await sides.theirRobot.tell('register_rpc', { method: 'brief' });
      expect(await sides.ourDesk.operator.performRpc('brief', 'x')).toBe('x');
      await sides.theirRobot.tell('unregister_rpc', { method: 'brief' });
      await expect(sides.ourDesk.operator.performRpc('brief', '')).rejects.toMatchObject(ours(1400));
      sides.ourRobot.robot.registerRpcMethod('brief', ({ payload }) => payload);
      expect(await sides.theirDesk.tell('rpc', { method: 'brief', payload: 'x' })).toBe('x');
      sides.ourRobot.robot.unregisterRpcMethod('brief');
      await expect(sides.theirDesk.tell('rpc', { method: 'brief' })).rejects.toMatchObject(withCode(1400));
    });
  });

  describeWithPeer('a robot that cannot take a claim', () => {
    let room: InteropRoom;
    beforeEach(() => { room = new InteropRoom(server(), YAML); });
    afterEach(async () => { await room.close(); });

    it.each([
      [2001, 'ROBOT_ABSENT'],
      [2002, 'RPC_FAILED'],
      [2003, 'NOT_AUTHORISED'],
    ])('their robot answers with %i: our operator says %s', async (code, said) => {
      // In the place of the peer's own handler, which answers so only in the moment in which its connection goes.
      const arm = await room.peerRobot();
      await arm.tell('register_rpc', { method: RPC_METHOD.setActiveOperator, error: { code, message: 'as told' } });
      const desk = await room.ours.operator('desk');
      await until('the robot', () => desk.operator.robotIdentity === 'arm');
      await expect(desk.operator.setActiveOperator('desk')).rejects.toMatchObject({ code: said });
      expect(desk.operator.activeOperator).toBeNull();
    });

    it('a claim at somebody who is no robot is 1400, a call to somebody absent 1401', async () => {
      const [stranger, desk] = await Promise.all([room.ours.operator('stranger'), room.peerOperator('desk')]);
      await desk.until('the other', () => desk.eventsOf('operator_joined').length > 0);
      await expect(desk.tell('rpc', { method: RPC_METHOD.setActiveOperator, destination: 'stranger', payload: 'desk' })).rejects.toMatchObject(withCode(1400));
      await expect(stranger.operator.performRpc('home', '', { destination: 'nobody' })).rejects.toMatchObject(ours(1401));
    });

    it('their robot leaves in the middle of a call: 1503', async () => {
      const [arm, desk] = await Promise.all([room.peerRobot(), room.ours.operator('desk')]);
      await until('the robot', () => desk.operator.robotIdentity === 'arm');
      await arm.tell('register_rpc', { method: 'never', delay_s: 60 });
      const waiting = desk.operator.performRpc('never', '', { responseTimeoutMs: 20_000 });
      const failed = expect(waiting).rejects.toMatchObject({ details: { rpcCode: 1503 } });
      await arm.until('the call', () => arm.eventsOf('rpc').length > 0);
      await arm.stop();
      await failed;
    });
  });

  describeWithPeer('nobody to call', () => {
    let room: InteropRoom;
    beforeAll(() => { room = new InteropRoom(server(), YAML); });
    afterAll(async () => { await room.close(); });

    it('alone in the room: no peer, and no robot to claim, for both', async () => {
      const other = new InteropRoom(server(), YAML);
      try {
        const [alone, desk] = await Promise.all([room.ours.operator('alone'), other.peerOperator('desk')]);
        await expect(alone.operator.performRpc('home', '')).rejects.toMatchObject({ code: 'NO_PEER' });
        await expect(alone.operator.setActiveOperator('alone')).rejects.toMatchObject({ code: 'ROBOT_ABSENT' });
        await expect(desk.tell('rpc', { method: 'home' })).rejects.toBeInstanceOf(Error);
        await expect(desk.tell('claim', { identity: 'desk' })).rejects.toBeInstanceOf(Error);
      } finally { await other.close(); }
    });

    it('their robot leaves: a claim fails at once with ROBOT_ABSENT', async () => {
      const arm = await room.peerRobot();
      const desk = await room.ours.operator('desk');
      await until('the robot', () => desk.operator.robotIdentity === 'arm');
      await arm.stop();
      await until('the robot to be gone', () => desk.operator.robotIdentity === null);
      await expect(desk.operator.setActiveOperator('desk')).rejects.toMatchObject({ code: 'ROBOT_ABSENT' });
    });
  });
});
