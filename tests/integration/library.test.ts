import { mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { binOf, buildLibrary, ROOT } from '../../scripts/app-build.ts';
import { runCommand } from '../../scripts/setup/run-command.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { startNodeProgram } from '../fakes/node-program.ts';

/** The built library, from a package of its own that has `portal-console` among its modules. */
describeWithServer('the library', (server) => {
  let folder = '';
  beforeAll(async () => {
    await buildLibrary();
    folder = mkdtempSync(join(tmpdir(), 'portal-console-consumer-'));
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(ROOT, join(folder, 'node_modules', 'portal-console'), 'junction');
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = async (source: string, env: Record<string, string> = {}): Promise<{ code: number | null; told: unknown }> => {
    writeFileSync(join(folder, 'program.mjs'), source);
    const program = startNodeProgram([join(folder, 'program.mjs')], { LIVEKIT_URL: server().url, LIVEKIT_API_KEY: server().apiKey, LIVEKIT_API_SECRET: server().apiSecret, SESSION: server().freshRoom(), ...env }, folder);
    const code = await program.ended();
    return { code, told: program.stdout() === '' ? program.stderr() : JSON.parse(program.stdout()) };
  };

  it('offers exactly these names', async () => {
    const { told } = await run(`import * as library from 'portal-console'; console.log(JSON.stringify(Object.keys(library).sort()));`);
    expect(told).toEqual(['Operator', 'OperatorConfig', 'PortalError', 'Robot', 'RobotConfig', 'announceParticipant', 'describeError', 'joinSession', 'mintToken', 'useLocalServer', 'validateConfig']);
  });

  it('drives in plain Node, encrypted by the key of the config, and the program ends by itself, also after a second session', async () => {
    const { code, told } = await run(`
      import { announceParticipant, joinSession, mintToken, Operator, OperatorConfig, Robot, RobotConfig } from 'portal-console';
      const session = process.env.SESSION;
      const config = (Config) => new Config(session).addStateTyped([['a', 'f64']]).addActionTyped([['a', 'f64']]).setE2eeKey('a shared key');
      const told = { electron: process.versions.electron ?? null, actions: [], joined: [] };
      for (const round of [1, 2]) {
        const robot = new Robot(config(RobotConfig));
        const operator = new Operator(config(OperatorConfig));
        await joinSession(robot, { session, identity: 'robot' });
        const joined = new Promise((resolve) => operator.onRobotJoined(resolve));
        const acted = new Promise((resolve) => robot.onAction(resolve));
        const { LIVEKIT_URL: url, LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret } = process.env;
        const seen = new Promise((resolve) => robot.onOperatorJoined(resolve));
        const request = { apiKey, apiSecret, session, identity: 'me', grants: 'operator' };
        await operator.connect(url, await mintToken(request));
        await announceParticipant({ url, ...request });
        await seen;
        told.joined.push(await joined);
        await operator.setActiveOperator('me');
        operator.sendAction({ a: round });
        told.actions.push((await acted).values.a);
        await Promise.all([operator.disconnect(), robot.disconnect()]);
      }
      console.log(JSON.stringify(told));
    `);
    expect({ code, told }).toEqual({ code: 0, told: { electron: null, actions: [1, 2], joined: ['robot', 'robot'] } });
  });

  it('carries pictures as PNG byte streams, exact, and ends with the thread that makes them', async () => {
    const { code, told } = await run(`
      import { joinSession, Operator, OperatorConfig, Robot, RobotConfig } from 'portal-console';
      const session = process.env.SESSION;
      const robot = new Robot(new RobotConfig(session).addVideo('front', 'png'));
      const operator = new Operator(new OperatorConfig(session).addVideo('front', 'png'));
      const came = new Promise((resolve) => operator.onVideoFrame('front', resolve));
      await joinSession(operator, { session, identity: 'operator' });
      await joinSession(robot, { session, identity: 'robot' });
      const pixels = Uint8Array.from({ length: 3 * 5 * 3 }, (_, index) => index * 5);
      const timer = setInterval(() => robot.sendVideoFrame('front', pixels, { width: 5, height: 3 }), 50);
      const { width, height, data } = await came;
      clearInterval(timer);
      await Promise.all([operator.disconnect(), robot.disconnect()]);
      console.log(JSON.stringify({ width, height, isExact: Buffer.compare(data, pixels) === 0 }));
    `);
    expect({ code, told }).toEqual({ code: 0, told: { width: 5, height: 3, isExact: true } });
  });

  it('does not let a session with another key in', async () => {
    const { code, told } = await run(`
      import { joinSession, Operator, OperatorConfig, Robot, RobotConfig } from 'portal-console';
      const session = process.env.SESSION;
      const robot = new Robot(new RobotConfig(session).addStateTyped([['a', 'f64']]).setE2eeKey('one'));
      const operator = new Operator(new OperatorConfig(session).addStateTyped([['a', 'f64']]).setE2eeKey('another'));
      const warned = new Promise((resolve) => operator.onWarning(({ tag }) => { if (tag === 'encryption-failed') resolve(tag); }));
      let states = 0;
      operator.onState(() => { states += 1; });
      await joinSession(operator, { session, identity: 'operator' });
      await joinSession(robot, { session, identity: 'robot' });
      const timer = setInterval(() => robot.sendState({ a: 1 }), 20);
      const tag = await warned;
      clearInterval(timer);
      await Promise.all([operator.disconnect(), robot.disconnect()]);
      console.log(JSON.stringify({ tag, states }));
    `);
    expect({ code, told }).toEqual({ code: 0, told: { tag: 'encryption-failed', states: 0 } });
  });

  it('ends by itself when connecting failed', async () => {
    const { code, told } = await run(`
      import { Operator, OperatorConfig } from 'portal-console';
      const code = await new Operator(new OperatorConfig('s')).connect(process.env.LIVEKIT_URL, 'no token').catch((error) => error.code);
      console.log(JSON.stringify(code));
    `);
    expect({ code, told }).toEqual({ code: 0, told: 'TOKEN_REFUSED' });
  });

  it('names mistakes: the config of the other role, a file that is not there, a mistake in the text, no server', async () => {
    const { told } = await run(
      `
      import { joinSession, Operator, OperatorConfig, RobotConfig } from 'portal-console';
      const codeOf = async (act) => { try { await act(); } catch (error) { return error.code; } };
      console.log(JSON.stringify([
        await codeOf(() => new Operator(new RobotConfig('s'))),
        await codeOf(() => RobotConfig.fromYamlFile('nowhere.yaml', 's')),
        await codeOf(() => RobotConfig.fromYaml('version: 1\\nfsp: 30\\n', 's')),
        await codeOf(() => joinSession(new Operator(new OperatorConfig('s')), { session: 's', identity: 'i' })),
      ]));
    `,
      { LIVEKIT_URL: '', LIVEKIT_API_KEY: '', LIVEKIT_API_SECRET: '', XDG_RUNTIME_DIR: folder },
    );
    expect(told).toEqual(['CONFIG_INVALID', 'FILE_UNREADABLE', 'YAML_INVALID', 'SERVER_UNREACHABLE']);
  });

  it('finds the server that another program of this user runs', async () => {
    const { code, told } = await run(
      `
      import { joinSession, Operator, OperatorConfig, useLocalServer } from 'portal-console';
      const server = await useLocalServer();
      const operator = new Operator(new OperatorConfig('s'));
      await joinSession(operator, { session: 's', identity: 'i' });
      const identity = operator.localIdentity;
      await operator.disconnect();
      await server.stop();
      console.log(JSON.stringify(identity));
    `,
      { LIVEKIT_URL: '', LIVEKIT_API_KEY: '', LIVEKIT_API_SECRET: '', XDG_RUNTIME_DIR: folder, LIVEKIT_SERVER_BIN: process.env['LIVEKIT_SERVER_BIN'] ?? '' },
    );
    expect({ code, told }).toEqual({ code: 0, told: 'i' });
  });

  it('compiles under a strict consumer that checks our declarations too and has no types of Node', { timeout: 600_000 }, async () => {
    await runCommand(process.execPath, [binOf('typescript', 'tsc'), '-p', 'library.tsconfig.json'], { cwd: ROOT, timeoutMs: 280_000 });
    const options = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noEmit: true, target: 'ES2022', lib: ['ES2022'], types: [], module: 'NodeNext', moduleResolution: 'NodeNext', skipLibCheck: false };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['consumer.ts'] }));
    writeFileSync(join(folder, 'consumer.ts'), `
      import { joinSession, Operator, OperatorConfig, PortalError, Robot, RobotConfig, type Action, type Observation, type PortalMetrics, type Values } from 'portal-console';
      const config: RobotConfig = RobotConfig.fromYaml('version: 1', 's').addVideo('front', 'vp8', { maxBitrateKbps: 500 }).setE2eeKey('k');
      const robot = new Robot(config, { claimPolicy: { kind: 'host-only' } });
      const operator = new Operator(OperatorConfig.fromYamlFile('portal.yaml', 's').setActionSubscription(true));
      const stop: () => void = operator.onObservation(async ({ state, frames }: Observation) => {
        const width: number | undefined = frames['front']?.frame?.width;
        const values: Values = { ...state.values, width: width ?? 0 };
        operator.sendAction(values, { inReplyToTsUs: state.timestampUs });
      });
      robot.onAction((action: Action) => { const sender: string | null = action.sender; void sender; });
      const metrics: PortalMetrics = robot.metrics();
      // @ts-expect-error A role has no method of the other.
      robot.sendAction({});
      // @ts-expect-error Nor does it take the other's config.
      new Operator(config);
      export async function main(): Promise<void> {
        try {
          await joinSession(operator, { session: 's', identity: 'i' });
        } catch (error) {
          if (error instanceof PortalError && error.code === 'ROBOT_ABSENT') stop();
        }
      }
      void metrics;
    `);
    expect(await runCommand(process.execPath, [binOf('typescript', 'tsc'), '-p', folder], { cwd: folder, timeoutMs: 280_000 })).toBe('');
  });

  it('leaves a demo its own server, which others find unless they find another one', async () => {
    const { startFindableServer, findLocalServer } = await import('../../main/server/rendezvous.ts');
    const env = { ...process.env, XDG_RUNTIME_DIR: mkdtempSync(join(folder, 'runtime-')) };
    const first = await startFindableServer(env);
    const second = await startFindableServer(env);
    try {
      expect(second.url).not.toBe(first.url);
      await expect.poll(async () => (await findLocalServer(env))?.url, { timeout: 30_000 }).toBe(first.url);
    } finally {
      await Promise.all([first.stop(), second.stop()]);
    }
    expect(await findLocalServer(env)).toBeNull();
  });
});
