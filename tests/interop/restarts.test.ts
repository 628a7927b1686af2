import { afterEach, beforeEach, expect, it } from 'vitest';
import { startLocalServer, type OwnedServer } from '../../main/server/local-server.ts';
import { SO101_JOINTS } from '../../shared/so101-joints.ts';
import type { AppProcess } from '../e2e/app-process.ts';
import { describeWithServer, TestServer } from '../fakes/livekit-server.ts';
import type { PythonPeer } from '../fakes/python-peer.ts';
import { startPlainRole } from '../fakes/start-plain-role.ts';
import { until } from '../fakes/until.ts';
import { describeWithPeer } from '../fakes/with-python-peer.ts';
import { InteropRoom, lastDriver } from './both-ways.ts';

const FIELDS = SO101_JOINTS.map(({ name }) => `  - { name: ${name}, dtype: f32 }`).join('\n');
const YAML = `version: 1\nfps: 20\nslack: 60\nvideos:\n  - { name: front, codec: h264 }\nstate:\n${FIELDS}\naction:\n${FIELDS}\n`;
const REST = Object.fromEntries(SO101_JOINTS.map(({ name, rest }) => [name, rest]));
const ENOUGH = 5;
/** The engines' own reconnects, and the peer's, on a busy machine. */
const BACK = 45_000;

describeWithServer('with the Python peer 0.2.8', () => {
  describeWithPeer('in one room as operator of our robot host, in another as robot of our operator,', () => {
    let owned: OwnedServer;
    let near: InteropRoom;
    let far: InteropRoom;
    const roles: AppProcess[] = [];
    beforeEach(async () => {
      owned = await startLocalServer();
      [near, far] = [new InteropRoom(new TestServer(owned), YAML), new InteropRoom(new TestServer(owned), YAML)];
    });
    afterEach(async () => {
      await Promise.all([near.close(), far.close(), ...roles.splice(0).map((role) => role.kill('SIGTERM'))]);
      await owned.stop();
    });

    const role = async (...args: Parameters<typeof startPlainRole>): Promise<AppProcess> => {
      const started = await startPlainRole(...args);
      roles.push(started);
      return started;
    };
    const ourHost = (): Promise<AppProcess> => role(owned, near.ours.room, 'robot-host', '--camera', 'front:160x120', '--portal', near.yamlPath);
    const ourDriver = (): Promise<AppProcess> => role(owned, far.ours.room, 'operator', '--identity', 'driver', '--leader', 'scripted', '--claim', '--portal', far.yamlPath);
    async function theirRobot(): Promise<PythonPeer> {
      const arm = await far.peerRobot('arm');
      await arm.tell('start');
      return arm;
    }
    async function theirDriver(host: AppProcess): Promise<PythonPeer> {
      const desk = await near.peerOperator('desk');
      await host.waitFor('the desk', ({ event, identity }) => event === 'operator_joined' && identity === 'desk');
      await desk.tell('claim', { identity: 'desk' });
      return desk;
    }
    const startServerAgain = async (): Promise<void> => {
      const { url, apiKey, apiSecret } = owned;
      owned = await startLocalServer({ port: Number(new URL(url).port), keys: { apiKey, apiSecret } });
    };

    it('their operator stays while our robot host is killed and started again: it observes, claims and drives the new one', { timeout: 300_000 }, async () => {
      const first = await ourHost();
      const desk = await theirDriver(first);
      await drives(desk, first);
      await first.kill('SIGKILL');
      const second = await ourHost();
      await desk.until('nobody drives the new one', () => lastDriver(desk) === null, BACK);
      expect(await desk.tell('robot_identity')).toBe('robot');
      await observesAgain(desk);
      await desk.tell('claim', { identity: 'desk' });
      await drives(desk, second);
    });

    it('their operator is killed and started again while our robot host stays: the newcomer under its name claims, and drives', { timeout: 300_000 }, async () => {
      const host = await ourHost();
      const first = await theirDriver(host);
      await drives(first, host);
      await first.kill();
      const second = await near.peerOperator('desk');
      await observesAgain(second);
      expect(await second.tell('active_operator'), 'the pointer stays with the name').toBe('desk');
      await second.tell('claim', { identity: 'desk' });
      await drives(second, host);
    });

    it('their robot is killed and started again while our operator stays: it observes, claims and drives the new one', { timeout: 300_000 }, async () => {
      const first = await theirRobot();
      const driver = await ourDriver();
      await obeys(first);
      await observed(driver);
      await first.kill();
      const second = await theirRobot();
      await obeys(second);
      await observed(driver);
    });

    it('our operator is killed and started again while their robot stays: it drives on under its name', { timeout: 300_000 }, async () => {
      const arm = await theirRobot();
      const first = await ourDriver();
      await obeys(arm);
      await first.kill('SIGKILL');
      const second = await ourDriver();
      await obeys(arm);
      await observed(second);
    });

    it('the server crashes and comes back: everybody returns without help, with the same driver', { timeout: 300_000 }, async () => {
      const host = await ourHost();
      const [desk, arm] = await Promise.all([theirDriver(host), theirRobot()]);
      const driver = await ourDriver();
      await Promise.all([drives(desk, host), obeys(arm)]);
      process.kill(-owned.pid, 'SIGKILL');
      await Promise.all([host, driver].map((side) => side.waitFor('the loss', ({ event }) => event === 'disconnected', BACK)));
      await startServerAgain();
      await host.waitFor('the return', ({ event }) => event === 'connected' && after(host, 'disconnected'), BACK);
      await observesAgain(desk);
      await drives(desk, host);
      await obeys(arm);
      await observed(driver);
    });

    it('the server is restarted in order: ours return by themselves, the peer, whose session that ends, with a new start', { timeout: 300_000 }, async () => {
      const host = await ourHost();
      const [desk, arm] = await Promise.all([theirDriver(host), theirRobot()]);
      const driver = await ourDriver();
      await Promise.all([drives(desk, host), obeys(arm)]);
      await owned.stop();
      await startServerAgain();
      await Promise.all([host, driver].map((side) => until('ours to be back', () => after(side, 'disconnected'), { deadlineMs: BACK, seen: () => side.events.slice(-3) })));
      await Promise.all([desk.stop(), arm.stop()]);
      const [again, armAgain] = await Promise.all([theirDriver(host), theirRobot()]);
      await drives(again, host);
      await obeys(armAgain);
      await observed(driver);
    });
  });
});

/** Whether it connected after the last such event. */
function after({ events }: AppProcess, event: string): boolean {
  const kinds = events.map((seen) => seen.event);
  return kinds.includes(event) && kinds.lastIndexOf('connected') > kinds.lastIndexOf(event);
}

/** Sends until the host has executed some more. */
async function drives(desk: PythonPeer, host: AppProcess): Promise<void> {
  const executed = (): number => Number(host.events.filter(({ event }) => event === 'metrics').at(-1)?.['executed'] ?? 0);
  const before = executed();
  const end = performance.now() + BACK;
  while (executed() < before + ENOUGH) {
    if (performance.now() > end) throw new Error(`nothing is executed: ${JSON.stringify(host.events.slice(-3))}`);
    await desk.tell('action', { values: REST });
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}

async function observesAgain(desk: PythonPeer): Promise<void> {
  const since = Date.now() * 1000;
  await desk.until('observations', () => desk.eventsOf('observation').filter((event) => Number(event['timestamp_us']) > since).length >= ENOUGH, BACK);
}

async function obeys(arm: PythonPeer): Promise<void> {
  const before = arm.eventsOf('action').length;
  await arm.until('actions of our operator', () => arm.eventsOf('action').slice(before).filter(({ sender }) => sender === 'driver').length >= ENOUGH, BACK);
}

async function observed(driver: AppProcess): Promise<void> {
  const count = (event: Record<string, unknown>): number => Number((event['sync'] as Record<string, number> | undefined)?.['observations_emitted'] ?? 0);
  const before = count(driver.events.filter(({ event }) => event === 'metrics').at(-1) ?? {});
  await driver.waitForNext('observations', (event) => count(event) >= before + ENOUGH, BACK);
}
