import { afterEach, expect, it } from 'vitest';
import { ATTRIBUTE, TOPIC } from '../../../../shared/portal/names.ts';
import type { TransportListener } from '../../../../shared/portal/transport.ts';
import type { LoopbackRoom } from '../../../../main/transport/loopback-room.ts';
import type { LoopbackTransport } from '../../../../main/transport/loopback-transport.ts';
import { EVERY_DTYPE, EVERY_DTYPE_CHUNK, PACKET_KINDS, spoiled } from '../../../fakes/hostile-packets.ts';
import { SeededRandom } from '../../../fakes/seeded-random.ts';
import { SessionKit, settle, until } from '../../../fakes/session-kit.ts';

const ROUNDS = 5000;
const SEED = Number(process.env['PORTAL_FUZZ_SEED'] ?? 41);
const EVERYTHING = { state: [...EVERY_DTYPE], action: [...EVERY_DTYPE], actionChunks: [EVERY_DTYPE_CHUNK], actionSubscription: true };
const DEAF: TransportListener = {
  onConnection: () => undefined, onPeerJoined: () => undefined, onPeerLeft: () => undefined, onPeerAttributes: () => undefined, onData: () => undefined,
  onByteStream: () => undefined, onTrackAvailable: () => undefined, onTrackGone: () => undefined, onVideoFrame: () => undefined, onWarning: () => undefined,
};

const kits: SessionKit[] = [];
afterEach(() => Promise.all(kits.splice(0).map((kit) => kit.close())));

function newKit(): SessionKit {
  const kit = new SessionKit(EVERYTHING);
  kits.push(kit);
  return kit;
}

async function intruder(room: LoopbackRoom, identity: string, role: 'robot' | 'operator'): Promise<LoopbackTransport> {
  const transport = room.join(identity, { attributes: { [ATTRIBUTE.role]: role } });
  await transport.connect({ url: transport.url, token: transport.token, e2eeKey: null }, DEAF);
  return transport;
}

async function flood(transport: LoopbackTransport): Promise<void> {
  const random = new SeededRandom(SEED);
  for (let n = 0; n < ROUNDS; n++) {
    const bytes = spoiled(random, random.pick(PACKET_KINDS));
    const topic = random.pick(Object.values(TOPIC));
    if (random.chance(0.5)) await transport.publishData(topic, bytes, { reliable: true });
    else await transport.sendBytes(topic, bytes);
    if (n % 500 === 0) await settle();
  }
  await settle();
}

it('a robot fed hostile packets by its driver counts what it refuses, tells it a few times, and goes on', async () => {
  const kit = newKit();
  const robot = await kit.robot();
  let said = 0;
  robot.onWarning(() => { said += 1; });
  const driver = await intruder(kit.room, 'mallory', 'operator');
  await until('it is known', () => robot.operators.includes('mallory'));
  await robot.setActiveOperator('mallory');
  await flood(driver);
  const { transport } = robot.metrics();
  expect(Object.keys(robot.warnings()).sort(), `seed ${SEED}`).toEqual(['bad-payload', 'schema-mismatch', 'unknown-chunk']);
  const refused = Object.values(robot.warnings()).reduce((sum, count) => sum + count, 0);
  expect(refused).toBeGreaterThan(ROUNDS / 10);
  expect(said).toBeLessThan(300);
  expect(transport.actions_received + transport.action_chunks_received + refused).toBeLessThanOrEqual(ROUNDS);
  const op = await kit.operator('op');
  await op.setActiveOperator('op');
  op.sendAction({ 'f-f64': 7 });
  await until('an honest action', () => robot.getAction()?.sender === 'op');
});

it('an operator fed hostile packets by its robot counts what it refuses, and goes on', async () => {
  const kit = newKit();
  const op = await kit.operator('op');
  const robot = await intruder(kit.room, 'robot', 'robot');
  await until('the robot is pinned', () => op.robotIdentity === 'robot');
  await flood(robot);
  for (const text of ['{', '[]', '{"word":"DANCING"}', 'null', '{"word":"HOLDING","reason":1}']) await robot.setAttributes({ [ATTRIBUTE.hostState]: text });
  await settle();
  expect(Object.keys(op.warnings()), `seed ${SEED}`).toEqual(expect.arrayContaining(['bad-payload', 'schema-mismatch']));
  expect(op.hostState).toBeNull();
  expect(op.metrics().transport.states_received).toBeGreaterThan(0);
});
