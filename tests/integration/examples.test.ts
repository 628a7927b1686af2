import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { buildLibrary, ROOT } from '../../scripts/app-build.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { startNodeProgram, type NodeProgram } from '../fakes/node-program.ts';

const EXAMPLES = join(ROOT, 'resources', 'examples');
/** Seconds that an example is asked to run, counted from before it is in the session: it is interrupted once it has shown what is looked for. */
const LONG_S = '120';

const PORTAL = join(ROOT, 'resources', 'portal.yaml');

/** The programs in resources/examples, each a plain Node process, against each other on a real server. */
describeWithServer('the examples', (server) => {
  let folder = '';
  const running: NodeProgram[] = [];
  beforeAll(async () => {
    await buildLibrary();
    folder = mkdtempSync(join(tmpdir(), 'portal-console-examples-'));
  });
  afterEach(() => {
    for (const program of running.splice(0)) program.kill();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const start = (name: string, session: string, ...args: string[]): NodeProgram => {
    const env = { LIVEKIT_URL: server().url, LIVEKIT_API_KEY: server().apiKey, LIVEKIT_API_SECRET: server().apiSecret };
    const program = startNodeProgram([join(EXAMPLES, `${name}.mjs`), '--session', session, ...args], env, folder);
    running.push(program);
    return program;
  };
  const startRobot = async (session: string, ...args: string[]): Promise<NodeProgram> => {
    const robot = start('robot', session, ...args);
    await robot.says(/is in session/u);
    return robot;
  };

  it.each([['in code', []], ['from the file', ['--portal', PORTAL]]])('drive a robot whose config is made %s', async (_name, args) => {
    const session = server().freshRoom();
    const robot = await startRobot(session, ...args);
    const operator = start('operator', session, '--seconds', LONG_S, ...args);
    // One is told in thirty: between the two it answered states while it drove.
    await operator.says(/drives robot(.*\n)+observation(.*\n)+observation/u);
    operator.interrupt();
    expect(await operator.ended(), operator.stderr()).toBe(0);
    expect(operator.stdout()).toMatch(/example drives robot/u);
    const [, sent, seen] = /sent (\d+) actions, saw (\d+) observations/u.exec(operator.stdout()) ?? [];
    expect(Number(sent)).toBeGreaterThan(0);
    expect(Number(seen)).toBeGreaterThan(0);
    await robot.says(/driven by nobody/u);
    robot.interrupt();
    expect(await robot.ended()).toBe(0);
    expect(robot.stdout()).toMatch(/driven by example\n(.*\n)*executed [1-9]/u);
  });

  it('end by themselves after --seconds', async () => {
    const session = server().freshRoom();
    const programs = [start('operator', session, '--shadow', '--seconds', '1'), start('recorder', session, '--seconds', '1'), start('shadow', session, '--seconds', '1')];
    for (const program of programs) expect(await program.ended(), program.stderr()).toBe(0);
  });

  it('answer --help, and say what is wrong with a flag or a file, without a stack', async () => {
    for (const name of ['robot', 'operator', 'inference', 'recorder', 'shadow', 'supervisor']) {
      const help = start(name, 'x', '--help');
      expect(await help.ended(), help.stderr()).toBe(0);
      expect(help.stdout()).toContain(`Usage: node ${name}.mjs`);
    }
    for (const [args, code, words] of [[['--foo'], 2, "Unknown option '--foo'"], [['--seconds', 'soon'], 2, '--seconds takes a number'], [['--portal', '/nowhere.yaml'], 1, 'FILE_UNREADABLE: /nowhere.yaml does not exist']] as const) {
      const wrong = start('operator', 'x', ...args);
      expect(await wrong.ended()).toBe(code);
      expect(wrong.stderr()).toContain(words);
      expect(wrong.stderr()).not.toContain('    at ');
    }
  });

  it('record what a policy does while a supervisor routes control to it', async () => {
    const session = server().freshRoom();
    await startRobot(session);
    const out = join(folder, 'recording.jsonl');
    const recorder = start('recorder', session, '--out', out);
    const supervisor = start('supervisor', session, '--prefer', 'person,inference');
    await Promise.all([recorder.says(/recording session/u), supervisor.says(/supervising session/u)]);
    const policy = start('inference', session, '--seconds', LONG_S);
    await supervisor.says(/control: inference/u);
    await policy.says(/[1-9]\d* chunks/u);
    policy.interrupt();
    expect(await policy.ended(), policy.stderr()).toBe(0);
    expect(policy.stdout()).toMatch(/[1-9]\d* chunks, observation → action p50 \d+\.\d ms, p95 \d+\.\d ms/u);
    await supervisor.says(/control: nobody/u);

    for (const program of [recorder, supervisor]) {
      program.interrupt();
      expect(await program.ended(), program.stderr()).toBe(0);
    }
    const lines = readFileSync(out, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as { kind: string; sender?: string; inReplyToTsUs?: number; timestampUs: number; frames?: object });
    const observed = new Set(lines.filter(({ kind }) => kind === 'observation').map(({ timestampUs }) => timestampUs));
    const chunks = lines.filter(({ kind }) => kind === 'chunk');
    expect(chunks.length).toBeGreaterThan(0);
    expect(chunks.every(({ sender }) => sender === 'inference')).toBe(true);
    // What the policy answered is what the recorder saw.
    expect(chunks.some(({ inReplyToTsUs }) => observed.has(inReplyToTsUs ?? -1))).toBe(true);
    expect(lines.find(({ kind }) => kind === 'observation')?.frames).toMatchObject({ front: { source: 'live', width: 320, height: 240 } });
  });

  it('compare a candidate, who does not drive, with what is executed', async () => {
    const session = server().freshRoom();
    const robot = await startRobot(session);
    const shadow = start('shadow', session);
    await shadow.says(/comparing candidate/u);
    const [driver, candidate] = [start('operator', session, '--seconds', LONG_S), start('operator', session, '--identity', 'candidate', '--shadow', '--swing', '20', '--seconds', LONG_S)];
    await shadow.says(/[1-9]\d* compared; mean distance: .*shoulder_pan\.pos (?!0\.00)/u);
    for (const program of [driver, candidate]) program.interrupt();
    expect([await driver.ended(), await candidate.ended()]).toEqual([0, 0]);
    expect(candidate.stdout()).toMatch(/candidate shadows robot/u);
    shadow.interrupt();
    expect(await shadow.ended(), shadow.stderr()).toBe(0);
    const last = shadow.stdout().trimEnd().split('\n').at(-1) ?? '';
    expect(last).toMatch(/^[1-9]\d* executed, [1-9]\d* of candidate, [1-9]\d* compared; /u);
    robot.interrupt();
    expect(await robot.ended()).toBe(0);
    expect(robot.stdout()).not.toMatch(/driven by candidate/u);
  });

  it('are short where they promise it', () => {
    expect(readFileSync(join(EXAMPLES, 'recorder.mjs'), 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(50);
  });
});
