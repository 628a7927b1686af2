import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ATTRIBUTE } from '../../../../shared/portal/names.ts';
import type { Robot } from '../../../../shared/portal/robot.ts';
import type { Operator } from '../../../../shared/portal/operator.ts';
import { validateConfig } from '../../../../shared/portal/config.ts';
import { Operator as OperatorClass } from '../../../../shared/portal/operator.ts';
import { systemClock } from '../../../../main/system-clock.ts';
import { CONFIG, SessionKit, settle, until } from '../../../fakes/session-kit.ts';

let kit: SessionKit;
beforeEach(() => { kit = new SessionKit(); });
afterEach(() => kit.close());

function connectionsOf(side: Robot | Operator): string[] {
  const seen: string[] = [];
  side.onConnection((state, reason) => { seen.push(reason === null ? state : `${state} ${reason}`); });
  return seen;
}

describe('a session', () => {
  it('is told when it stands, with everybody present, and when it ends', async () => {
    await kit.robot();
    await kit.operator('b');
    const { operator, connect } = kit.newOperator('a');
    const seen = connectionsOf(operator);
    const joined: string[] = [];
    operator.onOperatorJoined((identity) => { joined.push(identity); });
    await connect();
    expect([operator.localIdentity, operator.robotIdentity, operator.operators]).toEqual(['a', 'robot', ['b']]);
    await settle();
    expect([seen, joined]).toEqual([['connected'], ['b']]);
    await operator.disconnect();
    await operator.disconnect();
    await settle();
    expect(seen).toEqual(['connected', 'disconnected left']);
    expect([operator.localIdentity, operator.robotIdentity, operator.operators]).toEqual([null, null, []]);
  });

  it('18: has its role seen by the others once connect resolved', async () => {
    const robot = await kit.robot();
    await kit.operator('a');
    await settle();
    expect(robot.operators).toEqual(['a']);
  });

  it('can be opened again after its end, and after a failed attempt', async () => {
    const transport = kit.room.join('a');
    const operator = new OperatorClass(validateConfig(CONFIG), { transport, clock: systemClock });
    const seen = connectionsOf(operator);
    await expect(operator.connect('loopback:elsewhere', transport.token)).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
    await expect(operator.connect(transport.url, 'forged')).rejects.toMatchObject({ code: 'TOKEN_REFUSED' });
    for (let n = 0; n < 2; n++) {
      await operator.connect(transport.url, transport.token);
      expect(operator.localIdentity).toBe('a');
      await operator.disconnect();
    }
    await settle();
    expect(seen).toEqual(['connected', 'disconnected left', 'connected', 'disconnected left']);
  });

  it('rejects a connect that is given up or taken over on the way', async () => {
    kit.room.setConditions({ delayMs: 20 });
    const { operator, connect } = kit.newOperator('a');
    const given = connect();
    const rejected = expect(given).rejects.toMatchObject({ code: 'DISCONNECTED' });
    await operator.disconnect();
    await rejected;
    expect(operator.localIdentity).toBeNull();

    kit.room.setConditions({ delayMs: 0 });
    const first = kit.newOperator('b');
    const second = kit.newOperator('b');
    kit.room.setConditions({ delayMs: 20 });
    const results = await Promise.allSettled([first.connect(), second.connect()]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(results[0]).toMatchObject({ reason: { code: 'DUPLICATE_IDENTITY' } });
  });

  it('tells every way in which it can end', async () => {
    for (const reason of ['removed', 'room-closed', 'connection-lost', 'duplicate-identity'] as const) {
      const operator = await kit.operator('a');
      const seen = connectionsOf(operator);
      kit.room.end('a', reason);
      await settle();
      expect(seen).toEqual([`disconnected ${reason}`]);
    }
  });

  it('loses nothing in an interruption: who came, who drives, reliable states', async () => {
    const robot = await kit.robot();
    const a = await kit.operator('a');
    const seen = connectionsOf(a);
    const states: number[] = [];
    a.onState(({ values }) => { states.push(values['a'] as number); });
    kit.room.cut('a');
    const b = await kit.operator('b');
    await b.setActiveOperator('b');
    robot.sendState({ a: 1 });
    a.sendAction({ a: 5 });
    await settle();
    expect([a.operators, a.activeOperator, states]).toEqual([[], null, []]);
    kit.room.restore('a');
    await until('it is all there', () => a.activeOperator === 'b' && states.length === 1);
    expect(a.operators).toEqual(['b']);
    expect(seen).toEqual(['reconnecting', 'connected']);
  });

  it('sets its attributes again when the server forgot them in a reconnect', async () => {
    const transport = kit.room.join('robot');
    const { Robot: RobotClass } = await import('../../../../shared/portal/robot.ts');
    const robot = new RobotClass(validateConfig(CONFIG), { transport, clock: systemClock });
    await robot.connect(transport.url, transport.token);
    const a = await kit.operator('a');
    await a.setActiveOperator('a');
    await transport.setAttributes({ [ATTRIBUTE.role]: '', [ATTRIBUTE.activeOperator]: '' });
    await until('the robot is back', () => a.robotIdentity === 'robot' && a.activeOperator === 'a');
    expect(robot.activeOperator).toBe('a');
    await robot.disconnect();
  });

  it('follows the server when somebody who manages it moves the pointer', async () => {
    const transport = kit.room.join('robot');
    const { Robot: RobotClass } = await import('../../../../shared/portal/robot.ts');
    const robot = new RobotClass(validateConfig(CONFIG), { transport, clock: systemClock });
    await robot.connect(transport.url, transport.token);
    const executed: unknown[] = [];
    robot.onAction(({ sender }) => { executed.push(sender); });
    const a = await kit.operator('a');
    await transport.setAttributes({ [ATTRIBUTE.activeOperator]: 'a' });
    await until('both agree', () => robot.activeOperator === 'a' && a.activeOperator === 'a');
    a.sendAction({ a: 1 });
    await until('it drives', () => executed.length === 1);
    await robot.disconnect();
  });
});

describe('encryption', () => {
  it('flows with one key, and not a packet with another', async () => {
    const robot = await kit.robot('robot', { e2eeKey: 'k' });
    const same = await kit.operator('same', { e2eeKey: 'k' });
    const other = await kit.operator('other', { e2eeKey: 'x' });
    const none = await kit.operator('none');
    robot.sendState({ a: 1 });
    await until('a state', () => same.getState() !== null);
    await settle();
    expect([other.getState(), none.getState()]).toEqual([null, null]);
    await expect(other.performRpc('home', '', { responseTimeoutMs: 30 })).rejects.toMatchObject({ code: 'RPC_TIMEOUT' });
  });
});

describe('round trips', () => {
  it('are measured between each operator and the robot, whoever else pings', async () => {
    await kit.close();
    kit = new SessionKit({ pingMs: 5 }, { delayMs: 2 });
    const alone = await kit.operator('a');
    await until('a while', () => true);
    expect(alone.metrics().rtt.pings_sent).toBe(0);
    const robot = await kit.robot();
    const b = await kit.operator('b');
    const sides = [alone, robot, b];
    await until('pongs everywhere', () => sides.every((side) => side.metrics().rtt.pongs_received >= 5), 10_000);
    for (const side of sides) {
      const { rtt } = side.metrics();
      expect(rtt.pongs_received).toBeLessThanOrEqual(rtt.pings_sent);
      expect(rtt.rtt_us_last).toBeGreaterThan(3000);
    }
    alone.resetMetrics();
    expect(alone.metrics().rtt.pongs_received).toBe(0);
  });
});
