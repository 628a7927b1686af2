import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../main/system-clock.ts';
import { LivekitTransport } from '../../main/transport/livekit-transport.ts';
import { ATTRIBUTE, RPC_METHOD, TOPIC } from '../../shared/portal/names.ts';
import { Robot } from '../../shared/portal/robot.ts';
import { TransportLog } from '../contract/transport-log.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { controlConfig } from '../fakes/portal-configs.ts';
import { PortalSession } from '../fakes/portal-session.ts';
import { until } from '../fakes/until.ts';

describeWithServer('whom a session trusts', (server) => {
  let session: PortalSession;
  const guests: { disconnect(): Promise<void> }[] = [];
  beforeEach(() => { session = new PortalSession(server(), controlConfig()); });
  afterEach(async () => {
    await Promise.all(guests.splice(0).map((guest) => guest.disconnect()));
    await session.close();
  });

  async function guest(identity: string, grants: Parameters<PortalSession['token']>[1] = {}): Promise<LivekitTransport> {
    const transport = new LivekitTransport();
    guests.push(transport);
    await transport.connect({ url: session.url, token: await session.token(identity, grants), e2eeKey: null }, new TransportLog());
    return transport;
  }

  it('46: a hidden participant cannot claim, and its data counts for nobody', async () => {
    const robot = await session.robot();
    const a = await session.operator('a');
    await a.operator.setActiveOperator('a');
    const ghost = await guest('ghost', { grants: { hidden: true } });
    await expect(ghost.performRpc({ destination: 'robot', method: RPC_METHOD.setActiveOperator, payload: 'a', responseTimeoutMs: 2000 })).rejects.toMatchObject({
      code: expect.stringMatching(/RPC_/) as string,
    });
    await ghost.publishData(TOPIC.action, new Uint8Array(32), { reliable: true });
    await until('the drop', () => robot.dropped.length === 1);
    expect(robot.dropped[0]).toMatchObject({ sender: null, reason: 'sender' });
    expect(robot.active).toEqual(['a']);
  });

  it('47: a second claimant of the robot’s role changes nothing and raises an alarm; the pinned robot returns and the session heals', async () => {
    const robot = await session.robot('robot');
    const a = await session.operator('a');
    await until('the robot', () => a.operator.robotIdentity === 'robot');
    const liar = await session.robot('liar');
    await until('the alarm', () => a.warnings.includes('second-robot') && robot.warnings.includes('second-robot'));
    expect(a.operator.robotIdentity).toBe('robot');
    liar.robot.sendState({ 'pan.pos': 666 });
    robot.robot.sendState({ 'pan.pos': 1 });
    await until('a state', () => a.states.length > 0);
    expect(a.states.map(({ values }) => values['pan.pos'])).toEqual([1]);
    expect(a.operator.activeOperator).toBeNull();
  });

  it('47: with a configured identity nobody else is the robot, not even alone, and the right one is found when it comes', async () => {
    const a = await session.operator('a', { robotIdentity: 'robot' });
    const liar = await session.robot('liar');
    await until('the alarm', () => a.warnings.includes('second-robot'));
    liar.robot.sendState({ 'pan.pos': 666 });
    const robot = await session.robot('robot');
    await until('the right one', () => a.operator.robotIdentity === 'robot');
    robot.robot.sendState({ 'pan.pos': 1 });
    await until('a state', () => a.states.length > 0);
    expect(a.states.map(({ values }) => values['pan.pos'])).toEqual([1]);
    await robot.robot.disconnect();
    await until('it to be gone', () => a.operator.robotIdentity === null);
    await session.robot('robot');
    await until('it to be back', () => a.operator.robotIdentity === 'robot');
  });

  it('48: the pointer counts from the pinned robot alone', async () => {
    await session.robot('robot');
    const a = await session.operator('a');
    await until('the robot', () => a.operator.robotIdentity === 'robot');
    const liar = await guest('liar', { attributes: { [ATTRIBUTE.role]: 'robot', [ATTRIBUTE.activeOperator]: 'liar' } });
    await until('the alarm', () => a.warnings.includes('second-robot'));
    await liar.setAttributes({ [ATTRIBUTE.activeOperator]: 'a' });
    await a.operator.setActiveOperator('a');
    expect(a.active).toEqual(['a']);
  });

  it('49: an active operator whose identity another connection takes loses control until it claims again', async () => {
    const robot = await session.robot();
    const first = await session.operator('a');
    await first.operator.setActiveOperator('a');
    first.operator.sendAction({ n: 1 });
    await until('an action', () => robot.actions.length === 1);
    const second = await session.operator('a');
    await until('the first to end', () => first.connections.at(-1)?.reason === 'duplicate-identity');
    second.operator.sendAction({ n: 2 });
    await until('its refusal', () => robot.dropped.some(({ reason }) => reason === 'session'));
    expect(robot.actions).toHaveLength(1);
    await second.operator.setActiveOperator('a');
    second.operator.sendAction({ n: 3 });
    await until('an action of the new one', () => robot.actions.length === 2);
    expect(robot.actions[1]?.values['n']).toBe(3);
  });

  it.each([
    [{ kind: 'listed', identities: ['a'] }, 'b'],
    [{ kind: 'host-only' }, 'a'],
    [{ kind: 'supervisors-and-holder', supervisors: ['boss'] }, 'a'],
  ] as const)('45: the policy %j refuses a claim of %s with a reason', async (claimPolicy, identity) => {
    const robot = await session.robot('robot', { claimPolicy });
    const operator = await session.operator(identity);
    await until('the robot', () => operator.operator.robotIdentity === 'robot');
    await expect(operator.operator.setActiveOperator(identity)).rejects.toMatchObject({ code: 'NOT_AUTHORISED', details: { rpcCode: 2003 } });
    expect(robot.robot.activeOperator).toBeNull();
  });

  it('says what is wrong with a refused token, an absent server and an empty key, and never hangs', async () => {
    const robot = (options: { e2eeKey?: string } = {}): Robot => new Robot(controlConfig(), { transport: new LivekitTransport(), clock: systemClock }, options);
    await expect(robot().connect(session.url, 'no token')).rejects.toMatchObject({ code: 'TOKEN_REFUSED' });
    await expect(robot().connect('ws://127.0.0.1:9', await session.token('x'))).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
    await expect(robot().connect('not a url', 'x')).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
    expect(() => robot({ e2eeKey: '' })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }) as Error);
  });
});
