import { afterEach, expect, it } from 'vitest';
import { LivekitTransport } from '../../main/transport/livekit-transport.ts';
import { mintToken } from '../../main/transport/token.ts';
import { SO101_JOINTS } from '../../shared/so101-joints.ts';
import { parsePortalYaml } from '../../shared/portal-yaml.ts';
import { Operator } from '../../shared/portal/operator.ts';
import { systemClock } from '../../main/system-clock.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { undisturbed } from '../fakes/undisturbed.ts';
import { ofKind, StationBench, until } from '../unit/main/loopback-ports.ts';

const FPS = 20;
const ROWS = 30;
/** So many that the handoff comes long before the last of them. */
const LONG_ROWS = 200;
const SLOW_MS = 30_000;
const PAN = 'shoulder_pan.pos';
const FIELDS = SO101_JOINTS.map(({ name }) => `  - { name: ${name}, dtype: f32 }`).join('\n');
const PORTAL_YAML = `version: 1\nfps: ${FPS}\nstate:\n${FIELDS}\naction:\n${FIELDS}\naction_chunks:\n  - { name: plan, horizon: ${ROWS}, fields: [ { name: ${PAN}, dtype: f32 } ] }\n  - { name: long, horizon: ${LONG_ROWS}, fields: [ { name: ${PAN}, dtype: f32 } ] }\n`;

describeWithServer('our robot host on a real server', (server) => {
  const bench = new StationBench();
  let operator: Operator | null = null;
  afterEach(async () => {
    await operator?.disconnect();
    await bench.close();
  });

  it('plays a chunk row by row in order, and drops the rest on a handoff', { timeout: 180_000 }, async () => {
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
    await until('the robot', () => desk.robotIdentity === 'robot', SLOW_MS);
    await until('the desk is known', () => ofKind(robot.events, 'operator_joined').length > 0, SLOW_MS);
    const executed = async (): Promise<number> => (JSON.parse(await desk.performRpc('portal_console.status', '')) as { executed: number }).executed;
    await until('a state', () => desk.getState(), SLOW_MS);
    /** What the host said of itself since. */
    const saidSince = (count: number): string[] => ofKind(robot.events, 'host_state').slice(count).map(({ state, reason }) => `${state} ${reason}`);
    const said = (): number => ofKind(robot.events, 'host_state').length;
    /** A pause of this process is a hold too, and the rest of a chunk then dropped as well. */
    const isDisturbed = (words: readonly string[]): boolean => words.some((word) => /busy|clock/u.test(word));
    /** Takes control and sends rows from where the arm is, each `step` further. */
    const send = async (chunk: string, rows: number, step: number): Promise<number> => {
      await desk.setActiveOperator('desk');
      const from = Number(desk.getState()?.values[PAN]);
      pans.length = 0;
      desk.sendActionChunk(chunk, { [PAN]: Array.from({ length: rows }, (_, row) => from + (row + 1) * step) });
      return from;
    };

    await undisturbed('a chunk played to its end', async () => {
      const [before, sofar] = [await executed(), said()];
      const start = await send('plan', ROWS, 1 / 5);
      await until('the hold after it', () => saidSince(sofar).some((word) => word.startsWith('HOLDING')), SLOW_MS);
      const moved = pans.slice(pans.findIndex((pan) => pan > start + 0.1));
      expect(moved.every((pan, n) => n === 0 || pan >= (moved[n - 1] ?? 0) - 0.05), 'rows in order').toBe(true);
      const rows = (await executed()) - before;
      // A busy machine may leave a row out, and never plays one twice.
      expect(rows).toBeLessThanOrEqual(ROWS);
      if (isDisturbed(saidSince(sofar)) || rows <= ROWS / 2) return null;
      await until('the last row', () => (pans.at(-1) ?? 0) > start + ROWS / 5 - 0.3, SLOW_MS);
      return rows;
    });

    await undisturbed('a handoff while a chunk plays', async () => {
      const sofar = said();
      const here = await send('long', LONG_ROWS, -1 / 5);
      await until('it moves', () => (pans.at(-1) ?? here) < here - 0.3 || isDisturbed(saidSince(sofar)), SLOW_MS);
      await desk.setActiveOperator(null);
      await until('it holds', () => saidSince(sofar).some((word) => word.startsWith('HOLDING nobody drives')), SLOW_MS);
      const at = pans.at(-1);
      if (isDisturbed(saidSince(sofar))) return null;
      expect(at, 'the rest was dropped').toBeGreaterThan(here - LONG_ROWS / 5 + 0.5);
      return at;
    });
    expect(ofKind(robot.events, 'error')).toEqual([]);
  });
});
