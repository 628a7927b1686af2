import { afterEach, beforeEach, expect, it } from 'vitest';
import type { StationPorts } from '../../main/ports.ts';
import { SessionAccess } from '../../main/session-access.ts';
import { SessionKeeper } from '../../main/session-keeper.ts';
import { systemClock } from '../../main/system-clock.ts';
import { announceParticipant } from '../../main/transport/announce.ts';
import { LivekitTransport } from '../../main/transport/livekit-transport.ts';
import { fetchToken } from '../../main/transport/token-endpoint.ts';
import { mintToken, type TokenGrants } from '../../main/transport/token.ts';
import { ATTRIBUTE, RPC_METHOD, TOPIC } from '../../shared/portal/names.ts';
import { Operator } from '../../shared/portal/operator.ts';
import { Robot } from '../../shared/portal/robot.ts';
import type { Action, ActionChunk } from '../../shared/portal/types.ts';
import { TransportLog } from '../contract/transport-log.ts';
import { startCuttableProxy, type CuttableProxy } from '../fakes/cuttable-proxy.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { controlConfig } from '../fakes/portal-configs.ts';
import { until } from '../fakes/until.ts';

const CHUNKED = { ...controlConfig(), actionChunks: [{ name: 'act', horizon: 2, fields: [{ name: 'n', dtype: 'f64' as const }] }] };

describeWithServer('tokens that allow no more than is needed', (server) => {
  let session: string;
  let proxy: CuttableProxy | null = null;
  const members: { disconnect(): Promise<void> }[] = [];
  beforeEach(() => { session = server().freshRoom(); });
  afterEach(async () => {
    await Promise.all(members.splice(0).map((member) => member.disconnect()));
    await proxy?.close();
    proxy = null;
  });

  const mint = (identity: string, grants: TokenGrants, ttlS?: number): Promise<string> =>
    mintToken({ apiKey: server().apiKey, apiSecret: server().apiSecret, session, identity, grants, ...(ttlS === undefined ? {} : { ttlS }) });
  const ports = (ttlS?: number): Pick<StationPorts, 'useLocalServer' | 'mintToken' | 'fetchToken' | 'announce' | 'log'> => ({
    useLocalServer: () => Promise.reject(new Error('not local')),
    mintToken: ({ identity, grants }) => mint(identity, grants, ttlS),
    fetchToken,
    announce: announceParticipant,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  const access = (identity: string, grants: 'robot' | 'operator', options: { url?: string; ttlS?: number } = {}): SessionAccess =>
    new SessionAccess({ kind: 'key', url: options.url ?? server().url, apiKey: server().apiKey, apiSecret: server().apiSecret }, { session, identity, grants }, ports(options.ttlS));

  async function robot(): Promise<{ robot: Robot; actions: Action[]; chunks: ActionChunk[]; joined: string[] }> {
    const robot = new Robot(CHUNKED, { transport: new LivekitTransport(), clock: systemClock });
    members.push(robot);
    const seen = { robot, actions: [] as Action[], chunks: [] as ActionChunk[], joined: [] as string[] };
    robot.onAction((action) => { seen.actions.push(action); });
    robot.onActionChunk('act', (chunk) => { seen.chunks.push(chunk); });
    robot.onOperatorJoined((identity) => { seen.joined.push(identity); });
    await robot.connect(server().url, await mint('robot', 'robot'));
    return seen;
  }

  function kept(operator: Operator, entry: SessionAccess, said: string[]): SessionKeeper {
    const keeper = new SessionKeeper(operator, entry, systemClock, {
      onConnected: () => said.push('connected'),
      onReconnecting: () => said.push('reconnecting'),
      onLost: (reason) => said.push(`lost ${reason}`),
      onEnded: (error) => said.push(`ended ${error.code}`),
    });
    members.push({ disconnect: () => keeper.stop() });
    return keeper;
  }

  async function guest(identity: string, grants: TokenGrants): Promise<{ transport: LivekitTransport; log: TransportLog }> {
    const one = { transport: new LivekitTransport(), log: new TransportLog() };
    members.push(one.transport);
    await one.transport.connect({ url: server().url, token: await mint(identity, grants), e2eeKey: null }, one.log);
    return one;
  }

  it('lets an operator be seen by the robot within a second', async () => {
    const { joined } = await robot();
    const tookMs: number[] = [];
    for (const identity of ['a', 'b', 'c', 'd', 'e']) {
      const operator = new Operator(CHUNKED, { transport: new LivekitTransport(), clock: systemClock });
      await kept(operator, access(identity, 'operator'), []).start();
      const startMs = performance.now();
      await until('the robot to see it', () => joined.includes(identity));
      tookMs.push(performance.now() - startMs);
    }
    // The second smallest: the others may meet a machine that is busy. Unannounced, each would take up to 3 s.
    expect(tookMs.sort((first, second) => first - second)[1]).toBeLessThanOrEqual(1000);
  });

  it('lets an operator claim, act, send chunks and call', async () => {
    const { robot: arm, actions, chunks, joined } = await robot();
    arm.registerRpcMethod('home', () => 'done');
    const operator = new Operator(CHUNKED, { transport: new LivekitTransport(), clock: systemClock });
    await kept(operator, access('desk', 'operator'), []).start();
    await until('the robot to see it', () => joined.includes('desk'));
    await until('the robot', () => operator.robotIdentity === 'robot');
    await operator.setActiveOperator('desk');
    operator.sendAction({ n: 1 });
    operator.sendActionChunk('act', { n: [1, 2] });
    await until('action and chunk', () => actions.length === 1 && chunks.length === 1);
    expect(actions[0]?.sender).toBe('desk');
    expect(await operator.performRpc('home', '')).toBe('done');
  });

  it('lets an operator neither change what it is nor publish video', async () => {
    const { transport } = await guest('desk', 'operator');
    await expect(transport.setAttributes({ [ATTRIBUTE.role]: 'robot' })).rejects.toMatchObject({ code: 'ROLE_NOT_SET' });
    await expect(
      transport.publishVideo('cam', { codec: 'h264', maxBitrateKbps: 500, maxFps: 30, simulcast: false, screencast: false, width: 160, height: 120 }),
    ).rejects.toMatchObject({ code: 'PUBLISH_FAILED' });
  });

  it('T2: shows a viewer everything and lets it say nothing, and nobody sees it', async () => {
    const { robot: arm, joined } = await robot();
    const { transport, log } = await guest('desk#view', 'viewer');
    const { log: watcher } = await guest('desk', 'operator');
    await log.until('the robot', ({ joined: peers }) => peers.some(({ identity }) => identity === 'robot'));
    arm.sendState({ 'pan.pos': 1 });
    await log.until('a state', ({ data }) => data.some(({ topic }) => topic === TOPIC.state));
    await transport.publishData(TOPIC.action, new Uint8Array(32), { reliable: true }).catch(() => undefined);
    await expect(transport.performRpc({ destination: 'robot', method: RPC_METHOD.setActiveOperator, payload: 'desk', responseTimeoutMs: 2000 })).rejects.toMatchObject({
      code: 'NOT_AUTHORISED',
    });
    await until('the operator', () => joined.includes('desk'));
    expect(watcher.joined.map(({ identity }) => identity)).toEqual(['robot']);
    expect(watcher.data.filter(({ topic }) => topic === TOPIC.action)).toEqual([]);
    expect(arm.activeOperator).toBeNull();
  });

  it('T18: opens one room and no other', async () => {
    const token = await mint('desk', 'operator');
    session = server().freshRoom();
    const { joined } = await robot();
    const operator = new Operator(CHUNKED, { transport: new LivekitTransport(), clock: systemClock });
    members.push(operator);
    await operator.connect(server().url, token);
    await operator.setActiveOperator('desk').then(
      () => expect.unreachable('there is no robot in that room'),
      (thrown: unknown) => expect(thrown).toMatchObject({ code: 'ROBOT_ABSENT' }),
    );
    expect(joined).toEqual([]);
  });

  it('keeps a session beyond the end of its token, and returns with a new one when the line is cut after that', async () => {
    const { actions, joined } = await robot();
    proxy = await startCuttableProxy(server().url);
    const operator = new Operator(CHUNKED, { transport: new LivekitTransport(), clock: systemClock });
    const said: string[] = [];
    const ttlS = 2;
    await kept(operator, access('desk', 'operator', { url: proxy.url, ttlS }), said).start();
    const endMs = Date.now() + ttlS * 1000;
    await until('the token to be over', () => Date.now() > endMs + 200);
    await until('the robot, and it the operator', () => operator.robotIdentity === 'robot' && joined.includes('desk'));
    await operator.setActiveOperator('desk');
    operator.sendAction({ n: 1 });
    await until('an action', () => actions.length === 1);
    expect(said).toEqual(['connected']);
    proxy.cut();
    await until('the loss', () => said.length > 1, { deadlineMs: 20_000 });
    proxy.mend();
    await until('the return', () => said.at(-1) === 'connected', { deadlineMs: 60_000 });
    await until('the robot', () => operator.robotIdentity === 'robot');
    await operator.setActiveOperator('desk');
    // Word of the new connection comes to the robot by a way of its own; what is sent before counts for nobody.
    const stream = setInterval(() => { operator.sendAction({ n: 2 }); }, 100);
    try {
      await until('an action of the return', () => actions.some(({ values }) => values['n'] === 2));
    } finally { clearInterval(stream); }
  }, 180_000);
});
