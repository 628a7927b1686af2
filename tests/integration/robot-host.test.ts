import { afterEach, beforeEach, expect, it } from 'vitest';
import { builtinPortalConfig } from '../../main/builtin-schema.ts';
import type { HostStatus } from '../../shared/portal/host-state.ts';
import { RPC_METHOD } from '../../shared/portal/names.ts';
import { SO101_JOINTS } from '../../shared/so101-joints.ts';
import type { AppProcess } from '../e2e/app-process.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { PortalSession, type SeenOperator } from '../fakes/portal-session.ts';
import { startPlainRole } from '../fakes/start-plain-role.ts';
import { undisturbed } from '../fakes/undisturbed.ts';
import { until } from '../fakes/until.ts';

const PAN = 'shoulder_pan.pos';
const REST = Object.fromEntries(SO101_JOINTS.map(({ name, rest }) => [name, rest]));
const OFFLINE_S = 2;
const STREAM_HZ = 50;

describeWithServer('the robot host as a process of its own', (server) => {
  let session: PortalSession;
  const roles: AppProcess[] = [];
  beforeEach(() => { session = new PortalSession(server(), builtinPortalConfig('host', ['front'])); });
  afterEach(async () => {
    await session.close();
    await Promise.all(roles.splice(0).map((role) => { role.child.kill('SIGCONT'); return role.kill('SIGTERM'); }));
  });

  async function role(name: 'robot-host' | 'operator', ...args: string[]): Promise<AppProcess> {
    const started = await startPlainRole(server(), session.room, name, ...args);
    roles.push(started);
    return started;
  }
  const host = (...args: string[]): Promise<AppProcess> => role('robot-host', '--camera', 'front:160x120@10', ...args);
  async function operator(identity: string): Promise<SeenOperator> {
    const seen = await session.operator(identity, { video: 'none' });
    await until('the robot and its word', () => seen.operator.robotIdentity === 'robot' && seen.operator.hostState !== null);
    return seen;
  }
  const ask = async ({ operator: side }: SeenOperator): Promise<HostStatus> => JSON.parse(await side.performRpc(RPC_METHOD.status, '')) as HostStatus;
  const pan = ({ operator: side }: SeenOperator): number => Number(side.getState()?.values[PAN]);

  it('case 45: obeys the policy of its command line, and a refusal says why', async () => {
    await host('--claim-policy', 'supervisors-and-holder', '--supervisor', 'boss');
    const [a, boss] = await Promise.all([operator('a'), operator('boss')]);
    await expect(a.operator.setActiveOperator('a')).rejects.toMatchObject({
      code: 'NOT_AUTHORISED', message: expect.stringContaining('Only a supervisor') as string, details: { rpcCode: 2003 },
    });
    await boss.operator.setActiveOperator('a');
    await until('a to have control', () => a.operator.activeOperator === 'a');
    await expect(boss.operator.setActiveOperator('stranger')).rejects.toMatchObject({ code: 'NOT_AUTHORISED', message: expect.stringContaining('not in the room') as string });
  });

  it('case 50: after 2 s offline it executes none of what the server replays, and obeys again', { timeout: 180_000 }, async () => {
    const robot = await host();
    const a = await operator('a');
    await a.operator.setActiveOperator('a');
    let target = 0;
    let sent = 0;
    const stream = setInterval(() => { sent += 1; a.operator.sendAction({ ...REST, [PAN]: target }); }, 1000 / STREAM_HZ);
    try {
      await until('it to follow', () => a.operator.hostState?.word === 'ACTIVE' && Math.abs(pan(a)) < 1);
      const before = await ask(a);
      // Neither reads nor answers any more, with everything sent meanwhile on its way to it.
      robot.child.kill('SIGSTOP');
      target = 40;
      const atStop = sent;
      await until('2 s of actions to be sent', () => sent >= atStop + OFFLINE_S * STREAM_HZ);
      target = 0;
      const seenBefore = a.states.length;
      robot.child.kill('SIGCONT');
      await until('it to be back', () => a.states.length > seenBefore + 10 && a.operator.hostState?.word === 'ACTIVE', { deadlineMs: 30_000, seen: () => a.operator.hostState });
      await expect.poll(async () => (await ask(a)).refused.age - before.refused.age, { timeout: 30_000, message: 'what was replayed came, and was refused for its age' }).toBeGreaterThan(STREAM_HZ);
      // The replayed actions ask for 40: had one been executed, the arm would have been on its way there.
      expect(Math.max(...a.states.slice(seenBefore).map(({ values }) => Math.abs(Number(values[PAN]))))).toBeLessThan(2);
      target = 15;
      await until('it to obey what is fresh', () => Math.abs(pan(a) - 15) < 1);
    } finally { clearInterval(stream); }
  });

  it('case 51: holds when the link of the one in control dies, keeps it in control, and the next one starts without a jump', { timeout: 180_000 }, async () => {
    await host();
    const watcher = await operator('watcher');
    const driver = await role('operator', '--identity', 'driver', '--leader', 'scripted', '--claim');
    await until('it to drive', () => watcher.operator.activeOperator === 'driver' && watcher.operator.hostState?.word === 'ACTIVE', { deadlineMs: 20_000 });
    await undisturbed('a hold for silence alone', async () => {
      await until('it to drive on', () => watcher.operator.hostState?.word === 'ACTIVE');
      const start = pan(watcher);
      await until('the arm to move', () => Math.abs(pan(watcher) - start) > 2);
      // No goodbye: the server itself will not know for many seconds.
      driver.child.kill('SIGSTOP');
      await until('the hold', () => watcher.operator.hostState?.word === 'HOLDING');
      const reason = watcher.operator.hostState?.reason ?? '';
      if (reason.includes('no action for 300 ms')) return reason;
      // A host whose own loop paused in these 300 ms holds for that.
      expect(reason).toMatch(/the host was busy/u);
      driver.child.kill('SIGCONT');
      return null;
    });
    expect(watcher.operator.operators, 'the server has not noticed yet').toContain('driver');
    expect(watcher.operator.activeOperator).toBe('driver');
    const since = watcher.states.length;
    await until('a while of holding', () => watcher.states.length > since + 10);
    const held = watcher.states.slice(since).map(({ values }) => Number(values[PAN]));
    expect(Math.max(...held) - Math.min(...held)).toBeLessThan(2);

    const from = watcher.states.length;
    const goal = (held.at(-1) ?? 0) + 30;
    const there = { ...REST, [PAN]: goal };
    await watcher.operator.setActiveOperator('watcher');
    const stream = setInterval(() => { watcher.operator.sendAction(there); }, 1000 / STREAM_HZ);
    try {
      await until('the ramp', () => watcher.hostStates.some((state) => state?.word === 'ALIGNING'));
      await until('the new command', () => Math.abs(pan(watcher) - goal) < 1);
    } finally { clearInterval(stream); }
    const path = watcher.states.slice(from);
    for (const [i, { values, timestampUs }] of path.entries()) {
      const last = path[i - 1];
      if (last === undefined) continue;
      // 30 degrees over at least 1.5 s: never faster than four times the ramp, whatever the sampling.
      const perS = Math.abs(Number(values[PAN]) - Number(last.values[PAN])) / Math.max(0.05, (timestampUs - last.timestampUs) / 1e6);
      expect(perS).toBeLessThan(80);
    }
  });
});
