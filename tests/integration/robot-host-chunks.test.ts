import { afterEach, expect, it } from 'vitest';
import { LivekitTransport } from '../../main/transport/livekit-transport.ts';
import { mintToken } from '../../main/transport/token.ts';
import { SO101_JOINTS } from '../../shared/so101-joints.ts';
import { parsePortalYaml } from '../../shared/portal-yaml.ts';
import { Operator } from '../../shared/portal/operator.ts';
import { systemClock } from '../../main/system-clock.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { ofKind, StationBench, until } from '../unit/main/loopback-ports.ts';

const FPS = 20;
const ROWS = 30;
const PAN = 'shoulder_pan.pos';
const FIELDS = SO101_JOINTS.map(({ name }) => `  - { name: ${name}, dtype: f32 }`).join('\n');
const PORTAL_YAML = `version: 1\nfps: ${FPS}\nstate:\n${FIELDS}\naction:\n${FIELDS}\naction_chunks:\n  - { name: plan, horizon: ${ROWS}, fields: [ { name: ${PAN}, dtype: f32 } ] }\n`;

describeWithServer('our robot host on a real server', (server) => {
  const bench = new StationBench();
  let operator: Operator | null = null;
  afterEach(async () => {
    await operator?.disconnect();
    await bench.close();
  });

  it('plays a chunk row by row in order, and drops the rest on a handoff', async () => {
    const { url, apiKey, apiSecret } = server();
    const room = server().freshRoom();
    bench.files.set('p.yaml', PORTAL_YAML);
    const robot = await bench.start(['robot-host', '--session', room, '--portal', 'p.yaml'], {
      createTransport: () => new LivekitTransport(),
      mintToken,
      useLocalServer: () => Promise.resolve({ url, apiKey, apiSecret, stop: () => Promise.resolve() }),
    });
    const desk = new Operator(parsePortalYaml(PORTAL_YAML, { session: room }), { transport: new LivekitTransport(), clock: systemClock });
    operator = desk;
    const pans: number[] = [];
    desk.onState(({ values }) => { pans.push(Number(values[PAN])); });
    await desk.connect(url, await mintToken({ apiKey, apiSecret, session: room, identity: 'desk', grants: 'operator' }));
    await until('the robot', () => desk.robotIdentity === 'robot');
    await until('the desk is known', () => ofKind(robot.events, 'operator_joined').length > 0);
    await desk.setActiveOperator('desk');
    const executed = async (): Promise<number> => (JSON.parse(await desk.performRpc('portal_console.status', '')) as { executed: number }).executed;
    const start = Number((await until('a state', () => desk.getState())).values[PAN]);

    const before = await executed();
    desk.sendActionChunk('plan', { [PAN]: Array.from({ length: ROWS }, (_, row) => start + (row + 1) / 5) });
    await until('the last row', () => (pans.at(-1) ?? 0) > start + ROWS / 5 - 0.3);
    const moved = pans.slice(pans.findIndex((pan) => pan > start + 0.1));
    expect(moved.every((pan, n) => n === 0 || pan >= (moved[n - 1] ?? 0) - 0.05), 'rows in order').toBe(true);
    const rows = (await executed()) - before;
    // A busy machine may leave a row out, and never plays one twice.
    expect(rows).toBeLessThanOrEqual(ROWS);
    expect(rows).toBeGreaterThan(ROWS / 2);
    await until('it holds after the last row', () => desk.hostState?.word === 'HOLDING');

    await desk.setActiveOperator('desk');
    const here = Number(desk.getState()?.values[PAN]);
    desk.sendActionChunk('plan', { [PAN]: Array.from({ length: ROWS }, (_, row) => here - (row + 1) / 5) });
    await until('it moves', () => (pans.at(-1) ?? 0) < here - 0.3);
    await desk.setActiveOperator(null);
    await until('it holds', () => desk.hostState?.word === 'HOLDING');
    expect(pans.at(-1), 'the rest was dropped').toBeGreaterThan(here - ROWS / 5 + 0.5);
    expect(ofKind(robot.events, 'error')).toEqual([]);
  });
});
